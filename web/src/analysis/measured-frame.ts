import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { PixelScale } from '../viewer/pixel-scale.ts';

/** A frame to be measured on. */
export interface MeasuredFrame {
  readonly dataset: Dataset;
  /** From 0. */
  readonly frameIndex: number;
  readonly rows: number;
  readonly columns: number;
  readonly scale: PixelScale;
  /** Row by row, in the units of the modality; of colour how bright it is, 0 to 255. */
  readonly values: ArrayLike<number> | undefined;
  readonly isColour: boolean;
  /** Whether such a value stands for "no pixel here". */
  readonly isPadding: (value: number) => boolean;
}
