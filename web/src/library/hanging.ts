// How the images of a study are laid out when it is opened: rules that name a kind of study, a grid, and what goes into each
// viewport. A site writes its own as JSON, or saves the layout at hand as one:
//
//     { "name": "Our rules", "rules": [ {
//         "name": "Chest, two views",
//         "match": { "modality": "DX", "bodyPart": "CHEST", "minSets": 2 },
//         "rows": 1, "columns": 2, "isLinked": false,
//         "viewports": [ { "view": "PA" }, { "view": "LL" } ] } ] }
//
// Of a study the first rule that matches counts, a site's before those built in. Words match without regard to case, "*" stands
// for any characters, "|" between words for one of them. A viewport takes the first display set that fits and that no other has
// taken; one without words takes what is left, in the order of the study.
import { z } from 'zod';
import type { DisplaySet } from './display-sets.ts';
import { planeOf } from './display-sets.ts';

const words = z.string().trim().min(1).max(256).optional();

const viewportSchema = z.strictObject({
  modality: words,
  /** Series Description, or what sets a display set apart from others of its series. */
  description: words,
  bodyPart: words,
  /** axial, coronal, sagittal; "oblique" before it where it is. */
  plane: words,
  /** R, L or B. */
  laterality: words,
  /** View Position (PS3.3 section C.8.11.5 and others): CC, MLO, PA, LL … */
  view: words,
  imageType: words,
  /** To which side the image is put, and to which side its chest wall or back shows. */
  side: z.enum(['left', 'right']).optional(),
});

const ruleSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(120),
    match: z
      .strictObject({
        modality: words,
        bodyPart: words,
        /** Study Description. */
        description: words,
        /** Display sets that hold images, without localizers. */
        minSets: z.number().int().min(1).optional(),
        maxSets: z.number().int().min(1).optional(),
      })
      .default({}),
    rows: z.number().int().min(1).max(4),
    columns: z.number().int().min(1).max(5),
    isLinked: z.boolean().default(false),
    /** Where a study has nothing of what a viewport names, it shows what is left. Without it the place stays empty. */
    isFilled: z.boolean().optional(),
    viewports: z.array(viewportSchema).max(20).default([]),
  })
  .refine(({ rows, columns, viewports }) => viewports.length <= rows * columns, {
    path: ['viewports'],
    message: 'There are more than the grid has places.',
  });

const fileSchema = z.strictObject({
  name: z.string().trim().min(1).max(120),
  rules: z.array(ruleSchema).max(500),
});

export type HangingRule = z.infer<typeof ruleSchema>;
export type HangingFile = z.infer<typeof fileSchema>;
type ViewportRule = HangingRule['viewports'][number];

export class HangingError extends Error {
  override readonly name = 'HangingError';
}

/** @throws HangingError what is wrong, and where */
export function parseHangingFile(json: string): HangingFile {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new HangingError(`It is no JSON: ${error instanceof Error ? error.message : ''}`);
  }
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HangingError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** What of a study rules are matched with. */
export interface HungStudy {
  readonly studyDescription: string;
  readonly sets: readonly DisplaySet[];
}

/** What a study looks like when a rule has laid it out. */
export interface Hanging {
  readonly rule: HangingRule;
  /** Of each viewport, row by row: the key of a display set, and the side that it is put to. */
  readonly cells: readonly {
    readonly key: string | undefined;
    readonly side: 'left' | 'right' | undefined;
  }[];
}

const MAMMOGRAM = { modality: 'MG' } as const;

