import type { MeasurementResult } from './evaluate.ts';
import type { Measurement } from './measurement.ts';

export interface MeasurementRow {
  readonly measurement: Measurement;
  /** Undefined where the image can't be read any more. */
  readonly result: MeasurementResult | undefined;
}

const HEADING = [
  'name',
  'kind',
  'seriesInstanceUid',
  'sopInstanceUid',
  'frame',
  'calibration',
  'quantity',
  'value',
  'unit',
  'points',
];

/** A line for each number of each measurement (RFC 4180); what has no number has one line. Points are column and row. */
export function measurementCsv(rows: readonly MeasurementRow[]): string {
  const lines = rows.flatMap(({ measurement, result }) => {
    const { name, kind, seriesInstanceUid, sopInstanceUid, frameIndex, points } = measurement;
    const where = [name, kind, seriesInstanceUid, sopInstanceUid, String(frameIndex + 1)];
    const places = points.map(({ x, y }) => `${number(x)} ${number(y)}`).join('; ');
    const quantities = result?.quantities ?? [];
    if (quantities.length === 0) return [[...where, result?.source ?? '', '', '', '', places]];
    return quantities.map((quantity) => [
      ...where,
      result?.source ?? '',
      quantity.name,
      number(quantity.value),
      quantity.unit,
      places,
    ]);
  });
  return [HEADING, ...lines].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

const number = (value: number): string => String(Number(value.toPrecision(8)));

/** A spreadsheet takes what begins like this for a formula. */
const cell = (value: string): string => {
  const safe = /^[=+@\t\r]|^-(?!\d)/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
