import { describe, expect, it } from 'vitest';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { encodePart10, type Fields } from '../../../shared/dicom/encode.ts';
import { readInstance } from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { framePlane } from './frame-geometry.ts';
import { frameInStep, isOnePlace, loopTiming } from './loop-timing.ts';

async function timing(count: number, fields: Fields) {
  const transferSyntaxUid = ExplicitVrLittleEndian.uid;
  const meta = { sopClassUid: '1.2', sopInstanceUid: '1.3', transferSyntaxUid };
  const bytes = encodePart10(meta, fields, ExplicitVrLittleEndian);
  return loopTiming((await readInstance(bufferSource(bytes))).dataset, count);
}

const floats = (...values: number[]) => ({
  vr: 'FL' as const,
  value: new Uint8Array(Float32Array.from(values).buffer),
});

describe('The times of a loop', () => {
  it('are those of its vector, of its frame time, or any', async () => {
    const vector = await timing(3, { [Tag.FrameTimeVector]: ['0', '30', '50'] });
    expect(vector).toEqual({ startsMs: [0, 30, 80], durationMs: 110, beatsMs: [] });
    expect((await timing(3, { [Tag.FrameTime]: '40' })).startsMs).toEqual([0, 40, 80]);
    expect((await timing(2, {})).beatsMs).toEqual([]);
  });

  it('have beats by R waves, or by heart rate where frames have times', async () => {
    const waves = { [Tag.RWaveTimeVector]: floats(100, 900), [Tag.HeartRate]: '60' };
    expect((await timing(30, { ...waves, [Tag.FrameTime]: '40' })).beatsMs).toEqual([100, 900]);
    // 75 beats a minute are 800 ms apart; 50 frames of 40 ms last 2 s.
    const rated = await timing(50, { [Tag.FrameTime]: '40', [Tag.HeartRate]: '75' });
    expect(rated.beatsMs).toEqual([0, 800, 1600]);
    expect((await timing(50, { [Tag.HeartRate]: '75' })).beatsMs).toEqual([]);
  });
});

describe('Loops in step', () => {
  const even = (count: number, timeMs: number, beatsMs: number[] = []) => ({
    startsMs: Array.from({ length: count }, (_, i) => i * timeMs),
    durationMs: count * timeMs,
    beatsMs,
  });

  it('show the same frame, the shorter one again from its first', () => {
    expect([0, 4, 5, 11].map((i) => frameInStep('frame', even(12, 40), i, even(5, 20)))).toEqual([
      0, 4, 0, 1,
    ]);
  });

  it('show the same part of the heart’s cycle, whatever their rates are', () => {
    // 1,000 ms a cycle from 200 ms on; 500 ms a cycle from 50 ms on, twice.
    const leader = even(30, 50, [200, 1200]);
    const follower = even(44, 25, [50, 550, 1050]);
    // The R wave at 200 ms; half a cycle later; a quarter before the first; the second.
    expect(frameInStep('heart', leader, 4, follower)).toBe(2);
    expect(frameInStep('heart', leader, 14, follower)).toBe(12);
    expect(frameInStep('heart', leader, 24, follower)).toBe(22);
    // 150 ms before the first wave are 85 % of the cycle before: of the follower's last one, 550 + 425 ms.
    expect(frameInStep('heart', leader, 1, follower)).toBe(39);
  });

  it('show the same part of the loop where no beat is known', () => {
    expect([0, 10, 19].map((i) => frameInStep('heart', even(20, 40), i, even(40, 7)))).toEqual([
      0, 20, 38,
    ]);
  });
});

it('images at one place, or at none, are a loop', () => {
  const at = (z: number) => framePlane([1, 0, 0, 0, 1, 0], [0, 0, z]);
  expect(isOnePlace([undefined, undefined])).toBe(true);
  expect(isOnePlace([at(3), at(3.001)])).toBe(true);
  expect(isOnePlace([at(3), at(5)])).toBe(false);
  expect(isOnePlace([at(3), undefined])).toBe(false);
});
