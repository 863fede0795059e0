import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { functionalGroup, functionalGroupItems } from '../../../shared/pixels/functional-group.ts';
import { convertedHeader } from './converted-header.ts';
import { enhancedSuvFactor, suvFactor, type SuvFactor, type SuvProblem } from './suv.ts';

/** What modality values are said in. */
export interface ValueScale {
  /** What they are multiplied by. */
  readonly factor: number;
  /** Empty where the object gives none. */
  readonly unit: string;
  /** Of PET: why it isn't SUVbw. */
  readonly problem: SuvProblem | undefined;
}

/** Of colour, of which no modality says what it measures. */
export const LUMINANCE: ValueScale = { factor: 1, unit: 'luminance', problem: undefined };

export const SUV_UNIT = 'SUVbw g/ml';

/** Terms of Units (PS3.3 section C.8.9.1.1.3) as they are written. */
const PET_UNITS: Readonly<Record<string, string>> = {
  BQML: 'Bq/ml',
  CNTS: 'counts',
  CPS: 'counts/s',
  GML: 'g/ml',
  PROPCNTS: 'counts',
  PROPCPS: 'counts/s',
  CM2ML: 'cm²/ml',
  PCNT: '%',
};

/** Terms of Rescale Type (PS3.3 section C.11.1.1.2) as they are written; others stand for themselves. */
const RESCALE_TYPES: Readonly<Record<string, string>> = {
  OD: 'mOD',
  HU: 'HU',
  HU_MOD: 'HU',
  US: '',
  PCT: '%',
  MGML: 'mg/ml',
};

/** SUVbw where PET gives what it needs, else the unit that the object says. @param frameIndex from 0 */
export function valueScaleOf(dataset: Dataset, frameIndex: number): ValueScale {
  const modality = dataset.string(Tag.Modality);
  if (modality === 'PT') {
    const header = convertedHeader(dataset, frameIndex);
    const units = header.string(Tag.Units);
    const own =
      units === undefined ? undefined : orWithout(suvFactor(header), 1, PET_UNITS[units] ?? units);
    if (own && !own.problem) return own;
    const mapped = mappedScale(dataset, frameIndex);
    const best = own && mapped?.problem ? own : (mapped ?? own);
    if (best) return best;
  }
  const holder =
    functionalGroup(dataset, Tag.PixelValueTransformationSequence, frameIndex) ?? dataset;
  const term = holder.string(Tag.RescaleType);
  const isRescaled = holder.has(Tag.RescaleSlope) || holder.has(Tag.RescaleIntercept);
  // Rescale Type may be left out where it is HU (PS3.3 section C.8.2.1.1.2).
  const unit = term === undefined && modality === 'CT' && isRescaled ? 'HU' : (term ?? 'US');
  return { factor: 1, unit: RESCALE_TYPES[unit] ?? unit, problem: undefined };
}

/** Codes of SUVbw and of activity in UCUM, in either order of writing (PS3.16 CID 84, 85). */
const SUV_CODES = new Set(['g/ml{SUVbw}', '{SUVbw}g/ml']);
const ACTIVITY_CODE = 'Bq/ml';

/**
 * What PET says by its Real World Value Mapping (PS3.3 section C.7.6.16.2.11), of the frame or of the image: SUVbw itself where there is such a
 * mapping, else what is made of activity. Undefined without a mapping to either.
 */
function mappedScale(dataset: Dataset, frameIndex: number): ValueScale | undefined {
  const ofFrame = functionalGroupItems(dataset, Tag.RealWorldValueMappingSequence, frameIndex);
  const mappings = ofFrame.length > 0 ? ofFrame : dataset.items(Tag.RealWorldValueMappingSequence);
  const perValue = (isWanted: (code: string) => boolean): number | undefined => {
    const found = mappings.find((mapping) => {
      const [unit] = mapping.items(Tag.MeasurementUnitsCodeSequence);
      return isWanted(unit?.string(Tag.CodeValue) ?? '');
    });
    return found && perModalityValue(found, rescaleOf(dataset, frameIndex));
  };
  const suv = perValue((code) => SUV_CODES.has(code));
  if (suv !== undefined) return { factor: suv, unit: SUV_UNIT, problem: undefined };
  const bqPerMl = perValue((code) => code.toLowerCase() === ACTIVITY_CODE.toLowerCase());
  if (bqPerMl === undefined) return undefined;
  return orWithout(enhancedSuvFactor(dataset, bqPerMl), bqPerMl, PET_UNITS['BQML'] ?? '');
}

const rescaleOf = (dataset: Dataset, frameIndex: number) => {
  const holder =
    functionalGroup(dataset, Tag.PixelValueTransformationSequence, frameIndex) ?? dataset;
  const slope = holder.number(Tag.RescaleSlope) ?? 1;
  return { slope, intercept: holder.number(Tag.RescaleIntercept) ?? 0 };
};

/** A mapping is of stored values; measured are those of the modality. Undefined where one isn't a multiple of the other. */
function perModalityValue(
  mapping: Dataset,
  rescale: { readonly slope: number; readonly intercept: number },
): number | undefined {
  const slope = mapping.number(Tag.RealWorldValueSlope);
  const intercept = mapping.number(Tag.RealWorldValueIntercept) ?? 0;
  if (slope === undefined || !(slope > 0) || !(rescale.slope > 0)) return undefined;
  const factor = slope / rescale.slope;
  return Math.abs(intercept - rescale.intercept * factor) < 1e-6 * slope ? factor : undefined;
}

/** SUVbw, or the values as they are and why. */
const orWithout = (suv: SuvFactor, factor: number, unit: string): ValueScale =>
  suv.kind === 'factor'
    ? { factor: suv.factor, unit: SUV_UNIT, problem: undefined }
    : { factor, unit, problem: suv.problem };
