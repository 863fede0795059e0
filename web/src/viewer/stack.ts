import { framesWithin } from '../../../shared/pixels/frames.ts';
import type { FrameCatalogue } from './frame-catalogue.ts';
import { frameGeometry, framePlane, type FramePlane } from './frame-geometry.ts';
import { sortStack } from './stack-order.ts';
import type { ViewerInstance, ViewerSeries } from './viewer-input.ts';

/** An image of a stack. */
export interface StackFrame {
  readonly instance: ViewerInstance;
  readonly frameIndex: number;
  readonly instanceNumber: number | undefined;
  readonly geometry: FramePlane | undefined;
}

/** Headers read at the same time. */
const AT_ONCE = 8;

/** The images of a series in the order of scrolling; each frame of a multi-frame instance is one. */
export async function buildStack(
  { instances, frames: chosen }: Pick<ViewerSeries, 'instances' | 'frames'>,
  catalogue: FrameCatalogue,
): Promise<StackFrame[]> {
  const frames: StackFrame[] = [];
  const waiting = instances.values();
  const work = async (): Promise<void> => {
    for (const instance of waiting) frames.push(...(await framesOf(instance, catalogue)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (!chosen) return sortStack(frames);
  const wanted = new Set(chosen);
  return sortStack(frames.filter(({ frameIndex }) => wanted.has(frameIndex)));
}

async function framesOf(
  instance: ViewerInstance,
  catalogue: FrameCatalogue,
): Promise<StackFrame[]> {
  const { instanceNumber, plane } = instance;
  if (plane && instance.numberOfFrames === 1) {
    // Known without opening the file: the first of a thousand slices shows before the others are read.
    const geometry = framePlane(plane.imageOrientationPatient, plane.imagePositionPatient);
    return [{ instance, frameIndex: 0, instanceNumber, geometry }];
  }
  // One that can't be read has its place in the stack, and says there why it can't be shown.
  const parsed = await catalogue.open(instance.key).catch(() => undefined);
  const count = parsed ? framesWithin(parsed, instance.numberOfFrames) : 1;
  return Array.from({ length: count }, (_, frameIndex) => ({
    instance,
    frameIndex,
    instanceNumber,
    geometry: parsed && frameGeometry(parsed.dataset, frameIndex),
  }));
}
