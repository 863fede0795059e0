// What is known of text in pictures by their header, as data: kinds of images that often hold some, and the devices of a
// site. A site writes its own as JSON:
//
//     { "name": "Our scanners", "rules": [ {
//         "name": "Scanner X, 640 × 480",
//         "match": { "Manufacturer": "ACME*", "ManufacturerModelName": "X1", "Rows": 480, "Columns": 640,
//                    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.6.1" },
//         "action": "blank",
//         "boxes": [ { "column": 0, "row": 0, "columns": 640, "rows": 32 } ],
//         "outsideRegions": false } ] }
//
// `match` names attributes by keyword; all must match. Text matches without regard to case and to spaces at its ends, "*"
// stands for any characters; of several values one is enough. `blank` blanks the boxes, counted from 0 in pixels, and nobody
// has to look any more (no box: the device is known to write nothing); `look` asks for somebody to look and proposes
// them. `outsideRegions` adds what lies outside the Sequence of Ultrasound Regions; without one such a rule doesn't match.
import { z } from 'zod';
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { clipped, outsideOf, type Box } from '../../../shared/pixels/box.ts';
import { KNOWN_DEVICES } from './known-devices.ts';

const pixel = z.number().int().min(0).max(65_535);

const boxSchema = z.strictObject({
  column: pixel,
  row: pixel,
  columns: pixel.min(1),
  rows: pixel.min(1),
  /** The first and the last frame, from 1. */
  frames: z.tuple([z.number().int().min(1), z.number().int().min(1)]).optional(),
});

/** Attributes that a rule may ask for. */
const MATCHED = {
  SOPClassUID: Tag.SOPClassUID,
  Modality: Tag.Modality,
  Manufacturer: Tag.Manufacturer,
  ManufacturerModelName: Tag.ManufacturerModelName,
  StationName: Tag.StationName,
  SoftwareVersions: Tag.SoftwareVersions,
  ConversionType: Tag.ConversionType,
  ImageType: Tag.ImageType,
  SeriesDescription: Tag.SeriesDescription,
  PhotometricInterpretation: Tag.PhotometricInterpretation,
} as const;

const text = z.string().min(1).max(256).optional();

const matchSchema = z
  .strictObject({
    SOPClassUID: text,
    Modality: text,
    Manufacturer: text,
    ManufacturerModelName: text,
    StationName: text,
    SoftwareVersions: text,
    ConversionType: text,
    ImageType: text,
    SeriesDescription: text,
    PhotometricInterpretation: text,
    Rows: pixel.optional(),
    Columns: pixel.optional(),
  })
  .refine((match) => Object.values(match).some((value) => value !== undefined), {
    message: 'A rule without a condition would match everything.',
  });

const ruleSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(120),
    match: matchSchema,
    action: z.enum(['blank', 'look']),
    boxes: z.array(boxSchema).max(256).default([]),
    outsideRegions: z.boolean().default(false),
  })
  // Boxes are places in a picture of one size.
  .refine(({ boxes, match }) => boxes.length === 0 || (match.Rows && match.Columns), {
    path: ['match'],
    message: 'Boxes need Rows and Columns.',
  });

const ruleFileSchema = z.strictObject({
  name: z.string().trim().min(1).max(120),
  rules: z.array(ruleSchema).max(4096),
});

export type PictureRule = z.infer<typeof ruleSchema>;

export type PictureRuleFile = z.infer<typeof ruleFileSchema>;

export class PictureRuleError extends Error {
  override readonly name = 'PictureRuleError';
}

/** @throws PictureRuleError what is wrong, and where */
export function parsePictureRules(json: string): PictureRuleFile {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new PictureRuleError(`It is no JSON: ${error instanceof Error ? error.message : ''}`);
  }
  const parsed = ruleFileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PictureRuleError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

const look = (name: string, ...matches: readonly PictureRule['match'][]): PictureRule[] =>
  matches.map((match) => ({ name, match, action: 'look', boxes: [], outsideRegions: false }));

const STORAGE = '1.2.840.10008.5.1.4.1.1';

