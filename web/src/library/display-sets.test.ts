import { describe, expect, it } from 'vitest';
import { displaySetsOf } from './display-sets.ts';
import type { InstanceSummary } from './instance-summary.ts';
import type { LibraryInstance, LibrarySeries } from './library.ts';

const AXIAL = [1, 0, 0, 0, 1, 0];
const SAGITTAL = [0, 1, 0, 0, 0, -1];
const CORONAL = [1, 0, 0, 0, 0, -1];

let number = 0;
function image(fields: Partial<InstanceSummary>): LibraryInstance {
  number++;
  const summary = {
    sopInstanceUid: `1.2.${number}`,
    instanceNumber: number,
    rows: 64,
    columns: 64,
    numberOfFrames: 1,
    imageOrientationPatient: AXIAL,
    imagePositionPatient: [0, 0, number],
    imageType: 'ORIGINAL\\PRIMARY',
    ...fields,
  } as InstanceSummary;
  return { summary } as LibraryInstance;
}

const series = (...instances: LibraryInstance[]) =>
  ({
    seriesInstanceUid: '1.9',
    instances,
    instanceCount: instances.length,
  }) as unknown as LibrarySeries;

const partsOf = (...instances: LibraryInstance[]) =>
  displaySetsOf(series(...instances)).map(({ part, instances: of }) => `${part}: ${of.length}`);

describe('A series', () => {
  it('of one stack is one, without another name', () => {
    expect(partsOf(image({}), image({}), image({}))).toEqual([': 3']);
    expect(displaySetsOf(series(image({})))[0]?.key).toBe('1.9');
  });

  it('with several orientations is a stack for each, also when they differ by a little noise', () => {
    const noisy = [0.99999, 0.0001, 0, 0, 1, 0];
    expect(
      partsOf(
        image({}),
        image({ imageOrientationPatient: noisy }),
        image({ imageOrientationPatient: SAGITTAL }),
        image({ imageOrientationPatient: CORONAL }),
        image({ imageOrientationPatient: [0.8, 0.6, 0, 0, 0, -1] }),
      ),
    ).toEqual(['axial: 2', 'sagittal: 1', 'coronal: 1', 'oblique coronal: 1']);
  });

  it('with several echoes, phases or acquisitions at the same places is a stack for each', () => {
    const at = (z: number, fields: Partial<InstanceSummary>) =>
      image({ imagePositionPatient: [0, 0, z], ...fields });
    expect(
      partsOf(
        at(0, { echoNumber: 1 }),
        at(5, { echoNumber: 1 }),
        at(0, { echoNumber: 2 }),
        at(5, { echoNumber: 2 }),
      ),
    ).toEqual(['echo 1: 2', 'echo 2: 2']);
    expect(
      partsOf(
        ...[1, 2, 3].flatMap((temporalPosition) => [
          at(0, { temporalPosition }),
          at(5, { temporalPosition }),
        ]),
      ),
    ).toEqual(['phase 1: 2', 'phase 2: 2', 'phase 3: 2']);
    expect(
      partsOf(
        at(0, { imageType: 'ORIGINAL\\PRIMARY\\M' }),
        at(5, { imageType: 'ORIGINAL\\PRIMARY\\M' }),
        at(0, { imageType: 'ORIGINAL\\PRIMARY\\P' }),
        at(5, { imageType: 'ORIGINAL\\PRIMARY\\P' }),
      ),
    ).toEqual(['m: 2', 'p: 2']);
  });

  it('stays together where only the number of each image differs, or acquisitions lie at places of their own', () => {
    expect(partsOf(image({ acquisitionNumber: 1 }), image({ acquisitionNumber: 2 }))).toEqual([
      ': 2',
    ]);
    const same = { imagePositionPatient: [0, 0, 0] };
    expect(
      partsOf(image({ ...same, acquisitionNumber: 1 }), image({ ...same, acquisitionNumber: 2 })),
    ).toEqual([': 2']);
  });

  it('has loops, other sizes and what is no image apart', () => {
    expect(
      partsOf(
        image({ instanceNumber: 1 }),
        image({ instanceNumber: 2, rows: 32 }),
        image({ instanceNumber: 3, numberOfFrames: 12 }),
        image({ instanceNumber: 4, rows: 0, columns: 0 }),
      ),
    ).toEqual(['64 × 64: 1', '64 × 32: 1', 'No. 3: 1', 'No. 4: 1']);
    expect(partsOf(image({ numberOfFrames: 12 }))).toEqual([': 1']);
  });
});
