import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { DisplayAttributes, NamedVoi } from '../../../shared/pixels/display-attributes.ts';
import { SUV_UNIT, valueScaleOf } from './value-scale.ts';

/** Positron Emission Tomography Image Storage, Legacy Converted Enhanced PET, Enhanced PET (PS3.4 section B.5). */
const PET_CLASSES: ReadonlySet<string> = new Set([
  '1.2.840.10008.5.1.4.1.1.128',
  '1.2.840.10008.5.1.4.1.1.128.1',
  '1.2.840.10008.5.1.4.1.1.130',
]);

/** What is bright in most PET windows: the brain and the bladder reach far beyond. */
const HIGHEST_SUV = 5;

/**
 * How an image is shown at first where people expect something else than what it asks for: PET with low values white, from 0 to
 * 5 SUVbw where it can be said; its own windows come behind. All other images as they ask.
 *
 * @param frameIndex from 0
 */
export function openingDisplay(
  dataset: Dataset,
  frameIndex: number,
  display: DisplayAttributes,
): DisplayAttributes {
  if (!PET_CLASSES.has(dataset.string(Tag.SOPClassUID) ?? '')) return display;
  const { factor, unit } = valueScaleOf(dataset, frameIndex);
  const vois = unit === SUV_UNIT ? [suvWindow(factor), ...display.vois] : display.vois;
  return { ...display, vois, inverse: true };
}

/** @param factor SUVbw of a modality value of 1 */
const suvWindow = (factor: number): NamedVoi => ({
  name: `SUVbw 0–${HIGHEST_SUV}`,
  transform: {
    kind: 'window',
    center: HIGHEST_SUV / 2 / factor,
    width: HIGHEST_SUV / factor,
    function: 'LINEAR_EXACT',
  },
});