const ULTRASOUND = 'Ultrasound: scanners write names and dates around the picture.';
const CAPTURE = 'A Secondary Capture: a picture of a screen, a film or paper.';
const PHOTOGRAPH = 'A photograph or an endoscopic picture: text is often laid over it.';
const ANGIOGRAM = 'Angiography or fluoroscopy: consoles write into stored pictures.';
const SCREEN = 'Its Image Type says that it is a screen or a report.';
const DOSE = 'A dose sheet or protocol: a page of text.';
const CONVERTED = 'Its Conversion Type says that it was captured or digitised.';

/** Kinds of images that often hold text. The name is what is said of an image that matches. */
const SUSPECTED: readonly PictureRule[] = [
  ...look(
    ULTRASOUND,
    { SOPClassUID: `${STORAGE}.6` },
    { SOPClassUID: `${STORAGE}.6.*` },
    { SOPClassUID: `${STORAGE}.3` },
    { SOPClassUID: `${STORAGE}.3.1` },
    { Modality: 'US' },
    { Modality: 'IVUS' },
  ),
  ...look(CAPTURE, { SOPClassUID: `${STORAGE}.7` }, { SOPClassUID: `${STORAGE}.7.*` }),
  ...look(
    PHOTOGRAPH,
    { SOPClassUID: `${STORAGE}.77.1.1*` },
    { SOPClassUID: `${STORAGE}.77.1.2*` },
    { SOPClassUID: `${STORAGE}.77.1.4*` },
    { SOPClassUID: `${STORAGE}.77.1.5*` },
    // Of whole slides the picture of the label, and of the whole.
    { ImageType: 'LABEL' },
    { ImageType: 'OVERVIEW' },
  ),
  ...look(ANGIOGRAM, { SOPClassUID: `${STORAGE}.12.1*` }, { SOPClassUID: `${STORAGE}.12.2` }),
  ...look(
    SCREEN,
    ...['SCREEN*', 'REPORT', 'DOCUMENT', 'PASTED*'].map((ImageType) => ({ ImageType })),
  ),
  ...look(
    DOSE,
    { ImageType: 'DOSE*' },
    { SeriesDescription: '*dose report*' },
    { SeriesDescription: '*dose info*' },
    { SeriesDescription: '*patient protocol*' },
    { SeriesDescription: '*screen save*' },
  ),
  // Made by a program from other images: nothing was captured (PS3.3 section C.8.6.1).
  ...look(
    CONVERTED,
    ...['DV', 'DI', 'DF', 'WSD', 'SD', 'SI', 'DRW'].map((ConversionType) => ({ ConversionType })),
  ),
];

/** Numbers that a scanner has measured or a program worked out for each place: nothing draws letters into them. */
const MEASURED_CLASSES =
  /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(2|2\.[12]|4|4\.[134]|20|30|128|130|66\.[4-7]|481\.2)$/;

/** Made of other images or of none: these keep their Image Type DERIVED. */
const WORKED_OUT = /\.(30|66\.[4-7]|481\.2)$/;

/**
 * Whether the pixels are measured slices as they came (PS3.3 section C.7.6.1.1.2). A search of each for text would take
 * many times as long as everything else; what was derived from them, as a picture of a screen is, is searched.
 */
export function isMeasured(dataset: Dataset): boolean {
  const sopClass = dataset.string(Tag.SOPClassUID) ?? '';
  if (!MEASURED_CLASSES.test(sopClass)) return false;
  const [value, kind] = dataset.strings(Tag.ImageType);
  return WORKED_OUT.test(sopClass) || (value === 'ORIGINAL' && kind === 'PRIMARY');
}

function matches({ match }: PictureRule, dataset: Dataset): boolean {
  if (match.Rows !== undefined && dataset.number(Tag.Rows) !== match.Rows) return false;
  if (match.Columns !== undefined && dataset.number(Tag.Columns) !== match.Columns) return false;
  for (const keyword in MATCHED) {
    // A cast: these are the keys of the table.
    const key = keyword as keyof typeof MATCHED;
    const wanted = match[key];
    if (wanted === undefined) continue;
    if (!dataset.strings(MATCHED[key]).some((value) => isLike(value, wanted))) return false;
  }
  return true;
}

