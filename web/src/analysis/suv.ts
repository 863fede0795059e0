import type { Dataset } from '../../../shared/dicom/dataset.ts';
import { elementOf, groupOf, tagOf, type TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { secondsOf, secondsOfStamp, zoneOf } from './date-time.ts';

/** Why there is no SUVbw: what the object lacks, or what it is. */
export type SuvProblem =
  | 'not-corrected'
  | 'decay-correction'
  | 'weight'
  | 'dose'
  | 'half-life'
  | 'injection-time'
  | 'scan-time'
  | 'units'
  | 'suv-type';

/** What modality values are multiplied by to become SUVbw in g/ml, or why that can't be said. */
export type SuvFactor =
  | { readonly kind: 'factor'; readonly factor: number }
  | { readonly kind: 'none'; readonly problem: SuvProblem };

/** What is asked of the header of an image. */
export type PetHeader = Pick<Dataset, 'string' | 'strings' | 'number' | 'items'>;

const DAY_S = 86_400;
const PHILIPS = 'Philips PET Private Group';

/**
 * The vendor-neutral way of QIBA's FDG-PET/CT profile (appendix G), over the attributes of PS3.3 section C.8.9.1.
 * Intensities must be corrected for attenuation and decay; whatever is needed and missing leaves no SUV.
 */
export function suvFactor(dataset: PetHeader): SuvFactor {
  if (!isCorrected(dataset)) return none('not-corrected');
  switch (dataset.string(Tag.Units)) {
    case 'GML': {
      const type = dataset.string(Tag.SUVType) ?? 'BW';
      return type === 'BW' ? { kind: 'factor', factor: 1 } : none('suv-type');
    }
    case 'CNTS':
      return ofCounts(dataset);
    case 'BQML':
      return ofActivity(dataset, 1);
    default:
      return none('units');
  }
}

/**
 * The same of a frame of Enhanced PET (PS3.3 section C.8.22), which says its units by a mapping to real-world values and
 * its corrections one by one.
 *
 * @param bqPerMl what a modality value of 1 is worth
 */
export const enhancedSuvFactor = (dataset: Dataset, bqPerMl: number): SuvFactor =>
  isCorrected(dataset) ? ofActivity(dataset, bqPerMl) : none('not-corrected');

function isCorrected(dataset: PetHeader): boolean {
  const terms = dataset.strings(Tag.CorrectedImage);
  const isEach = (tag: TagNumber, pattern: RegExp) =>
    dataset.string(tag) === 'YES' || terms.some((term) => pattern.test(term));
  return isEach(Tag.AttenuationCorrected, /^ATTN$/) && isEach(Tag.DecayCorrected, /^(DECY|DECAY)$/);
}

/** Philips says what its counts are worth: as SUVbw, or as Bq/ml. */
function ofCounts(dataset: PetHeader): SuvFactor {
  const factor = privateNumber(dataset, tagOf(0x7053, 0x00), PHILIPS);
  if (factor !== undefined && factor > 0) return { kind: 'factor', factor };
  const activity = privateNumber(dataset, tagOf(0x7053, 0x09), PHILIPS);
  return activity !== undefined && activity > 0 ? ofActivity(dataset, activity) : none('units');
}

/** @param bqPerMl what a value of 1 is worth */
function ofActivity(dataset: PetHeader, bqPerMl: number): SuvFactor {
  const weightKg = dataset.number(Tag.PatientWeight);
  if (weightKg === undefined || !(weightKg > 0)) return none('weight');
  const [radiopharmaceutical] = dataset.items(Tag.RadiopharmaceuticalInformationSequence);
  const doseBq = radiopharmaceutical?.number(Tag.RadionuclideTotalDose);
  if (!radiopharmaceutical || doseBq === undefined || !(doseBq > 0)) return none('dose');
  const halfLifeS = radiopharmaceutical.number(Tag.RadionuclideHalfLife);
  if (halfLifeS === undefined || !(halfLifeS > 0)) return none('half-life');
  const decay = decayTime(dataset, radiopharmaceutical, halfLifeS);
  if (typeof decay === 'string') return none(decay);
  const decayedBq = doseBq * 2 ** (-decay / halfLifeS);
  return { kind: 'factor', factor: (bqPerMl * weightKg * 1000) / decayedBq };
}

/** Seconds from the injection to the time that values are corrected to. */
function decayTime(
  dataset: PetHeader,
  radiopharmaceutical: Dataset,
  halfLifeS: number,
): number | SuvProblem {
  const zone = dataset.string(Tag.TimezoneOffsetFromUTC);
  const corrected = dataset.string(Tag.DecayCorrectionDateTime);
  const term = dataset.string(Tag.DecayCorrection);
  if (corrected === undefined && term === 'ADMIN') return 0;
  if (corrected === undefined && term !== 'START') return 'decay-correction';
  const scan =
    corrected === undefined ? scanTime(dataset, halfLifeS) : secondsOfStamp(corrected, zone);
  if (scan === undefined) return 'scan-time';
  const stamp = radiopharmaceutical.string(Tag.RadiopharmaceuticalStartDateTime);
  if (stamp !== undefined) {
    const injection = secondsOfStamp(stamp, zone ?? zoneOf(corrected));
    return injection === undefined || injection > scan ? 'injection-time' : scan - injection;
  }
  const day = dataset.string(Tag.SeriesDate) ?? dataset.string(Tag.AcquisitionDate);
  const injection = secondsOf(
    day,
    radiopharmaceutical.string(Tag.RadiopharmaceuticalStartTime) ?? '',
  );
  if (injection === undefined) return 'injection-time';
  // It has no date: after the scan means the evening before.
  const passed = scan - injection;
  return passed >= 0 ? passed : passed + DAY_S;
}

/**
 * The time that values are corrected to: the series' own, unless the series was made after the acquisition. Then GE says
 * it in a private element; else it is worked out from when the mean activity of the frame was reached.
 */
function scanTime(dataset: PetHeader, halfLifeS: number): number | undefined {
  const at = (date: TagNumber, time: TagNumber) =>
    secondsOf(dataset.string(date), dataset.string(time) ?? '');
  const series = at(Tag.SeriesDate, Tag.SeriesTime);
  const acquisition = at(Tag.AcquisitionDate, Tag.AcquisitionTime);
  if (series !== undefined && (acquisition === undefined || series <= acquisition)) return series;
  const ge = privateText(dataset, tagOf(0x0009, 0x0d), 'GEMS_PETD_01');
  if (ge !== undefined) return secondsOf(ge.slice(0, 8), ge.slice(8));
  const referenceMs = dataset.number(Tag.FrameReferenceTime);
  const durationMs = dataset.number(Tag.ActualFrameDuration);
  if (acquisition === undefined || referenceMs === undefined || durationMs === undefined) {
    return undefined;
  }
  const constant = Math.LN2 / halfLifeS;
  const during = constant * (durationMs / 1000);
  const mean = during > 0 ? Math.log(during / (1 - Math.exp(-during))) / constant : 0;
  return acquisition - referenceMs / 1000 + mean;
}

const none = (problem: SuvProblem): SuvFactor => ({ kind: 'none', problem });

function privateText(dataset: PetHeader, tag: TagNumber, creator: string): string | undefined {
  const group = groupOf(tag);
  for (let block = 0x10; block <= 0xff; block++) {
    if (dataset.string(tagOf(group, block)) !== creator) continue;
    const text = dataset.string(tagOf(group, (block << 8) | elementOf(tag)));
    if (text !== undefined) return text;
  }
  return undefined;
}

function privateNumber(dataset: PetHeader, tag: TagNumber, creator: string): number | undefined {
  const text = privateText(dataset, tag, creator);
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) ? value : undefined;
}
