import type { ImagePoint, MeasurementKind } from '../analysis/measurement.ts';
import type { Cine } from '../viewer/cine.ts';
import type { FoundPoint, ImageArea, PatientPoint } from '../viewer/image-area.ts';
import type { LoopTiming, StepBy } from '../viewer/loop-timing.ts';
import type { PaletteName } from '../viewer/palette-filter.ts';
import type { ViewerState } from '../viewer/viewer-state.ts';
import type { Viewer } from '../viewer/viewer.ts';
import type { Actions } from './actions.ts';
import { followWindow, followZoom, showActualSize } from './follow-view.ts';
import type { Command } from './commands.ts';
import type { Companion, Lead } from './companion.ts';
import type { Measurements } from './measurements.svelte.ts';
import { text } from './text.ts';

/** Frames per second that a key adds. */
const RATE_STEP = 5;

/** A key that is down for so long is held: its tool is laid aside when it is let go. */
const HOLD_MS = 400;

/** What the left button does instead of a tool of the viewport. */
export type LookingTool = 'crosshair' | 'region' | 'magnifier';

/** The viewports at hand; undefined for those that are being made. */
export interface Viewports {
  readonly viewers: readonly (Viewer | undefined)[];
  readonly active: number;
}

/** How the viewports of a study are looked at together: what is linked, and the point that all of them show. */
export class Looking {
  readonly #actions: Actions;
  readonly #measurements: Measurements;
  readonly #viewports: () => Viewports;
  #tool = $state<LookingTool>();
  /** What was at hand when the key of the magnifier went down, while it is down. */
  #held:
    | { at: number; tool: LookingTool | undefined; measuring: MeasurementKind | undefined }
    | undefined;
  areLinesShown = $state(true);
  #point = $state.raw<PatientPoint>();
  /** The keyboard asks for a point in the middle of the active viewport. */
  isWanted = $state(false);
  /** Windows of one modality, and scales, go with those of the active viewport. */
  isWindowLinked = $state(false);
  isZoomLinked = $state(false);
  /** How loops go with that of the active viewport; undefined lets each run by itself. */
  stepBy = $state<StepBy>();
  isCineShown = $state(false);
  /** Whether there is another window of the study. */
  hasCompanion = $state(false);
  /** Opens it; undefined in the second one itself. */
  openSecond = $state.raw<() => void>();
  /** Scrolling one moves the others to the same place; how far they lay apart where that can't be known. */
  #scroll = $state.raw<{ offsets: readonly number[] } | undefined>();

  /** Whether this window is the one that is worked in. */
  #leads = $state(true);
  /** What the other window of the study tells, while it is that one. */
  #lead = $state.raw<Lead>();

  constructor(actions: Actions, measurements: Measurements, viewports: () => Viewports) {
    this.#actions = actions;
    this.#measurements = measurements;
    this.#viewports = viewports;
  }

  /** A measuring tool goes before it. */
  get tool(): LookingTool | undefined {
    return this.#measurements.tool ? undefined : this.#tool;
  }

  /** Undefined gives the left button back to the viewport. */
  set tool(tool: LookingTool | undefined) {
    this.#measurements.tool = undefined;
    this.#tool = tool;
    if (tool !== 'crosshair') this.#point = undefined;
  }

  toggleTool(tool: LookingTool): void {
    this.tool = this.tool === tool ? undefined : tool;
  }

  /** The key of the magnifier goes down. @param at milliseconds, of the event */
  holdMagnifier(at: number): void {
    this.#held = { at, tool: this.tool, measuring: this.#measurements.tool };
    this.toggleTool('magnifier');
  }

  /** A key goes up: after a while the tools are as they were before the magnifier, else it stays. */
  letGo(at: number): void {
    const held = this.#held;
    this.#held = undefined;
    if (!held || this.tool !== 'magnifier' || at - held.at < HOLD_MS) return;
    this.tool = held.tool;
    this.#measurements.tool = held.measuring;
  }

