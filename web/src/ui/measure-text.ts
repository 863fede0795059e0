import type { CalibrationSource } from '../analysis/calibration.ts';
import type { MeasurementResult, Quantity, QuantityName } from '../analysis/evaluate.ts';
import type { Measurement, MeasurementKind } from '../analysis/measurement.ts';
import type { SuvProblem } from '../analysis/suv.ts';

const KINDS: Readonly<Record<MeasurementKind, string>> = {
  length: 'Length',
  bidirectional: 'Bidirectional',
  angle: 'Angle',
  cobb: 'Cobb angle',
  ellipse: 'Ellipse',
  rectangle: 'Rectangle',
  freehand: 'Freehand region',
  probe: 'Probe',
  arrow: 'Arrow with text',
  calibration: 'Calibrate',
};

const QUANTITIES: Readonly<Record<QuantityName, string>> = {
  length: 'Length',
  longAxis: 'Long axis',
  shortAxis: 'Short axis',
  angle: 'Angle',
  area: 'Area',
  perimeter: 'Perimeter',
  mean: 'Mean',
  deviation: 'SD',
  lowest: 'Min',
  highest: 'Max',
  pixels: 'Pixels',
  value: 'Value',
  across: 'Time',
  down: 'Difference',
  slope: 'Slope',
  rate: 'Rate',
  atX: 'At',
  atY: 'At',
};

/** How sizes were come by, where a reader must know; empty where they are those of the body. */
const SOURCES: Readonly<Record<CalibrationSource, string>> = {
  spacing: '',
  region: '',
  manual: 'calibrated by hand',
  fiducial: 'FIDUCIAL',
  geometry: 'GEOMETRY',
  calibrated: 'calibrated',
  magnification: 'corrected by magnification',
  detector: 'at detector',
  outside: 'outside the calibrated region',
  none: 'not calibrated',
};

const SUV_PROBLEMS: Readonly<Record<SuvProblem, string>> = {
  'not-corrected': 'the image isn’t corrected for attenuation and decay',
  'decay-correction': 'it doesn’t say to what time decay is corrected',
  weight: 'the patient’s weight is missing',
  dose: 'the injected dose is missing',
  'half-life': 'the half-life is missing',
  'injection-time': 'the time of the injection is missing or after the scan',
  'scan-time': 'the time of the scan is missing',
  units: 'values are in other units than Bq/ml',
  'suv-type': 'it is an SUV by other than body weight',
};

export const measureText = {
  kinds: KINDS,
  quantities: QUANTITIES,
  sources: SOURCES,
  noSuv: (problem: SuvProblem) => `No SUV: ${SUV_PROBLEMS[problem]}.`,
  toolbar: 'Measure',
  title: 'Measurements',
  empty:
    'Nothing is measured yet. Choose a tool (M for a length) and draw, or press Enter to put one in the middle of the image.',
  undo: 'Undo',
  redo: 'Redo',
  csv: 'Save as CSV',
  csvName: 'measurements.csv',
  delete: 'Delete',
  name: 'Name',
  colour: 'Colour',
  colourOf: (number: number) => `Colour ${number}`,
  image: (series: string, image: string) => `Series ${series}, ${image}`,
  imageNumber: (number: number | undefined) => (number === undefined ? 'image' : `image ${number}`),
  frame: (number: number) => `frame ${number}`,
  elsewhere: 'not among the open images',
  histogram: (unit: string) => `Histogram${unit === '' ? '' : `, ${unit}`}`,
  turn: (what: string) => `Turn ${what}`,
  handle: (what: string, number: number) => `${what}, point ${number}`,
  whole: (what: string) => `${what}, the whole`,
  note: 'What the arrow points at',
  known: 'Length of the line, mm',
  knownProblem: 'A number above 0 is needed.',
  ok: 'OK',
  noValue: 'no value',
  loading: 'Measuring …',
  failed: 'Its image can’t be read',
  full: 'This browser has no room left: the last changes aren’t kept. What was kept before is still there. Free some disk space; the next change tries again.',
  notKept: (reason: string) => `The last changes could not be kept: ${reason}`,
  notLoaded: (reason: string) => `What was kept of this study could not be read: ${reason}`,
  kept: (count: number) =>
    count === 0
      ? 'No measurements are kept.'
      : count === 1
        ? '1 measurement is kept.'
        : `${count.toLocaleString('en')} measurements are kept.`,
  erase: 'Erase kept measurements',
  eraseQuestion: 'Erase all measurements kept in this browser?',
  eraseHint: 'Those of every study go. This can’t be undone.',
} as const;

