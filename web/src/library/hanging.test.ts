import { describe, expect, it } from 'vitest';
import type { DisplaySet } from './display-sets.ts';
import type { InstanceSummary } from './instance-summary.ts';
import {
  BUILT_IN_RULES,
  hangingsOf,
  HangingError,
  isMirroredAt,
  mostLike,
  parseHangingFile,
  ruleOf,
  type HangingRule,
  type HungStudy,
} from './hanging.ts';

interface Made extends Partial<InstanceSummary> {
  readonly part?: string;
}

let number = 0;

function set(modality: string, { part = '', ...summary }: Made = {}): DisplaySet {
  const key = `set ${++number}`;
  const instance = {
    summary: {
      ...{ rows: 10, columns: 10, bodyPart: '', laterality: '', viewPosition: '', imageType: '' },
      patientOrientation: '',
      ...{ imageOrientationPatient: [], ...summary },
    },
  };
  return {
    ...{ key, part, modality, seriesInstanceUid: key, studyInstanceUid: '1.2' },
    ...{ seriesNumber: 1, seriesDescription: summary.seriesDescription ?? '', instanceCount: 1 },
    imageCount: 1,
    // A cast: of an instance the rules read the summary alone.
    instances: [instance as unknown as DisplaySet['instances'][number]],
  };
}

const study = (...sets: readonly DisplaySet[]) => ({ studyDescription: 'Study', sets });

const hung = (of: HungStudy, rules: readonly HangingRule[]) => hangingsOf(of, rules)[0];

describe('A study is hung', () => {
  it('with the chest wall where the images meet, as they were written or mirrored', () => {
    const at = (patientOrientation: string) => set('MG', { patientOrientation });
    expect(isMirroredAt(at('P\\L'), 'right')).toBe(false);
    expect(isMirroredAt(at('A\\R'), 'right')).toBe(true);
    expect(isMirroredAt(at('A\\R'), 'left')).toBe(false);
    expect(isMirroredAt(at('P\\L'), 'left')).toBe(true);
    expect(isMirroredAt(at('P\\L'), undefined)).toBe(false);
  });

  it('as mammograms are: right and left, back to back, whatever their order', () => {
    const view = (laterality: string, viewPosition: string) =>
      set('MG', { laterality, viewPosition });
    const [lMlo, rCc, rMlo, lCc] = [
      ...[view('L', 'MLO'), view('R', 'CC'), view('R', 'MLO'), view('L', 'CC')],
    ];
    const hanging = hung(study(lMlo!, rCc!, rMlo!, lCc!), []);
    expect(hanging?.rule).toMatchObject({ rows: 2, columns: 2 });
    expect(hanging?.cells).toEqual([
      { key: rCc!.key, side: 'right' },
      { key: lCc!.key, side: 'left' },
      { key: rMlo!.key, side: 'right' },
      { key: lMlo!.key, side: 'left' },
    ]);
    // Two views of one side are enough to be shown, but not in the grid of four.
    expect(hung(study(rCc!, rMlo!), [])?.rule.name).toBe('Mammography: right and left');
  });

  it('with CT beside PET, linked', () => {
    const [pt, ct] = [set('PT'), set('CT')];
    const hanging = hung(study(pt, ct), []);
    expect(hanging?.rule.isLinked).toBe(true);
    expect(hanging?.cells.map(({ key }) => key)).toEqual([ct.key, pt.key]);
  });

  it('frontal before lateral', () => {
    const [lateral, frontal] = [
      set('DX', { viewPosition: 'LL' }),
      set('DX', { viewPosition: 'PA' }),
    ];
    const hanging = hung(study(lateral, frontal), []);
    expect(hanging?.cells.map(({ key }) => key)).toEqual([frontal.key, lateral.key]);
  });

  it('with what is left beside a frontal image where no lateral one is, but for mammograms', () => {
    const [odd, frontal] = [set('CR'), set('DX', { viewPosition: 'PA' })];
    expect(hung(study(odd, frontal), [])?.cells.map(({ key }) => key)).toEqual([
      frontal.key,
      odd.key,
    ]);
    const views = ['CC', 'CC', 'XX'].map((viewPosition, i) =>
      set('MG', { laterality: i === 1 ? 'L' : 'R', viewPosition }),
    );
    const hanging = hung(study(...views), []);
    expect(hanging?.cells.map(({ key }) => key)).not.toContain(views[2]?.key);
  });

  it('as a site’s rule says, before those built in; and by none when it is one image', () => {
    const own = parseHangingFile(
      JSON.stringify({
        name: 'Ours',
        rules: [
          {
            name: 'Knee',
            match: { modality: 'MR', bodyPart: 'knee', description: 'stu*' },
            ...{ rows: 1, columns: 3, isLinked: true },
            viewports: [{ plane: 'sagittal' }, { description: 'T2*|PD*' }, {}],
          },
        ],
      }),
    ).rules;
    const knee = { bodyPart: 'KNEE' };
    const sagittal = [0, 1, 0, 0, 0, -1];
    const sets = [
      set('MR', { ...knee, seriesDescription: 'T1 tra' }),
      set('MR', { ...knee, seriesDescription: 'PD fs cor' }),
      set('MR', { ...knee, seriesDescription: 'T1 sag', imageOrientationPatient: sagittal }),
    ];
    const hanging = hung(study(...sets), own);
    expect(hanging?.rule.name).toBe('Knee');
    expect(hanging?.cells.map(({ key }) => key)).toEqual([2, 1, 0].map((i) => sets[i]?.key));
    expect(hung(study(set('CT')), own)).toBeUndefined();
    const localizer = set('CT', { imageType: 'ORIGINAL\\PRIMARY\\LOCALIZER' });
    expect(hung(study(localizer, set('CT')), [])).toBeUndefined();
    expect(hung(study(set('SR', { rows: 0 }), set('SR', { rows: 0 })), [])).toBeUndefined();
  });

  it('again as the layout at hand, which was saved as a rule', () => {
    const sets = ['A | B', 'C'].map((seriesDescription) =>
      set('CT', { seriesDescription, bodyPart: 'CHEST' }),
    );
    const rule = ruleOf({ rows: 1, columns: 3 }, [sets[1], sets[0], undefined], true);
    const { rules } = parseHangingFile(JSON.stringify({ name: 'Mine', rules: [rule] }));
    expect(rules).toEqual([rule]);
    const hanging = hung(study(...sets), rules);
    expect(hanging?.rule.name).toBe('CT CHEST 1 × 3');
    expect(hanging?.cells.map(({ key }) => key)).toEqual([sets[1]?.key, sets[0]?.key, undefined]);
  });
});

