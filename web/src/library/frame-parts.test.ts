import { describe, expect, it } from 'vitest';
import { readInstance } from '../../../shared/dicom/read-instance.ts';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import type { Fields } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { oddImage } from '../../../shared/pixels/testing/image-builder.ts';
import { framePartsOf } from './frame-parts.ts';

async function partsOf(fields: Fields) {
  const { dataset } = await readInstance(bufferSource(oddImage(fields)));
  return framePartsOf(dataset);
}

const words = (...value: number[]) => ({ vr: 'US' as const, value });

describe('Frames of nuclear medicine', () => {
  it('are one part where no vector divides them', async () => {
    expect(await partsOf({ [Tag.NumberOfFrames]: '4' })).toHaveLength(1);
    const one = { [Tag.NumberOfFrames]: '2', [Tag.DetectorVector]: words(1, 1) };
    expect(await partsOf(one)).toHaveLength(1);
    // One number for two frames says of none what it is.
    const wrong = { [Tag.NumberOfFrames]: '3', [Tag.DetectorVector]: words(1, 2) };
    expect(await partsOf(wrong)).toHaveLength(1);
  });

  it('are a part for each energy window and detector, by the window’s name', async () => {
    const energyWindows = [{ [Tag.EnergyWindowName]: 'Tc-99m' }, {}];
    const parts = await partsOf({
      [Tag.NumberOfFrames]: '8',
      [Tag.EnergyWindowVector]: words(1, 1, 1, 1, 2, 2, 2, 2),
      [Tag.DetectorVector]: words(1, 1, 2, 2, 1, 1, 2, 2),
      [Tag.TimeSliceVector]: words(1, 2, 1, 2, 1, 2, 1, 2),
      [Tag.EnergyWindowInformationSequence]: { vr: 'SQ', value: energyWindows },
    });
    expect(parts).toEqual([
      { words: 'Tc-99m, detector 1', frames: [0, 1] },
      { words: 'Tc-99m, detector 2', frames: [2, 3] },
      { words: 'energy window 2, detector 1', frames: [4, 5] },
      { words: 'energy window 2, detector 2', frames: [6, 7] },
    ]);
  });

  it('of a gated loop stay together, and are a stack for each time slot where they have places', async () => {
    const slots = { [Tag.NumberOfFrames]: '4', [Tag.TimeSlotVector]: words(1, 1, 2, 2) };
    expect(await partsOf(slots)).toHaveLength(1);
    expect(await partsOf({ ...slots, [Tag.SliceVector]: words(1, 2, 1, 2) })).toEqual([
      { words: 'time slot 1', frames: [0, 1] },
      { words: 'time slot 2', frames: [2, 3] },
    ]);
  });
});