/** A number as it is read, with its unit. */
export function quantityText({ name, value, unit }: Quantity): string {
  const words = numberText(value, unit, name);
  return unit === '' ? words : unit === '°' ? `${words}°` : `${words} ${unit}`;
}

/** As many figures as the unit is worth. */
function numberText(value: number, unit: string, name?: QuantityName): string {
  const fixed = (digits: number) => value.toFixed(digits).replace('-', '−');
  if (name === 'pixels') return fixed(0);
  if (unit === 'mm' || unit === 'px' || unit === '°') return fixed(1);
  if (unit === 'mm²' || unit === 'px²') return fixed(Math.abs(value) < 100 ? 1 : 0);
  if (unit === 'HU') return fixed(Number.isInteger(value) ? 0 : 1);
  if (unit.endsWith('g/ml')) return fixed(2);
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return fixed(0);
  return String(Number(value.toPrecision(4))).replace('-', '−');
}

/** What stands beside a measurement on its image. */
export function labelLines(
  { name, kind }: Pick<Measurement, 'name' | 'kind'>,
  { quantities, source }: MeasurementResult,
): string[] {
  const of = (wanted: QuantityName) => quantities.find((quantity) => quantity.name === wanted);
  const lines = name === '' ? [] : [name];
  const [mean, deviation, lowest, highest] = [
    of('mean'),
    of('deviation'),
    of('lowest'),
    of('highest'),
  ];
  if (mean && deviation && lowest && highest) {
    const { unit } = mean;
    const figures = (quantity: Quantity) => numberText(quantity.value, unit);
    lines.push(
      `${QUANTITIES.mean} ${figures(mean)}  ${QUANTITIES.deviation} ${quantityText(deviation)}`,
    );
    lines.push(
      `${QUANTITIES.lowest} ${figures(lowest)}  ${QUANTITIES.highest} ${figures(highest)}`,
    );
  }
  const area = of('area');
  if (area) lines.push(`${QUANTITIES.area} ${quantityText(area)}`);
  const [long, short] = [of('longAxis'), of('shortAxis')];
  if (long && short) lines.push(`${numberText(long.value, long.unit)} × ${quantityText(short)}`);
  const plain: readonly QuantityName[] = [
    'length',
    'angle',
    'value',
    'atX',
    'atY',
    'across',
    'down',
    'slope',
    'rate',
  ];
  for (const wanted of plain) {
    const quantity = of(wanted);
    if (quantity) lines.push(quantityText(quantity));
  }
  if (kind === 'probe' && quantities.length === 0) lines.push(measureText.noValue);
  const isSized = quantities.some(({ unit }) => /^(mm|px)²?$/.test(unit));
  if (isSized && SOURCES[source] !== '') lines.push(SOURCES[source]);
  return lines;
}

/** Of pictures that are handed out. */
export const pictureText = {
  title: 'Save picture',
  texts: 'With the texts in the corners',
  hint: 'The texts name the patient. Writing in the image itself stays in any case.',
  deidentified:
    'The study is de-identified: name, ID and birth date are left out in any case. Writing in the image itself stays.',
  png: 'Save as PNG',
  jpeg: 'Save as JPEG',
  copy: 'Copy',
  all: (count: number) => `All ${count} images as PNG, in a ZIP`,
  stop: 'Stop',
  stopped: 'Stopped.',
  progress: (done: number, all: number) => `Image ${done} of ${all}`,
  saved: 'Saved.',
  copied: 'Copied.',
  none: 'There is no picture.',
  fileName: 'gantry-picture',
} as const;
