import { expect, it } from 'vitest';
import { getClasses } from './get-classes.ts';
import { PRIVATE_STORAGE_CLASSES } from './private-storage-classes.ts';

it('puts the likely classes first, each once, and fills one association', () => {
  const CT = '1.2.840.10008.5.1.4.1.1.2';
  const classes = getClasses(['1.2.3', CT]);
  expect(classes.slice(0, 2)).toEqual(['1.2.3', CT]);
  expect(classes).toHaveLength(127);
  expect(new Set(classes).size).toBe(127);
});

it('has what archives hold most: images, waveforms, states, reports, plans, old ultrasound, private ones', () => {
  const suffixes =
    '1 1.1 1.2 2 2.1 4 4.1 6.1 3.1 7 7.2 7.4 12.1 12.2 13.1.3 20 128 130 11.1 11.2 30 66 66.1 66.4 67';
  const more =
    '88.11 88.22 88.33 88.50 88.59 88.67 104.1 481.1 481.2 481.3 481.5 9.1.1 9.1.2 9.2.1 3 5 6 77.1.4';
  const expected = `${suffixes} ${more}`
    .split(' ')
    .map((suffix) => `1.2.840.10008.5.1.4.1.1.${suffix}`);
  const classes = getClasses();
  expect(expected.filter((uid) => !classes.includes(uid))).toEqual([]);
  expect(PRIVATE_STORAGE_CLASSES.filter(([uid]) => !classes.includes(uid))).toEqual([]);
  expect(classes).not.toContain('1.2.840.10008.1.3.10');
});