describe('A prior study', () => {
  it('is hung by what is most like the series at hand', () => {
    const at = set('MR', {
      seriesDescription: 'T2 sag',
      imageOrientationPatient: [0, 1, 0, 0, 0, -1],
    });
    const [ct, axial, sagittal] = [
      set('CT', { seriesDescription: 'T2 sag' }),
      set('MR', { seriesDescription: 'T1', imageOrientationPatient: [1, 0, 0, 0, 1, 0] }),
      set('MR', { seriesDescription: 'T2 SAG', imageOrientationPatient: [0, 1, 0, 0, 0, -1] }),
    ];
    expect(mostLike(at, [ct, axial, sagittal])).toBe(sagittal);
    expect(mostLike(at, [ct, axial])).toBe(axial);
    expect(mostLike(at, [])).toBeUndefined();
  });
});

describe('A file of rules', () => {
  it('may hold those built in', () => {
    const json = JSON.stringify({ name: 'All', rules: BUILT_IN_RULES });
    expect(parseHangingFile(json).rules).toEqual(BUILT_IN_RULES);
  });

  it.each([
    ['no', /JSON/],
    ['{"name":"x","rules":[{"name":"y","rows":9,"columns":1}]}', /rules\.0\.rows/],
    ['{"name":"x","rules":[{"name":"y","rows":1,"columns":1,"viewports":[{},{}]}]}', /viewports/],
    ['{"name":"x","rules":[{"name":"y","rows":1,"columns":1,"match":{"colour":"red"}}]}', /match/],
  ])('that is none is refused: %s', (json, why) => {
    expect(() => parseHangingFile(json)).toThrow(HangingError);
    expect(() => parseHangingFile(json)).toThrow(why);
  });
});