  /** Puts the crosshair's point where an image was pressed; the other viewports come to it. */
  pointAt(area: ImageArea, place: ImagePoint): void {
    const point = this.#actions.guides.patientPoint(area, place);
    this.#point = point;
    if (!point) return;
    for (const viewer of this.#viewports().viewers) viewer?.goToPoint(point);
  }

  /** Where an image has the point; undefined where it has not. */
  pointOn(area: ImageArea | undefined): FoundPoint | undefined {
    return area && this.#point && this.#actions.guides.pointOn(area, this.#point);
  }

  get isScrollLinked(): boolean {
    return this.#scroll !== undefined;
  }

  /** As a hanging rule says: without knowing how far frames of reference lie apart. */
  linkScroll(isLinked: boolean): void {
    this.#scroll = isLinked ? { offsets: [] } : undefined;
  }

  toggleScroll(): void {
    const { viewers, active } = this.#viewports();
    const place = viewers[active]?.place;
    this.#scroll = this.#scroll
      ? undefined
      : {
          offsets: viewers.map((other) => {
            const there = other?.place;
            if (!place || !there || there.frameOfReferenceUid === place.frameOfReferenceUid)
              return 0;
            return this.#actions.offsetBetween(there.plane, place.plane) ?? 0;
          }),
        };
  }

  /** What was wanted of the active viewport is wanted of the others. */
  follow(view: ViewerState | undefined): void {
    const { viewers, active } = this.#viewports();
    const leader = viewers[active];
    if (!leader || !view || !this.#leads) return;
    const place = leader.place;
    const loop = this.stepBy && leader.loop;
    const offsets = this.#scroll?.offsets;
    viewers.forEach((other, at) => {
      if (at === active || !other || view.status !== 'shown') return;
      if (offsets && place) {
        other.goToPlane(place.plane, (offsets[at] ?? 0) - (offsets[active] ?? 0));
      }
      if (this.isWindowLinked) followWindow(other, view);
      if (this.isZoomLinked) followZoom(other, view);
      if (loop) this.#keepInStep(loop, view.index, other);
    });
  }

  /** What the other window is to be told of this one. */
  tell(view: ViewerState | undefined, companion: Companion | undefined): void {
    const leader = this.#viewer;
    const { isScrollLinked, isWindowLinked, isZoomLinked, stepBy } = this;
    const point = this.#point;
    if (!companion || !this.#leads || !leader || view?.status !== 'shown') return;
    const { window, modality, zoom, mmPerPixel, pan } = view;
    companion.tell({
      ...{ isScrollLinked, isWindowLinked, isZoomLinked, stepBy, point },
      place: leader.place,
      area: view.area,
      loop: stepBy && leader.loop,
      index: view.index,
      view: { window, modality, zoom, mmPerPixel, pan },
    });
  }

  /** The other window leads: all viewports of this one do what is linked. */
  obey(lead: Lead): void {
    const { place, point, loop, index, view } = lead;
    this.#lead = lead;
    this.#leads = false;
    this.#point = point;
    this.isWindowLinked = lead.isWindowLinked;
    this.isZoomLinked = lead.isZoomLinked;
    this.stepBy = lead.stepBy;
    if (lead.isScrollLinked !== this.isScrollLinked) {
      this.#scroll = lead.isScrollLinked ? { offsets: [] } : undefined;
    }
    for (const viewer of this.#viewports().viewers) {
      if (!viewer) continue;
      // How far frames of reference lie apart is known within a window alone.
      const isSame = place?.frameOfReferenceUid === viewer.place?.frameOfReferenceUid;
      if (place && isSame && lead.isScrollLinked) viewer.goToPlane(place.plane);
      if (lead.isWindowLinked) followWindow(viewer, view);
      if (lead.isZoomLinked) followZoom(viewer, view);
      if (loop) this.#keepInStep(loop, index, viewer);
      if (point) viewer.goToPoint(point);
    }
  }

  /** The user works in this window. */
  takeLead(): void {
    this.#lead = undefined;
    this.#leads = true;
  }

  /** The image whose place is drawn in a viewport of this window. */
  guideFor(isActive: boolean, active: ImageArea | undefined): ImageArea | undefined {
    if (this.#lead) return this.#lead.area;
    return isActive ? undefined : active;
  }

  #keepInStep(loop: LoopTiming, index: number, other: Viewer): void {
    const own = other.loop;
    if (!own || !this.stepBy) return;
    other.cine.stop();
    other.goTo(this.#actions.guides.frameInStep(this.stepBy, loop, index, own));
  }

  /** From free loops over by frame to by heart cycle, and on. */
  nextStep(): void {
    this.stepBy =
      this.stepBy === undefined ? 'frame' : this.stepBy === 'frame' ? 'heart' : undefined;
  }

  get #viewer(): Viewer | undefined {
    const { viewers, active } = this.#viewports();
    return viewers[active];
  }

  get #cine(): Cine | undefined {
    return this.#viewer?.cine;
  }

  #nextPalette(): void {
    const now = this.#viewer?.state.palette;
    const names = Object.keys(text.looking.palettes) as PaletteName[]; // the catalogue has them all
    this.#viewer?.setPalette(names[now === undefined ? 0 : names.indexOf(now) + 1]);
  }

  /** The image at hand becomes an end of the loop. */
  #setRange(end: 'from' | 'to'): void {
    this.#cine?.choose({ [end]: this.#viewer?.state.index });
  }

  toggleSweep(): void {
    const cine = this.#cine;
    cine?.choose({ isSweep: !cine.state.choice.isSweep });
  }

  /** What the viewer's commands do to it. */
  readonly commands = {
    crosshair: () => this.toggleTool('crosshair'),
    secondWindow: () => this.openSecond?.(),
    linkScroll: () => this.toggleScroll(),
    actualSize: () => this.#viewer && showActualSize(this.#viewer),
    regionWindow: () => this.toggleTool('region'),
    magnifier: () => this.toggleTool('magnifier'),
    palette: () => this.#nextPalette(),
    linkWindow: () => (this.isWindowLinked = !this.isWindowLinked),
    linkZoom: () => (this.isZoomLinked = !this.isZoomLinked),
    cine: () => (this.isCineShown = !this.isCineShown),
    loopsInStep: () => this.nextStep(),
    sweep: () => this.toggleSweep(),
    slower: () => this.#cine?.accelerate(-RATE_STEP),
    faster: () => this.#cine?.accelerate(RATE_STEP),
    loopFrom: () => this.#setRange('from'),
    loopTo: () => this.#setRange('to'),
    lines: () => (this.areLinesShown = !this.areLinesShown),
  } as const satisfies Partial<Record<Command, () => void>>;
}