function isLike(value: string, pattern: string): boolean {
  const isPrefix = pattern.indexOf('*') === pattern.length - 1;
  // Each picture is held against all rules: an expression is made only where it must be.
  if (isPrefix || !pattern.includes('*')) {
    const [text, wanted] = [value.trim().toLowerCase(), pattern.toLowerCase()];
    return isPrefix ? text.startsWith(wanted.slice(0, -1)) : text === wanted;
  }
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'is').test(value.trim());
}

/** The conditions by which a rule finds other images of the same device and size. */
export function deviceOf(dataset: Dataset): PictureRule['match'] {
  const [Rows, Columns] = [dataset.number(Tag.Rows), dataset.number(Tag.Columns)];
  const match: PictureRule['match'] = {};
  for (const keyword of ['SOPClassUID', 'Manufacturer', 'ManufacturerModelName'] as const) {
    // A star is one of the value, not of a pattern; nothing else stands for it.
    const value = dataset.string(MATCHED[keyword])?.trim() ?? '';
    if (value !== '' && !value.includes('*')) match[keyword] = value;
  }
  return {
    ...match,
    ...(Rows === undefined ? {} : { Rows }),
    ...(Columns === undefined ? {} : { Columns }),
  };
}

/** Why an image may hold text, by its header alone. */
export function suspectedKind(dataset: Dataset, rules: readonly PictureRule[]): string | undefined {
  const own = rules.find((rule) => rule.action === 'look' && matches(rule, dataset));
  if (own) return `A rule asks for it: ${own.name}`;
  return [...KNOWN_DEVICES, ...SUSPECTED].find((rule) => matches(rule, dataset))?.name;
}

/** What the first `blank` rule that matches has blanked; undefined where none does. */
export function ruledBoxes(
  dataset: Dataset,
  rules: readonly PictureRule[],
): readonly Box[] | undefined {
  for (const rule of rules) {
    const boxes = rule.action === 'blank' ? boxesOf(rule, dataset) : undefined;
    if (boxes) return boxes;
  }
  return undefined;
}

/** Where text may stand: by a rule of the site, else by what is known of devices and by the regions of an ultrasound image. */
export function proposedBoxes(dataset: Dataset, rules: readonly PictureRule[]): readonly Box[] {
  const own = rules.map((rule) => boxesOf(rule, dataset)).find((boxes) => boxes !== undefined);
  if (own) return own;
  const size = sizeOf(dataset);
  const known = KNOWN_DEVICES.flatMap((rule) => boxesOf(rule, dataset) ?? []);
  const inPicture = known.flatMap((box) => clipped(box, size) ?? []);
  return [...inPicture, ...(outsideRegions(dataset) ?? [])];
}

function boxesOf(rule: PictureRule, dataset: Dataset): Box[] | undefined {
  if (!matches(rule, dataset)) return undefined;
  const outside = rule.outsideRegions ? outsideRegions(dataset) : [];
  return outside && [...rule.boxes.map(asBox), ...outside];
}

/** Without a key for what isn't there. */
const asBox = ({ frames, ...box }: PictureRule['boxes'][number]): Box =>
  frames ? { ...box, frames } : box;

const sizeOf = (dataset: Dataset) => ({
  rows: dataset.number(Tag.Rows) ?? 0,
  columns: dataset.number(Tag.Columns) ?? 0,
});

/** All but the Sequence of Ultrasound Regions (PS3.3 section C.8.5.5); undefined without one. */
function outsideRegions(dataset: Dataset): Box[] | undefined {
  const size = sizeOf(dataset);
  const items = dataset.get(Tag.SequenceOfUltrasoundRegions)?.items ?? [];
  const regions = items.flatMap(({ dataset: region }) => {
    const at = (tag: number) => region.number(tag) ?? Number.NaN;
    const [column, row] = [at(Tag.RegionLocationMinX0), at(Tag.RegionLocationMinY0)];
    const box = {
      column,
      row,
      columns: at(Tag.RegionLocationMaxX1) - column + 1,
      rows: at(Tag.RegionLocationMaxY1) - row + 1,
    };
    return clipped(box, size) ?? [];
  });
  return regions.length === 0 ? undefined : outsideOf(regions, size);
}
