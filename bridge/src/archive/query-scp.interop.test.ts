import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runTool } from '../../../e2e/support/peers.ts';
import { encodeDataset, type Fields } from '../../../shared/dicom/encode.ts';
import type { WritableCharacterSet } from '../../../shared/dicom/encode-text.ts';
import { characterSetOf, encodeText } from '../../../shared/dicom/encode-text.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ImplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { fillIndex } from './testing/filled-index.ts';
import { testInstances } from '../dimse/testing/part10.ts';
import { incoming, store, temporaryFolder } from './testing/made-instance.ts';
import { startStorage } from './testing/storage-listener.ts';

interface Found {
  readonly output: string;
  /** Answers as DCMTK reads them: text in UTF-8, by tag as "00100010". */
  readonly files: readonly string[];
  readonly answers: readonly Record<
    string,
    { readonly vr: string; readonly Value?: readonly unknown[] }
  >[];
}

type Read = Found['answers'][number];

/** What dcm2json reads in a file; undefined where it can't: it knows not all character sets, and not all that is damaged. */
async function readByDcmtk(path: string): Promise<Read | undefined> {
  const { output } = await runTool('dcm2json', [path]);
  try {
    // A cast: the DICOM JSON model (PS3.18 annex F). Warnings stand between its lines.
    return JSON.parse(output.replace(/^[WE]: .*$/gm, '')) as Read;
  } catch {
    return undefined;
  }
}

