import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { frameGeometry, positionAlongNormal, type FrameGeometry } from './frame-geometry.ts';
import type { ViewerInstance } from './viewer-input.ts';

/** The lines of text in a viewport's corners, from top to bottom. */
export interface CornerTexts {
  readonly topLeft: readonly string[];
  readonly topRight: readonly string[];
  readonly bottomLeft: readonly string[];
  readonly bottomRight: readonly string[];
}

export const NO_TEXTS: CornerTexts = {
  topLeft: [],
  topRight: [],
  bottomLeft: [],
  bottomRight: [],
};

/** What the corners show besides the header. */
export interface ShownImage {
  readonly index: number;
  readonly count: number;
  readonly window: { readonly center: number; readonly width: number } | undefined;
  /** Screen pixels per image pixel. */
  readonly zoom: number;
  readonly geometry: FrameGeometry;
}

/** The corner texts of an image: who, where and when, how it is shown, what it is. */
export function cornerTexts(dataset: Dataset, shown: ShownImage): CornerTexts {
  const text = (tag: number) => dataset.string(tag);
  const { window, geometry } = shown;
  const position = positionAlongNormal(geometry);
  const thickness = geometry.sliceThicknessMm;
  return {
    topLeft: lines(
      personName(text(Tag.PatientName)),
      text(Tag.PatientID),
      join(' ', date(text(Tag.PatientBirthDate)), text(Tag.PatientSex)),
    ),
    topRight: lines(
      text(Tag.InstitutionName),
      text(Tag.StudyDescription),
      text(Tag.AccessionNumber),
      acquired(dataset),
    ),
    bottomLeft: lines(
      window && `W ${number(window.width)} C ${number(window.center)}`,
      `${Math.round(shown.zoom * 100)} %`,
      `${shown.index + 1}/${shown.count}`,
      position === undefined ? undefined : `${position.toFixed(1)} mm`,
    ),
    bottomRight: lines(
      join(' ', text(Tag.SeriesNumber), text(Tag.SeriesDescription)),
      text(Tag.Modality),
      thickness === undefined ? undefined : `${number(thickness)} mm thick`,
      text(Tag.ContrastBolusAgent),
      text(Tag.ImageLaterality) ?? text(Tag.Laterality) ?? text(Tag.FrameLaterality),
    ),
  };
}

/** Corner texts where there is no picture: whose it would be, and which one. */
export function failureTexts(
  dataset: Dataset | undefined,
  instance: ViewerInstance | undefined,
  index: number,
  count: number,
): CornerTexts {
  if (!dataset) {
    const patient = instance?.patient;
    const topLeft = lines(personName(patient?.patientName), patient?.patientId);
    return count === 0 ? NO_TEXTS : { ...NO_TEXTS, topLeft, bottomLeft: [`${index + 1}/${count}`] };
  }
  const geometry = frameGeometry(dataset, 0);
  const texts = cornerTexts(dataset, { index, count, window: undefined, zoom: 1, geometry });
  return { ...texts, bottomLeft: [`${index + 1}/${count}`] };
}

const lines = (...parts: (string | undefined)[]): string[] =>
  parts.filter((part) => part !== undefined && part !== '') as string[]; // what the filter leaves

const join = (by: string, ...parts: (string | undefined)[]): string => lines(...parts).join(by);

/** The first component group of a person name: "Family, Given Middle" (PS3.5 section 6.2.1). */
export function personName(value: string | undefined): string | undefined {
  const group = value?.split('=').find((part) => part.trim() !== '');
  if (group === undefined) return undefined;
  const [family = '', ...others] = group.split('^').map((part) => part.trim());
  const rest = others.filter((part) => part !== '').join(' ');
  return family && rest ? `${family}, ${rest}` : family || rest;
}

/** DA as 2024-05-17; what isn't a date stays as it is. */
function date(value: string | undefined): string | undefined {
  const match = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(value ?? '');
  return match ? `${match[1] ?? ''}-${match[2] ?? ''}-${match[3] ?? ''}` : value;
}

/** TM as 14:05:09; what isn't a time stays as it is. */
function time(value: string | undefined): string | undefined {
  const match = /^(\d{2}):?(\d{2})?:?(\d{2})?/.exec(value ?? '');
  return match ? lines(match[1], match[2], match[3]).join(':') : value;
}

function acquired(dataset: Dataset): string {
  const stamp = dataset.string(Tag.AcquisitionDateTime);
  if (stamp) return join(' ', date(stamp.slice(0, 8)), time(stamp.slice(8)));
  const [day, at] = (
    [
      [Tag.AcquisitionDate, Tag.AcquisitionTime],
      [Tag.ContentDate, Tag.ContentTime],
      [Tag.StudyDate, Tag.StudyTime],
    ] as const
  ).find(([tag]) => dataset.string(tag) !== undefined) ?? [Tag.StudyDate, Tag.StudyTime];
  return join(' ', date(dataset.string(day)), time(dataset.string(at)));
}

/** Whole numbers as they are, others with three digits. */
const number = (value: number): string =>
  Number.isInteger(value) || Math.abs(value) >= 1000
    ? String(Math.round(value))
    : String(Number(value.toPrecision(3)));
