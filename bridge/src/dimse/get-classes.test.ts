import { expect, it } from 'vitest';
import { TRANSFER_SYNTAXES } from '../../../shared/dicom/uids.ts';
import { getContexts } from './get-classes.ts';
import type { StorageContext } from './get-scu.ts';
import { classesOfModalities } from './modality-classes.ts';
import { PRIVATE_STORAGE_CLASSES } from '../../../shared/dicom/private-storage-classes.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const classesOf = (contexts: readonly StorageContext[]) => contexts.map(({ sopClass }) => sopClass);

it('proposes each class once when none is expected, and fills one association', () => {
  const contexts = getContexts();
  expect(contexts).toHaveLength(127);
  expect(new Set(classesOf(contexts)).size).toBe(127);
  expect(contexts.every(({ transferSyntaxes }) => transferSyntaxes.length > 25)).toBe(true);
});

it.each([1, 2, 3, 6, 30, 87, 120, 200])(
  'proposes %i expected classes in all transfer syntaxes, apart where there is room',
  (count) => {
    const expected = [CT, ...Array.from({ length: count - 1 }, (_, index) => `1.2.${index}`)];
    const contexts = getContexts(expected);
    expect(contexts).toHaveLength(127);
    const ofCt = contexts.filter(({ sopClass }) => sopClass === CT);
    const syntaxes = ofCt.flatMap(({ transferSyntaxes }) => transferSyntaxes);
    expect(new Set(syntaxes)).toEqual(new Set(TRANSFER_SYNTAXES.map(({ uid }) => uid)));
    expect(syntaxes).toHaveLength(TRANSFER_SYNTAXES.length);
    expect(ofCt[0]?.transferSyntaxes.length).toBe(count < 87 / 2 ? 3 : TRANSFER_SYNTAXES.length);
    if (count <= 6) {
      // JPEG 2000 and RLE stand alone.
      const alone = ofCt.filter(({ transferSyntaxes }) => transferSyntaxes.length === 1);
      const uids = alone.flatMap(({ transferSyntaxes }) => transferSyntaxes);
      expect(uids).toEqual(
        expect.arrayContaining(['1.2.840.10008.1.2.4.90', '1.2.840.10008.1.2.5']),
      );
    }
  },
);

it('expects the classes of a modality, and secondary captures', () => {
  expect(classesOfModalities(['CT', 'SR'])).toEqual(
    expect.arrayContaining([CT, '1.2.840.10008.5.1.4.1.1.88.67', '1.2.840.10008.5.1.4.1.1.7']),
  );
  expect(classesOfModalities([])).toEqual([]);
});

it('has what archives hold most: images, waveforms, states, reports, plans, old ultrasound, private ones', () => {
  const suffixes =
    '1 1.1 1.2 2 2.1 4 4.1 6.1 3.1 7 7.2 7.4 12.1 12.2 13.1.3 20 128 130 11.1 11.2 30 66 66.1 66.4 67';
  const more =
    '88.11 88.22 88.33 88.50 88.59 88.67 104.1 481.1 481.2 481.3 481.5 9.1.1 9.1.2 9.2.1 3 5 6 77.1.4';
  const expected = `${suffixes} ${more}`
    .split(' ')
    .map((suffix) => `1.2.840.10008.5.1.4.1.1.${suffix}`);
  const classes = classesOf(getContexts());
  expect(expected.filter((uid) => !classes.includes(uid))).toEqual([]);
  expect(PRIVATE_STORAGE_CLASSES.filter(([uid]) => !classes.includes(uid))).toEqual([]);
  expect(classes).not.toContain('1.2.840.10008.1.3.10');
});
