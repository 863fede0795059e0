import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';

/**
 * How long a frame of a loop is seen before the next one, in milliseconds (PS3.3 sections C.7.6.5 and C.7.6.6): Frame
 * Time Vector, Frame Time, Recommended Display Frame Rate, Cine Rate. Undefined where the object says none of them.
 * @param frameIndex from 0
 */
export function frameTimeMs(dataset: Dataset, frameIndex: number): number | undefined {
  // The vector has the time since the frame before; its first value stands for nothing.
  const vector = dataset.numbers(Tag.FrameTimeVector);
  const next = vector[frameIndex + 1] ?? vector[1];
  const candidates = [
    next,
    dataset.number(Tag.FrameTime),
    perSecond(dataset.number(Tag.RecommendedDisplayFrameRate)),
    perSecond(dataset.number(Tag.CineRate)),
  ];
  return candidates.find((time) => time !== undefined && Number.isFinite(time) && time > 0);
}

const perSecond = (rate: number | undefined): number | undefined =>
  rate !== undefined && rate > 0 ? 1000 / rate : undefined;