/** What is usual, for each kind of study. */
export const BUILT_IN_RULES: readonly HangingRule[] = [
  {
    name: 'Mammography: four views, back to back',
    match: { ...MAMMOGRAM, minSets: 4 },
    ...{ rows: 2, columns: 2, isLinked: false },
    viewports: [
      { ...MAMMOGRAM, laterality: 'R', view: 'CC*', side: 'right' },
      { ...MAMMOGRAM, laterality: 'L', view: 'CC*', side: 'left' },
      { ...MAMMOGRAM, laterality: 'R', view: 'MLO*|ML*|LM*', side: 'right' },
      { ...MAMMOGRAM, laterality: 'L', view: 'MLO*|ML*|LM*', side: 'left' },
    ],
  },
  {
    name: 'Mammography: right and left',
    match: { ...MAMMOGRAM, minSets: 2 },
    ...{ rows: 1, columns: 2, isLinked: false },
    viewports: [
      { ...MAMMOGRAM, laterality: 'R', side: 'right' },
      { ...MAMMOGRAM, laterality: 'L', side: 'left' },
    ],
  },
  {
    name: 'Radiography: frontal and lateral',
    match: { modality: 'CR|DX|RF', minSets: 2 },
    ...{ rows: 1, columns: 2, isLinked: false, isFilled: true },
    viewports: [{ view: 'PA|AP' }, { view: 'LL|RL|LAT*' }],
  },
  {
    name: 'PET with CT: both, linked',
    match: { modality: 'PT', minSets: 2 },
    ...{ rows: 1, columns: 2, isLinked: true },
    viewports: [{ modality: 'CT' }, { modality: 'PT' }],
  },
  {
    name: 'MR: four series, linked',
    match: { modality: 'MR', minSets: 3 },
    ...{ rows: 2, columns: 2, isLinked: true },
    viewports: [],
  },
  {
    name: 'MR: two series, linked',
    match: { modality: 'MR', minSets: 2 },
    ...{ rows: 1, columns: 2, isLinked: true },
    viewports: [],
  },
  {
    name: 'CT: two series, linked',
    match: { modality: 'CT', minSets: 2 },
    ...{ rows: 1, columns: 2, isLinked: true },
    viewports: [],
  },
  {
    name: 'Ultrasound: many loops and images',
    match: { modality: 'US|IVUS', minSets: 4 },
    ...{ rows: 2, columns: 2, isLinked: false },
    viewports: [],
  },
  {
    name: 'Angiography: two loops',
    match: { modality: 'XA', minSets: 2 },
    ...{ rows: 1, columns: 2, isLinked: false },
    viewports: [],
  },
  {
    name: 'Nuclear medicine: four series',
    match: { modality: 'NM', minSets: 3 },
    ...{ rows: 2, columns: 2, isLinked: false },
    viewports: [],
  },
];

/** Lays a study out by each rule that matches, a site's own first. */
export function hangingsOf(study: HungStudy, rules: readonly HangingRule[]): Hanging[] {
  return [...rules, ...BUILT_IN_RULES].flatMap((rule) =>
    matches(rule, study) ? (byRule(rule, study) ?? []) : [],
  );
}

/**
 * Whether an image must be mirrored so that its back, or its chest wall, shows to a side: right for an image that is put
 * to the right. By the first direction of Patient Orientation (PS3.3 section C.7.6.1.1.1), else as it is.
 */
export function isMirroredAt(set: DisplaySet, side: 'left' | 'right' | undefined): boolean {
  const [along = ''] = set.instances[0]?.summary.patientOrientation.split('\\') ?? [];
  if (side === 'right') return along.startsWith('A');
  return side === 'left' && along.startsWith('P');
}

const LOCALIZER = /localizer|scout|topogram|scanogram|survey/i;

/** Images to look at; a localizer only shows where the others lie. */
const isLookedAt = ({ instances, seriesDescription }: DisplaySet): boolean =>
  !LOCALIZER.test(seriesDescription) &&
  instances.some(({ summary }) => summary.rows > 0 && !LOCALIZER.test(summary.imageType));

function matches({ match }: HangingRule, { studyDescription, sets }: HungStudy): boolean {
  const images = sets.filter(isLookedAt);
  const some = (wanted: string | undefined, valueOf: (set: DisplaySet) => string): boolean =>
    wanted === undefined || images.some((set) => isLike(valueOf(set), wanted));
  return (
    images.length >= (match.minSets ?? 1) &&
    images.length <= (match.maxSets ?? Infinity) &&
    some(match.modality, ({ modality }) => modality) &&
    some(match.bodyPart, bodyPartOf) &&
    (match.description === undefined || isLike(studyDescription, match.description))
  );
}

