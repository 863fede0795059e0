import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfiguration, readConfigurationFile } from './configuration-file.ts';
import { SettingsStore } from './settings-store.ts';

const peer = { name: 'PACS', aeTitle: 'ORTHANC', host: '127.0.0.1', port: 4242 };
const defaults = {
  retrieve: 'move',
  maxRetrieves: 2,
  allowQueryWithoutKeys: false,
  appendWildcard: true,
  queryCharacterSet: 'ISO_IR 192',
} as const;

describe('gantry.json', () => {
  it('may leave everything out', () => {
    expect(parseConfiguration('{}', 'gantry.json')).toEqual({});
  });

  it('gives a peer without a way to retrieve C-MOVE', () => {
    const { peers } = parseConfiguration(JSON.stringify({ peers: [peer] }), 'gantry.json');
    expect(peers).toEqual([{ ...defaults, ...peer }]);
  });

  it('names file, line and path of a value that is wrong', () => {
    const text = `{\n  "peers": [\n    {\n      "name": "PACS",\n      "aeTitle": "ORTHANC",\n      "host": "pacs",\n      "port": 0\n    }\n  ]\n}`;
    expect(() => parseConfiguration(text, 'gantry.json')).toThrow(
      'gantry.json, line 7: peers[0].port: A port lies between 1 and 65535.',
    );
  });

  it('names the line of the object that lacks a value', () => {
    const text = '{\n  "peers": [\n    { "name": "PACS", "aeTitle": "A", "host": "pacs" }\n  ]\n}';
    expect(() => parseConfiguration(text, 'gantry.json')).toThrow(
      /^gantry\.json, line 3: peers\[0\]\.port/,
    );
  });

  it('names the line of what is no JSON', () => {
    expect(() => parseConfiguration('{\n  "aeTitle": GANTRY\n}', 'gantry.json')).toThrow(
      /line 2: not valid JSON/,
    );
  });

  it('refuses a key that it does not know', () => {
    expect(() => parseConfiguration('{ "aeTitel": "X" }', 'gantry.json')).toThrow(/aeTitel/);
  });

  it('says what the archive does with duplicates, and refuses a rule that it does not know', () => {
    const text = (duplicates: string) => JSON.stringify({ archive: { duplicates } });
    expect(parseConfiguration(text('keep'), 'f').archive).toEqual({ duplicates: 'keep' });
    expect(() => parseConfiguration(text('merge'), 'f')).toThrow('line 1: archive.duplicates');
  });

  it('says what is stored, and refuses what is no UID, no known transfer syntax or an empty list', () => {
    const storage = {
      sopClasses: ['1.2.840.10008.5.1.4.1.1.2'],
      transferSyntaxes: ['1.2.840.10008.1.2.4.70', '1.2.840.10008.1.2'],
    };
    const text = (changes: object) =>
      JSON.stringify({ storage: { ...storage, ...changes } }, undefined, 1);
    expect(parseConfiguration(text({}), 'f').storage).toEqual(storage);
    expect(() => parseConfiguration(text({ sopClasses: ['CT'] }), 'f')).toThrow(
      'f, line 4: storage.sopClasses[0]: A UID is numbers with dots between them.',
    );
    expect(() => parseConfiguration(text({ transferSyntaxes: ['1.2.3'] }), 'f')).toThrow(
      'f, line 7: storage.transferSyntaxes[0]: No transfer syntax that Gantry knows.',
    );
    expect(() => parseConfiguration(text({ sopClasses: [] }), 'f')).toThrow(
      'line 3: storage.sopClasses',
    );
  });

  it('says who may open associations, how many, and what is proposed to a peer', () => {
    const file = {
      timers: { readMs: 1000, writeMs: 2000, placeMs: 3000 },
      associations: { max: 10, maxPerHost: 4 },
      dicomUsers: {
        users: [{ username: 'ct', passcode: 'x' }, { username: 'mr' }],
        required: false,
      },
      negotiation: { PACS: { user: { username: 'gantry' }, relationalQueries: true } },
    };
    expect(parseConfiguration(JSON.stringify(file), 'f')).toEqual(file);
    const wrong = { ...file, negotiation: { PACS: { user: { passcode: 'x' } } } };
    expect(() => parseConfiguration(JSON.stringify(wrong), 'f')).toThrow(
      'negotiation.PACS.user.username',
    );
  });

  it('refuses two peers of one name', () => {
    expect(() => parseConfiguration(JSON.stringify({ peers: [peer, peer] }), 'f')).toThrow(
      'Two peers have the same name.',
    );
  });
});

describe('the settings that a page saves', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-settings-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('go into the file beside what was set by hand', async () => {
    const path = join(folder, 'gantry.json');
    await writeFile(path, '{ "maxPduLength": 65536 }');
    const store = new SettingsStore(path, { aeTitle: 'GANTRY', peers: [] });
    await store.save({ aeTitle: 'OTHER', peers: [{ ...defaults, ...peer, retrieve: 'get' }] });
    expect(await readConfigurationFile(path)).toEqual({
      maxPduLength: 65536,
      aeTitle: 'OTHER',
      peers: [{ ...defaults, ...peer, retrieve: 'get' }],
    });
    expect(store.current.aeTitle).toBe('OTHER');
  });

  it('take rules of forwarding out of the file that are there no more', async () => {
    const path = join(folder, 'gantry.json');
    const rule = { name: 'R', peer: 'PACS', what: 'study', quietSeconds: 60 } as const;
    const store = new SettingsStore(path, { aeTitle: 'GANTRY', peers: [] });
    await store.save({ aeTitle: 'GANTRY', peers: [], forwarding: [rule] });
    expect((await readConfigurationFile(path)).forwarding).toEqual([rule]);
    await store.save({ aeTitle: 'GANTRY', peers: [] });
    expect(await readConfigurationFile(path)).toEqual({ aeTitle: 'GANTRY', peers: [] });
  });

  it('stay as they were when the file can not be written', async () => {
    const path = join(folder, 'a file', 'gantry.json');
    await writeFile(join(folder, 'a file'), 'no folder');
    const store = new SettingsStore(path, { aeTitle: 'GANTRY', peers: [] });
    await expect(store.save({ aeTitle: 'OTHER', peers: [] })).rejects.toThrow();
    expect(store.current.aeTitle).toBe('GANTRY');
  });

  it('survive saves that overlap: the last one wins, whole', async () => {
    const path = join(folder, 'gantry.json');
    const store = new SettingsStore(path, { aeTitle: 'GANTRY', peers: [] });
    await Promise.all(['A', 'B', 'C'].map((aeTitle) => store.save({ aeTitle, peers: [] })));
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ aeTitle: 'C', peers: [] });
  });
});
