import {
  Angle,
  ArrowUpLeft,
  Blend,
  Camera,
  Circle,
  Contrast,
  Cross,
  Crosshair,
  DraftingCompass,
  Gauge,
  Hand,
  Keyboard,
  Lasso,
  Layers,
  LayoutGrid,
  Link2,
  ListTree,
  LocateFixed,
  Maximize,
  MonitorUp,
  Pause,
  PencilRuler,
  Play,
  RotateCcw,
  RotateCw,
  Rows3,
  Ruler,
  RulerDimensionLine,
  Scaling,
  Search,
  Shapes,
  Square,
  SquareCenterlineDashedHorizontal,
  SquareCenterlineDashedVertical,
  SquareDashedMousePointer,
  SquareEqual,
  SunMedium,
  Undo2,
  ZoomIn,
} from '@lucide/svelte';
import type { PaletteName } from '../viewer/palette-filter.ts';
import type { ViewerState } from '../viewer/viewer-state.ts';
import type { Viewer } from '../viewer/viewer.ts';
import type { WindowPreset } from '../viewer/window-presets.ts';
import { TOOLS, type Command, type MEASURING } from './commands.ts';
import { keyText } from './key-text.ts';
import { LAYOUTS, layoutName, type Layout } from './layout.ts';
import type { Looking } from './looking.svelte.ts';
import type { Measurements } from './measurements.svelte.ts';
import { text } from './text.ts';

/** A button that does what a key does. */
export interface ToolButton {
  readonly kind: 'button';
  readonly command: Command;
  readonly label: string;
  readonly icon: typeof Hand;
  /** Undefined for what is done once. */
  readonly isOn?: boolean;
  readonly rank: number;
}

/** One of several. */
export interface ToolChoice {
  readonly kind: 'choice';
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  /** What is chosen; empty where it does not stay so. */
  readonly value: string;
  readonly choose: (value: string) => void;
  readonly rank: number;
}

export type Tool = ToolButton | ToolChoice;

export interface ToolSet {
  readonly name: string;
  readonly tools: readonly Tool[];
}

/** What the tools depend on. */
export interface ToolContext {
  readonly viewer: Viewer | undefined;
  readonly view: ViewerState | undefined;
  readonly measurements: Measurements;
  readonly looking: Looking;
  readonly presets: readonly WindowPreset[];
  readonly layout: Layout;
  readonly onLayout: (layout: Layout) => void;
  /** Whether there is more than one viewport. */
  readonly hasOthers: boolean;
  readonly isPlaying: boolean;
  readonly areMeasurementsShown: boolean;
  readonly areTagsShown: boolean;
}

/** Who stays in a narrow bar: what is used on every image, what is often used, and the others. */
const [ALWAYS, OFTEN, OTHERS] = [0, 1, 2];

/** All tools of the viewer, in the order of the bar. */
export const toolSets = (context: ToolContext): readonly ToolSet[] =>
  [
    { name: text.viewer.tools.mouse, tools: mouseTools(context) },
    { name: text.measure.toolbar, tools: measuringTools(context) },
    { name: text.viewer.tools.image, tools: imageTools(context) },
    { name: text.viewer.tools.loop, tools: loopTools(context) },
    { name: text.viewer.tools.window, tools: windowTools(context) },
    { name: text.viewer.tools.together, tools: lookingTools(context) },
    { name: text.viewer.tools.screen, tools: screenTools(context) },
  ].filter(({ tools }) => tools.length > 0);

type Row = readonly [command: Command, label: string, icon: typeof Hand, rank: number];

const once = (rows: readonly Row[]): ToolButton[] =>
  rows.map(([command, label, icon, rank]) => ({ kind: 'button', command, label, icon, rank }));

const toggled = (rows: readonly (readonly [...Row, isOn: boolean])[]): ToolButton[] =>
  rows.map(([command, label, icon, rank, isOn]) => ({
    ...{ kind: 'button', command, label, icon, rank, isOn },
  }));

function mouseTools({ view, measurements, looking }: ToolContext): Tool[] {
  const isOn = (command: keyof typeof TOOLS) =>
    view?.tool === TOOLS[command] && !measurements.tool && !looking.tool;
  return toggled([
    ['window', text.viewer.window, SunMedium, ALWAYS, isOn('window')],
    ['pan', text.viewer.pan, Hand, ALWAYS, isOn('pan')],
    ['zoom', text.viewer.zoom, ZoomIn, ALWAYS, isOn('zoom')],
    ['scroll', text.viewer.scroll, Layers, OFTEN, isOn('scroll')],
  ]);
}

function measuringTools({ measurements, areMeasurementsShown }: ToolContext): Tool[] {
  const { kinds } = text.measure;
  const rows = [
    ['length', Ruler, ALWAYS],
    ['bidirectional', Cross, OTHERS],
    ['angle', Angle, OFTEN],
    ['cobb', DraftingCompass, OTHERS],
    ['ellipse', Circle, OFTEN],
    ['rectangle', Square, OTHERS],
    ['freehand', Lasso, OTHERS],
    ['probe', Crosshair, OFTEN],
    ['arrow', ArrowUpLeft, OTHERS],
    ['calibration', RulerDimensionLine, OTHERS],
  ] as const satisfies readonly [keyof typeof MEASURING, typeof Hand, number][];
  return toggled([
    ...rows.map(
      ([kind, icon, rank]) => [kind, kinds[kind], icon, rank, measurements.tool === kind] as const,
    ),
    ['measurements', text.measure.title, PencilRuler, OFTEN, areMeasurementsShown],
  ]);
}

