import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';

/**
 * What the distance between pixels means:
 * - `patient`: millimetres in the patient;
 * - `detector`: millimetres on the detector, which show the body enlarged by an unknown factor;
 * - `none`: only the shape of a pixel is known.
 */
export type ScaleKind = 'patient' | 'detector' | 'none';

/** Distances of pixel centres: mm, or relative ones where kind is `none`. */
export interface PixelScale {
  readonly kind: ScaleKind;
  /** From row to row. */
  readonly rowSpacing: number;
  /** From column to column. */
  readonly columnSpacing: number;
}

/** Modalities that project the body onto a detector. */
const PROJECTIONS = new Set(['CR', 'DX', 'MG', 'RF', 'RG', 'RTIMAGE', 'XA', 'IO', 'PX', 'BI']);

/**
 * The scale of an image, by PS3.3 section 10.7.1.3: detector sizes are never taken for body sizes in silence.
 *
 * @param measures the item of Pixel Measures Sequence, or the data set itself
 */
export function pixelScaleOf(dataset: Dataset, measures: Dataset): PixelScale {
  const pixel = spacing(measures, Tag.PixelSpacing);
  const imager = spacing(dataset, Tag.ImagerPixelSpacing);
  if (pixel && !PROJECTIONS.has(dataset.string(Tag.Modality) ?? '')) {
    return { kind: 'patient', ...pixel };
  }
  if (pixel) {
    const isCalibrated =
      dataset.has(Tag.PixelSpacingCalibrationType) ||
      (imager !== undefined && !isSame(pixel, imager));
    return { kind: isCalibrated ? 'patient' : 'detector', ...pixel };
  }
  if (imager) {
    const magnification = dataset.number(Tag.EstimatedRadiographicMagnificationFactor);
    if (magnification === undefined || magnification < 1) return { kind: 'detector', ...imager };
    return {
      kind: 'patient',
      rowSpacing: imager.rowSpacing / magnification,
      columnSpacing: imager.columnSpacing / magnification,
    };
  }
  const [vertical, horizontal] = dataset.numbers(Tag.PixelAspectRatio);
  const aspect = (vertical ?? 1) / (horizontal ?? 1);
  return { kind: 'none', rowSpacing: aspect > 0 && aspect < 100 ? aspect : 1, columnSpacing: 1 };
}

type Spacing = Omit<PixelScale, 'kind'>;

function spacing(dataset: Dataset, tag: number): Spacing | undefined {
  const [rowSpacing, columnSpacing] = dataset.numbers(tag);
  if (rowSpacing === undefined || columnSpacing === undefined) return undefined;
  return rowSpacing > 0 && columnSpacing > 0 ? { rowSpacing, columnSpacing } : undefined;
}

const isSame = (a: Spacing, b: Spacing): boolean =>
  Math.abs(a.rowSpacing - b.rowSpacing) < 1e-4 &&
  Math.abs(a.columnSpacing - b.columnSpacing) < 1e-4;
