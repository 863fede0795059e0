import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { functionalGroup } from '../../../shared/pixels/functional-group.ts';
import { suvFactor, type SuvProblem } from './suv.ts';

/** What modality values are said in. */
export interface ValueScale {
  /** What they are multiplied by. */
  readonly factor: number;
  /** Empty where the object gives none. */
  readonly unit: string;
  /** Of PET: why it isn't SUVbw. */
  readonly problem: SuvProblem | undefined;
}

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
  const units = dataset.string(Tag.Units);
  if (modality === 'PT' && units !== undefined) {
    const suv = suvFactor(dataset);
    if (suv.kind === 'factor')
      return { factor: suv.factor, unit: 'SUVbw g/ml', problem: undefined };
    return { factor: 1, unit: PET_UNITS[units] ?? units, problem: suv.problem };
  }
  const holder =
    functionalGroup(dataset, Tag.PixelValueTransformationSequence, frameIndex) ?? dataset;
  const term = holder.string(Tag.RescaleType);
  const isRescaled = holder.has(Tag.RescaleSlope) || holder.has(Tag.RescaleIntercept);
  // Rescale Type may be left out where it is HU (PS3.3 section C.8.2.1.1.2).
  const unit = term === undefined && modality === 'CT' && isRescaled ? 'HU' : (term ?? 'US');
  return { factor: 1, unit: RESCALE_TYPES[unit] ?? unit, problem: undefined };
}