/** Undefined where fewer than half of its viewports, or none that it names, find something to show. */
function byRule(rule: HangingRule, { sets }: HungStudy): Hanging | undefined {
  const left = sets.filter(isLookedAt);
  const count = rule.rows * rule.columns;
  const places = Array.from({ length: count }, (_, i) => rule.viewports[i]);
  const taken: (DisplaySet | undefined)[] = places.map((place) => {
    if (!place || !isNamed(place)) return undefined;
    const at = left.findIndex((set) => fits(place, set));
    return at === -1 ? undefined : left.splice(at, 1)[0];
  });
  const named = places.filter((place) => place !== undefined && isNamed(place)).length;
  if (named > 0 && taken.every((set) => set === undefined)) return undefined;
  const cells = places.map((place, i) => {
    const isOpen = rule.isFilled === true || !place || !isNamed(place);
    const set = taken[i] ?? (isOpen ? left.shift() : undefined);
    return { key: set?.key, side: place?.side };
  });
  return 2 * cells.filter(({ key }) => key !== undefined).length < count
    ? undefined
    : { rule, cells };
}

const isNamed = ({ side: _, ...named }: ViewportRule): boolean => Object.keys(named).length > 0;

function fits(place: ViewportRule, set: DisplaySet): boolean {
  const summary = set.instances[0]?.summary;
  const is = (wanted: string | undefined, ...values: readonly (string | undefined)[]): boolean =>
    wanted === undefined || values.some((value) => value !== undefined && isLike(value, wanted));
  return (
    is(place.modality, set.modality) &&
    is(place.description, set.seriesDescription, set.part) &&
    is(place.bodyPart, bodyPartOf(set)) &&
    is(place.plane, summary && planeOf(summary.imageOrientationPatient)) &&
    is(place.laterality, summary?.laterality) &&
    is(place.view, summary?.viewPosition) &&
    is(place.imageType, ...(summary?.imageType.split('\\') ?? []))
  );
}

const bodyPartOf = ({ bodyPart, instances }: DisplaySet): string =>
  bodyPart ?? instances[0]?.summary.bodyPart ?? '';

function isLike(value: string, wanted: string): boolean {
  return wanted.split('|').some((pattern) => {
    const parts = pattern
      .trim()
      .split('*')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 'is').test(value.trim());
  });
}

/** Of display sets the one that shows most nearly what another does: its kind, its plane, its part of the body, its name. */
export function mostLike(set: DisplaySet, others: readonly DisplaySet[]): DisplaySet | undefined {
  const planeOfSet = ({ instances }: DisplaySet) =>
    planeOf(instances[0]?.summary.imageOrientationPatient ?? []);
  const first = set.instances[0]?.summary;
  const score = (other: DisplaySet): number => {
    const summary = other.instances[0]?.summary;
    const same = (a: string | undefined, b: string | undefined): boolean =>
      a !== undefined && a !== '' && a.toLowerCase() === b?.toLowerCase();
    return (
      (other.modality === set.modality ? 16 : 0) +
      (same(first?.laterality, summary?.laterality) ? 8 : 0) +
      (same(first?.viewPosition, summary?.viewPosition) ? 8 : 0) +
      (same(set.seriesDescription, other.seriesDescription) ? 4 : 0) +
      (planeOfSet(set) === planeOfSet(other) ? 3 : 0) +
      (same(bodyPartOf(set), bodyPartOf(other)) ? 2 : 0)
    );
  };
  return others.filter(isLookedAt).sort((a, b) => score(b) - score(a))[0];
}

/** The layout at hand as a rule for studies like this one. Words of the rule's language in values become any character. */
export function ruleOf(
  { rows, columns }: { readonly rows: number; readonly columns: number },
  shown: readonly (DisplaySet | undefined)[],
  isLinked: boolean,
): HangingRule {
  const plain = (value: string | undefined): string | undefined =>
    value?.trim() ? value.trim().replace(/\|/g, '*') : undefined;
  const sets = shown.filter((set) => set !== undefined);
  const [first] = sets;
  const [modality, bodyPart] = [plain(first?.modality), plain(first && bodyPartOf(first))];
  return {
    name: [modality, bodyPart, `${rows} × ${columns}`].filter(Boolean).join(' '),
    match: {
      ...(modality !== undefined && { modality }),
      ...(bodyPart !== undefined && { bodyPart }),
      minSets: Math.max(1, sets.length),
    },
    rows,
    columns,
    isLinked,
    viewports: shown.map((set) => {
      const summary = set?.instances[0]?.summary;
      const named = {
        modality: plain(set?.modality),
        description: plain(set?.part) ?? plain(set?.seriesDescription),
        laterality: plain(summary?.laterality),
        view: plain(summary?.viewPosition),
      };
      // Without keys for what isn't said: a rule is JSON.
      return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
    }),
  };
}