/** findscu; answers are read by dcm2json from the files that it writes. */
async function findscu(
  port: number,
  options: readonly string[],
  keys: readonly string[],
  queries: readonly string[] = [],
): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-findscu-'));
  try {
    const { output } = await runTool('findscu', [
      ...['-v', '-aec', 'GANTRY', ...options, '-X', '-od', folder],
      ...keys.flatMap((key) => ['-k', key]),
      ...['127.0.0.1', String(port), ...queries],
    ]);
    const written = (await readdir(folder)).sort();
    const answers = await Promise.all(
      written.map(async (name) => {
        return (await readByDcmtk(join(folder, name))) ?? {};
      }),
    );
    const files = await Promise.all(written.map((name) => readFile(join(folder, name), 'latin1')));
    return { output, answers, files };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const values = ({ answers }: Found, tag: string): unknown[] =>
  answers.map((answer) => answer[tag]?.Value?.[0]).sort();
const names = (found: Found): unknown[] =>
  found.answers
    .map((answer) => answer['00100010']?.Value?.[0] as Record<string, string> | undefined)
    .map((name) =>
      ['Alphabetic', 'Ideographic', 'Phonetic']
        .map((group) => name?.[group] ?? '')
        .join('=')
        .replace(/=+$/, ''),
    )
    .sort();

const STUDY = 'QueryRetrieveLevel=STUDY';

/** Studies 1 to 5 of three patients. */
const STUDIES: readonly (readonly [uid: string, fields: Fields])[] = [
  [
    '1.2.1',
    {
      [Tag.PatientName]: 'Doe^Jane',
      [Tag.PatientID]: 'A[1]',
      [Tag.StudyDate]: '20240105',
      [Tag.StudyTime]: '101500',
      [Tag.AccessionNumber]: 'acc1',
    },
  ],
  [
    '1.2.2',
    {
      [Tag.PatientName]: 'DOE^John^^^',
      [Tag.PatientID]: 'A2',
      [Tag.StudyDate]: '20240106',
      [Tag.StudyTime]: '235959.123',
      [Tag.Modality]: 'MR',
      [Tag.AccessionNumber]: 'ACC1',
    },
  ],
  [
    '1.2.3',
    {
      [Tag.PatientName]: 'Doeberg^Jo',
      [Tag.PatientID]: 'A3',
      [Tag.StudyDate]: '2023.12.31',
      [Tag.StudyTime]: '00:10',
      [Tag.PatientSex]: 'F',
    },
  ],
  ['1.2.4', { [Tag.PatientName]: 'Solo', [Tag.PatientID]: 'B4' }],
  [
    '1.2.5',
    {
      [Tag.PatientName]: 'Doe^Jane',
      [Tag.PatientID]: 'A[1]',
      [Tag.StudyDate]: '20240106',
      [Tag.StudyTime]: '0930',
    },
  ],
];

const all = ['1', '2', '3', '4', '5'];

const KEYS: readonly (readonly [
  what: string,
  keys: readonly string[],
  found: readonly string[],
])[] = [
  ['a wildcard, names in any case', ['PatientName=doe^j*'], ['1', '2', '5']],
  ['a question mark', ['PatientName=DOE^JO?N'], ['2']],
  ['a name without the empty components that it has', ['PatientName=doe^john'], ['2']],
  ['empty components that the name lacks', ['PatientName=Solo^^^'], ['4']],
  ['a component that the name lacks, by a wildcard', ['PatientName=solo^*'], ['4']],
  ['a family name alone, which is another name', ['PatientName=doe'], []],
  ['other text in its case', ['AccessionNumber=ACC1'], ['2']],
  ['brackets, which are no wildcards', ['PatientID=A[1]'], ['1', '5']],
  ['brackets beside a wildcard', ['PatientID=A[1*'], ['1', '5']],
  ['a day', ['StudyDate=20240106'], ['2', '5']],
  ['days from one to another', ['StudyDate=20240101-20240105'], ['1']],
  ['days up to one, written as before DICOM 3', ['StudyDate=-2024.01.01'], ['3']],
  ['days from one on', ['StudyDate=20240106-'], ['2', '5']],
  ['a time up to the end of its minute', ['StudyTime=-0010'], ['3']],
  ['times of less precision', ['StudyTime=09-1015'], ['1', '5']],
  ['an hour', ['StudyTime=23'], ['2']],
  ['a list of UIDs', [String.raw`StudyInstanceUID=1.2.4\1.2.1\1.9`], ['1', '4']],
  ['one of the modalities of a study', ['ModalitiesInStudy=MR'], ['2']],
  ['modalities by a wildcard', ['ModalitiesInStudy=C*'], ['1', '3', '4', '5']],
  ['a class of its instances', ['SOPClassesInStudy=1.2.840.10008.5.1.4.1.1.2'], all],
  ['several keys', ['PatientName=doe*', 'StudyDate=20240106'], ['2', '5']],
  ['nothing but wildcards, values that are not known among them', ['PatientSex=*'], all],
  ['a date of nothing but a wildcard', ['StudyDate=*'], all],
  ['what nobody has', ['PatientSex=M'], []],
];

describe('C-FIND of others', () => {
  it('finds studies by each kind of key', async () => {
    const { archive, port } = await startStorage();
    for (const [uid, fields] of STUDIES) {
      await store(archive, { study: uid, instance: `${uid}.1`, fields });
    }
    for (const [what, keys, expected] of KEYS) {
      const asked = keys.some((key) => key.startsWith('StudyInstance')) ? [] : ['StudyInstanceUID'];
      const found = await findscu(port, ['-S'], [STUDY, ...asked, ...keys]);
      const uids = expected.map((number) => `1.2.${number}`);
      expect(values(found, '0020000D'), what).toEqual(uids);
      expect(found.output, what).toContain('Final Find Response (Success)');
    }
  });
});

describe('Answers to C-FIND', () => {
  it('have what is computed, at each level of each model', async () => {
    const { archive, port } = await startStorage();
    const patient = { [Tag.PatientID]: 'P1', [Tag.PatientName]: 'Doe^Jane' };
    await store(archive, { study: '1.2.1', instance: '1.2.1.1.1', fields: patient });
    await store(archive, { study: '1.2.1', instance: '1.2.1.1.2', fields: patient });
    const mr = { ...patient, [Tag.Modality]: 'MR', [Tag.InstanceNumber]: '7', [Tag.Rows]: 64 };
    await store(archive, { study: '1.2.1', series: '1.2.1.2', instance: '1.2.1.2.1', fields: mr });
    await store(archive, { study: '1.2.2', instance: '1.2.2.1', fields: patient });
    await store(archive, {
      study: '1.2.3',
      instance: '1.2.3.1',
      fields: { [Tag.PatientID]: 'P2' },
    });
    const counts = (of: string) =>
      ['Studies', 'Series', 'Instances'].map((what) => `NumberOf${of}Related${what}`);
    const first = (found: Found, ...tags: string[]) =>
      tags.map((tag) => found.answers[0]?.[tag]?.Value?.[0]);
    for (const model of ['-P', '-O']) {
      const patients = await findscu(
        port,
        [model],
        ['QueryRetrieveLevel=PATIENT', 'PatientID=P1', ...counts('Patient')],
      );
      expect(patients.answers).toHaveLength(1);
      expect(first(patients, '00201200', '00201202', '00201204')).toEqual([2, 3, 4]);
    }
    const constant = ['InstanceAvailability', 'RetrieveAETitle', 'ModalitiesInStudy'];
    const studies = await findscu(
      port,
      ['-P'],
      [STUDY, 'PatientID=P1', 'StudyInstanceUID=1.2.1', ...constant, ...counts('Study').slice(1)],
    );
    expect(first(studies, '00201206', '00201208', '00080056', '00080054')).toEqual([
      2,
      3,
      'ONLINE',
      'GANTRY',
    ]);
    expect(studies.answers[0]?.['00080061']?.Value).toEqual(['CT', 'MR']);
    const above = ['StudyInstanceUID=1.2.1'];
    const series = await findscu(
      port,
      ['-S'],
      [
        'QueryRetrieveLevel=SERIES',
        ...above,
        'Modality=MR',
        'SeriesInstanceUID',
        'NumberOfSeriesRelatedInstances',
      ],
    );
    expect(series.answers).toHaveLength(1);
    expect(first(series, '0020000E', '00201209')).toEqual(['1.2.1.2', 1]);
    const images = await findscu(
      port,
      ['-S'],
      [
        'QueryRetrieveLevel=IMAGE',
        ...above,
        'SeriesInstanceUID=1.2.1.2',
        'InstanceNumber=7',
        'SOPInstanceUID',
        'Rows',
      ],
    );
    expect(first(images, '00080018', '00200013', '00280010')).toEqual(['1.2.1.2.1', 7, 64]);
  });

  it('hold items of sequences, which are matched as items', async () => {
    const { archive, port } = await startStorage();
    const request = (procedure: string, step: string): Fields => ({
      [Tag.RequestedProcedureID]: procedure,
      [Tag.ScheduledProcedureStepID]: step,
    });
    const fields = { [Tag.RequestAttributesSequence]: [request('R1', 'S1'), request('R2', 'S2')] };
    await store(archive, { instance: '1.2.3.1.1', fields });
    const ask = (...keys: string[]) =>
      findscu(
        port,
        ['-S'],
        ['QueryRetrieveLevel=SERIES', 'StudyInstanceUID=1.2.3', 'SeriesInstanceUID', ...keys],
      );
    const [procedure, step] = ['RequestedProcedureID', 'ScheduledProcedureStepID'].map(
      (keyword) => `RequestAttributesSequence[0].${keyword}`,
    );
    const whole = await ask(`${procedure}=R2`, `${step}=`);
    const items = whole.answers[0]?.['00400275']?.Value as Record<string, { Value: string[] }>[];
    expect(items.map((item) => [item['00401001']?.Value[0], item['00400009']?.Value[0]])).toEqual([
      ['R1', 'S1'],
      ['R2', 'S2'],
    ]);
    // Both are there, but in two items.
    expect((await ask(`${procedure}=R1`, `${step}=S2`)).answers).toEqual([]);
  });

  it('are FF01 where something was asked for that is not known, and leave it out', async () => {
    const { archive, port } = await startStorage();
    await store(archive, { instance: '1.2.3.1.1' });
    const known = await findscu(port, ['-S'], [STUDY, 'StudyInstanceUID', 'PatientName']);
    expect(known.output).toContain('(Pending)');
    expect(Object.keys(known.answers[0] ?? {})).toContain('00100010');
    const unknown = await findscu(
      port,
      ['-S'],
      [STUDY, 'StudyInstanceUID', 'MilitaryRank', 'Modality'],
    );
    expect(unknown.output).toContain('(Pending: WarningUnsupportedOptionalKeys)');
    expect(Object.keys(unknown.answers[0] ?? {})).toEqual(['00080052', '00080054', '0020000D']);
  });

  it.each([
    ['no level', ['StudyInstanceUID']],
    ['a level that the model has not', ['QueryRetrieveLevel=PATIENT', 'PatientID']],
    ['no study above a series', ['QueryRetrieveLevel=SERIES', 'SeriesInstanceUID']],
    [
      'two studies above a series',
      ['QueryRetrieveLevel=SERIES', String.raw`StudyInstanceUID=1.2\\1.3`],
    ],
    ['a wildcard in a date', [STUDY, 'StudyDate=2024*']],
  ])('are none where there is %s', async (_, keys) => {
    const { archive, port } = await startStorage();
    await store(archive, { instance: '1.2.3.1.1' });
    const { output, answers } = await findscu(port, ['-S'], keys);
    expect(output).toContain('DataSetDoesNotMatchSOPClass');
    expect(answers).toEqual([]);
  });

  it('are none where more would match than may, as with Xcelera', async () => {
    const { archive, port } = await startStorage({ rules: { maxMatches: 2 } });
    for (const uid of ['1.2.1', '1.2.2', '1.2.3'])
      await store(archive, { study: uid, instance: `${uid}.1`, fields: { [Tag.PatientID]: uid } });
    const many = await findscu(port, ['-S'], [STUDY, 'StudyInstanceUID']);
    expect(many.output).toContain('Refused: OutOfResources');
    expect(many.answers).toEqual([]);
    const few = await findscu(port, ['-S'], [STUDY, 'PatientID=1.2.1', 'StudyInstanceUID']);
    expect(values(few, '0020000D')).toEqual(['1.2.1']);
  });

  it.each([
    ['never', ['1.2.2'], []],
    ['wildcards', ['1.2.1', '1.2.2'], []],
    ['always', ['1.2.1', '1.2.2'], ['1.2.1']],
  ] as const)('have what is not known: %s', async (unknownMatches, byWildcard, byDate) => {
    const { archive, port } = await startStorage({ rules: { unknownMatches } });
    await store(archive, { study: '1.2.1', instance: '1.2.1.1' });
    const fields = { [Tag.AccessionNumber]: 'A1', [Tag.StudyDate]: '20240101' };
    await store(archive, { study: '1.2.2', instance: '1.2.2.1', fields });
    const wildcard = await findscu(port, ['-S'], [STUDY, 'AccessionNumber=A*', 'StudyInstanceUID']);
    expect(values(wildcard, '0020000D')).toEqual(byWildcard);
    const dated = await findscu(port, ['-S'], [STUDY, 'StudyDate=20230101', 'StudyInstanceUID']);
    expect(values(dated, '0020000D')).toEqual(byDate);
  });

  it('end when they are cancelled', async () => {
    const dataDirectory = await temporaryFolder();
    const all = process.env['GANTRY_TEST_LONG'] ? 100_000 : 30_000;
    fillIndex(dataDirectory, all);
    const { port } = await startStorage({ dataDirectory });
    const { code, output } = await runTool('findscu', [
      ...['-v', '-S', '-aec', 'GANTRY', '--cancel', '30', '-k', STUDY, '-k', 'StudyInstanceUID'],
      ...['127.0.0.1', String(port)],
    ]);
    expect(code).toBe(0);
    expect(output).toContain('(Cancel: MatchingTerminatedDueToCancelRequest)');
    // How many were under way already depends on the buffers of the system; query-scp.test.ts counts what is read after it.
    expect(output.match(/\(Pending\)/g)?.length).toBeLessThan(all);
  }, 60_000);
});

/** A name in each character set, how its beginning is asked for, and in what else. */
const NAMES: readonly (readonly [WritableCharacterSet, string, string])[] = [
  ['ISO_IR 100', 'Äneas^Rüdiger', 'äne*'],
  ['ISO_IR 126', 'Διονυσιος', 'διον*'],
  ['ISO_IR 144', 'Люкceмбypг', 'люк*'],
  ['ISO_IR 127', 'قباني^لنزار', 'قبا*'],
  ['ISO 2022 IR 87', 'Yamada^Tarou=山田^太郎=やまだ^たろう', '山田*'],
  ['ISO 2022 IR 149', 'Hong^Gildong=洪^吉洞=홍^길동', 'hong^gildong=洪*'],
  ['GB18030', 'Wang^XiaoDong=王^小东', '王*'],
  ['ISO_IR 192', 'Zhang^XiaoDong=张^小东', '张*'],
];

/** The names of Japan and Korea as PS3.5 annexes H.3 and I.2 write them, which dcm2json can't read. */
const AS_IN_THE_STANDARD: Readonly<Record<string, string>> = {
  'ISO 2022 IR 87':
    'Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B',
  'ISO 2022 IR 149':
    'Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf',
};

describe('Names beyond ASCII', () => {
  it('are found by keys in their own character set and in UTF-8, and answered in that of the key', async () => {
    const { archive, port } = await startStorage();
    const folder = await temporaryFolder();
    for (const [index, [term, name]] of NAMES.entries()) {
      const value = encodeText(name, term, true) ?? new Uint8Array();
      const fields = {
        [Tag.SpecificCharacterSet]: characterSetOf(term),
        [Tag.PatientName]: { vr: 'PN', value },
      } as const;
      await store(archive, { study: `1.2.${index + 1}`, instance: `1.2.${index + 1}.1`, fields });
    }
    for (const [term, name, key] of NAMES) {
      for (const asked of [term, 'ISO_IR 192'] as const) {
        const value = encodeText(key, asked, true) ?? new Uint8Array();
        const query = encodeDataset(
          {
            [Tag.SpecificCharacterSet]: characterSetOf(asked),
            [Tag.QueryRetrieveLevel]: 'STUDY',
            [Tag.PatientName]: { vr: 'PN', value },
            [Tag.StudyInstanceUID]: '',
          },
          ImplicitVrLittleEndian,
          'as they are',
        );
        const file = join(folder, 'query');
        await writeFile(file, query);
        const found = await findscu(port, ['-S'], [], [file]);
        const bytes = AS_IN_THE_STANDARD[asked];
        if (bytes === undefined) expect(names(found), `${name} by ${asked}`).toEqual([name]);
        else expect(found.files[0]).toContain(bytes);
        expect(found.files[0]).toContain(asked);
      }
    }
    // A key without a character set is answered in that of the instances.
    const [latin] = (await findscu(port, ['-S'], [STUDY, 'PatientName', 'StudyInstanceUID=1.2.1']))
      .answers;
    expect(latin?.['00100010']?.Value).toEqual([{ Alphabetic: 'Äneas^Rüdiger' }]);
  });
});

/** Keys of each level whose values are the file's own; those of a study may be another file's. */
const OF_IMAGE = [
  ...[
    'SOPClassUID',
    'SOPInstanceUID',
    'InstanceNumber',
    'ImageType',
    'InstanceCreationDate',
    'InstanceCreationTime',
  ],
  ...[
    'ContrastBolusAgent',
    'SliceThickness',
    'KVP',
    'PatientOrientation',
    'ImageOrientationPatient',
    'SliceLocation',
  ],
  ...[
    'SamplesPerPixel',
    'PhotometricInterpretation',
    'Rows',
    'Columns',
    'PixelSpacing',
    'NumberOfFrames',
    'ContentDate',
  ],
];
const OF_SERIES = [
  ...[
    'SeriesDate',
    'SeriesTime',
    'Modality',
    'Manufacturer',
    'SeriesDescription',
    'BodyPartExamined',
    'ProtocolName',
  ],
  ...['SeriesNumber', 'PerformingPhysicianName', 'PerformedProcedureStepStartDate', 'StationName'],
];
const OF_STUDY = [
  ...[
    'PatientName',
    'PatientID',
    'PatientBirthDate',
    'PatientSex',
    'PatientBirthTime',
    'IssuerOfPatientID',
    'StudyDate',
  ],
  ...['StudyTime', 'AccessionNumber', 'ReferringPhysicianName', 'StudyDescription', 'StudyID'],
];

/** Values of a file, dates and times without the dots and colons of before DICOM 3. */
const modern = ({ vr, Value }: Read[string]): unknown => {
  const separator = { DA: '.', TM: ':' }[vr];
  return separator === undefined
    ? Value
    : Value?.map((value) => String(value).replaceAll(separator, ''));
};

describe('Real files', () => {
  it('are answered with what dcm2json says of them', async () => {
    const { archive, port } = await startStorage({ acceptUnknownClasses: true });
    const every = process.env['GANTRY_TEST_LONG'] ? 1 : 6;
    let compared = 0;
    for (const instance of testInstances().filter((_, index) => index % every === 0)) {
      const receipt = await archive.store(incoming(instance));
      if (receipt.kind !== 'stored') continue;
      const kept = await archive.locate(instance.sopInstanceUid);
      const file = kept && (await readByDcmtk(kept.path));
      if (!file) continue;
      const uid = (tag: string) => String(file[tag]?.Value?.[0]);
      const keys = [
        'QueryRetrieveLevel=IMAGE',
        `StudyInstanceUID=${uid('0020000D')}`,
        `SeriesInstanceUID=${uid('0020000E')}`,
        `SOPInstanceUID=${uid('00080018')}`,
        ...[...OF_IMAGE, ...OF_SERIES, ...OF_STUDY].filter(
          (keyword) => keyword !== 'SOPInstanceUID',
        ),
      ];
      const found = await findscu(port, ['-S'], keys);
      const [answer = {}] = found.answers;
      for (const keyword of [...OF_IMAGE, ...OF_SERIES, ...OF_STUDY]) {
        const tag = Tag[keyword as keyof typeof Tag].toString(16).toUpperCase().padStart(8, '0');
        const said = file[tag];
        // What one file leaves out another one of its study may say.
        if (OF_STUDY.includes(keyword) && said?.Value === undefined) continue;
        expect(answer[tag]?.Value, `${instance.name} ${keyword}`).toEqual(said && modern(said));
      }
      compared++;
    }
    expect(compared).toBeGreaterThan(0);
  }, 120_000);
});