function imageTools({ view }: ToolContext): Tool[] {
  const changes = once([
    ['fit', text.viewer.fit, Maximize, ALWAYS],
    ['actualSize', text.looking.actualSize, SquareEqual, OTHERS],
    ['invert', text.viewer.invert, Contrast, OFTEN],
    ['rotateLeft', text.viewer.rotateLeft, RotateCcw, OTHERS],
    ['rotateRight', text.viewer.rotateRight, RotateCw, OFTEN],
    ['flipHorizontal', text.viewer.flipHorizontal, SquareCenterlineDashedHorizontal, OFTEN],
    ['flipVertical', text.viewer.flipVertical, SquareCenterlineDashedVertical, OTHERS],
    ['reset', text.viewer.reset, Undo2, ALWAYS],
  ]);
  if (!view || view.overlays === 'none') return changes;
  const areShown = view.overlays === 'shown';
  return [...changes, ...toggled([['overlays', text.viewer.overlays, Shapes, OFTEN, areShown]])];
}

function loopTools({ viewer, view, isPlaying, looking }: ToolContext): Tool[] {
  if (!viewer || !view || view.count < 2) return [];
  const play = isPlaying ? text.viewer.pause : text.viewer.play;
  return [
    ...once([['play', play, isPlaying ? Pause : Play, ALWAYS]]),
    ...toggled([['cine', text.looking.cine, Gauge, OFTEN, looking.isCineShown]]),
  ];
}

function windowTools({ viewer, view, presets }: ToolContext): Tool[] {
  if (!view?.window) return [];
  const palettes = Object.entries(text.looking.palettes) as [PaletteName, string][]; // the catalogue's type
  const colours: ToolChoice = {
    kind: 'choice',
    label: text.looking.palette,
    value: view.palette ?? 'grey',
    options: [
      { value: 'grey', label: text.looking.grey },
      ...palettes.map(([value, label]) => ({ value, label })),
    ],
    choose: (value) => viewer?.setPalette(palettes.find(([name]) => name === value)?.[0]),
    rank: OTHERS,
  };
  if (!view.isCt && view.voiOptions.length < 2) return [colours];
  const known = (view.isCt ? presets : []).map(({ id, name, width, center }, i) => ({
    value: `preset:${id}`,
    label: `${i + 1} ${name} ${width}/${center}`,
  }));
  const own = view.voiOptions.map(({ name }, i) => ({
    value: `own:${i}`,
    label: `${text.viewer.ownWindow}: ${name}`,
  }));
  const windows: ToolChoice = {
    kind: 'choice',
    label: text.viewer.presets,
    // An entry names an action, not a state: it can be chosen again after a drag.
    value: '',
    options: [...known, ...own],
    choose: (chosen) => {
      const [kind, value = ''] = chosen.split(':');
      if (kind === 'preset') viewer?.preset(value);
      else viewer?.chooseVoi(Number(value));
    },
    rank: OFTEN,
  };
  return [windows, colours];
}

function lookingTools({ looking, hasOthers }: ToolContext): Tool[] {
  const closer = toggled([
    [
      ...(['regionWindow', text.looking.region, SquareDashedMousePointer, OTHERS] as const),
      looking.tool === 'region',
    ],
    ['magnifier', text.looking.magnifier, Search, OTHERS, looking.tool === 'magnifier'],
  ]);
  const together = toggled([
    ['crosshair', text.looking.crosshair, LocateFixed, OFTEN, looking.tool === 'crosshair'],
    ['lines', text.looking.lines, Rows3, OTHERS, looking.areLinesShown],
    ['linkScroll', text.viewer.link, Link2, OFTEN, looking.isScrollLinked],
    ['linkWindow', text.looking.linkWindow, Blend, OTHERS, looking.isWindowLinked],
    ['linkZoom', text.looking.linkZoom, Scaling, OTHERS, looking.isZoomLinked],
  ]);
  const second = once([['secondWindow', text.looking.second, MonitorUp, OTHERS]]);
  return [
    ...closer,
    ...(hasOthers || looking.hasCompanion ? together : []),
    ...(looking.openSecond ? second : []),
  ];
}

function screenTools({ layout, onLayout, areTagsShown }: ToolContext): Tool[] {
  const now = layoutName(layout);
  // A rule may have made another one.
  const layouts = LAYOUTS.some((known) => layoutName(known) === now)
    ? LAYOUTS
    : [...LAYOUTS, layout];
  const choice: ToolChoice = {
    kind: 'choice',
    label: text.viewer.layout,
    value: now,
    options: layouts.map((each) => ({ value: layoutName(each), label: layoutName(each) })),
    choose: (value) => {
      const chosen = layouts.find((each) => layoutName(each) === value);
      if (chosen) onLayout(chosen);
    },
    rank: ALWAYS,
  };
  return [
    choice,
    ...once([
      ['hanging', text.hanging.title, LayoutGrid, OFTEN],
      ['picture', text.picture.title, Camera, OFTEN],
    ]),
    ...toggled([['tags', text.tags.title, ListTree, OFTEN, areTagsShown]]),
    ...once([['keys', keyText.title, Keyboard, OTHERS]]),
  ];
}
