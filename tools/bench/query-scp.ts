// node tools/run.js tools/bench/query-scp.ts [STUDIES]: keys of every kind in an index of 100,000 studies, and findscu of
// all of them against Gantry.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openArchive } from '../../bridge/src/archive/local-archive.ts';
import {
  type EntityLevel,
  ITEM_KEYS,
  MATCH_KEYS,
  type Matching,
  type MatchKey,
} from '../../bridge/src/archive/match-query.ts';
import { listen } from '../../bridge/src/dimse/listener.ts';
import { queryScp } from '../../bridge/src/dimse/query-scp.ts';
import { runTool } from '../../e2e/support/peers.ts';
import { fillIndex } from '../../bridge/src/archive/testing/filled-index.ts';

const studies = Number(process.argv[2] ?? 100_000);
const ROUNDS = 5;
const FINDSCU = 'findscu';
const PAGE = 200;
const RUN_TIMEOUT_MS = 600_000;

const print = (text: string) => process.stdout.write(`${text}\n`);
const key = (keyword: string, matching: Matching): MatchKey => ({ keyword, matching });
const is = (keyword: string, ...values: string[]) => key(keyword, { kind: 'values', values });
const like = (keyword: string, pattern: string) => key(keyword, { kind: 'pattern', pattern });
const between = (keyword: string, from: string, to: string) =>
  key(keyword, { kind: 'range', from, to });

const QUERIES: readonly (readonly [EntityLevel, readonly MatchKey[]])[] = [
  ['STUDY', []],
  ['STUDY', [is('PatientName', 'smith^ana^4')]],
  ['STUDY', [like('PatientName', 'smith^j*')]],
  ['STUDY', [like('PatientName', '*jane*')]],
  ['STUDY', [like('PatientName', 'no such*')]],
  ['STUDY', [is('PatientID', 'P777')]],
  ['STUDY', [like('PatientID', 'P77*')]],
  ['STUDY', [is('PatientSex', 'F')]],
  ['STUDY', [between('PatientBirthDate', '19500101', '19591231')]],
  ['STUDY', [is('AccessionNumber', 'A4242')]],
  ['STUDY', [like('AccessionNumber', '*4242')]],
  ['STUDY', [is('StudyID', 'S4242')]],
  ['STUDY', [between('StudyDate', '20240101', '20240331')]],
  ['STUDY', [between('StudyDate', '', '20301231')]],
  ['STUDY', [between('StudyTime', '1000', '1159')]],
  ['STUDY', [is('StudyInstanceUID', '2.25.1.4242', '2.25.1.4243')]],
  ['STUDY', [is('ModalitiesInStudy', 'MR')]],
  ['STUDY', [is('SOPClassesInStudy', '1.2.840.10008.5.1.4.1.1.2')]],
  ['STUDY', [like('StudyDescription', '*ation 19*')]],
  ['STUDY', [like('ReferringPhysicianName', 'doctor^4*')]],
  ['STUDY', [is('InstitutionName', 'Site 3')]],
  ['PATIENT', []],
  ['PATIENT', [like('PatientName', 'haddad*')]],
  ['PATIENT', [is('PatientID', 'P777')]],
  ['SERIES', [is('StudyInstanceUID', '2.25.1.4242')]],
  ['SERIES', [is('Modality', 'MR')]],
  ['SERIES', [is('SeriesInstanceUID', '2.25.1.4242.1')]],
  ['IMAGE', [is('StudyInstanceUID', '2.25.1.4242'), is('SeriesInstanceUID', '2.25.1.4242.1')]],
  ['IMAGE', [is('SOPInstanceUID', '2.25.1.4242.1.1')]],
  ['IMAGE', [is('PatientID', 'P777')]],
];

const words = ({ keyword, matching }: MatchKey): string => {
  if (matching.kind === 'values') return `${keyword}=${matching.values.join('|')}`;
  if (matching.kind === 'pattern') return `${keyword}=${matching.pattern}`;
  return matching.kind === 'range' ? `${keyword}=${matching.from}-${matching.to}` : keyword;
};

const ASKED = ['PatientName', 'PatientID', 'StudyDate', 'ModalitiesInStudy', 'StudyDescription'];
const askAll = (port: number): string[] => [
  ...['-S', '-aec', 'GANTRY', '-k', 'QueryRetrieveLevel=STUDY', '-k', 'StudyInstanceUID'],
  ...[...ASKED.flatMap((keyword) => ['-k', keyword]), '127.0.0.1', String(port)],
];

/** From the start of findscu. */
async function firstAnswerMs(port: number): Promise<number> {
  const started = performance.now();
  const child = spawn(FINDSCU, ['-v', '--cancel', '1', ...askAll(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8');
  for await (const part of child.stderr) {
    text += String(part);
    if (text.includes('Find Response 1')) break;
  }
  const milliseconds = performance.now() - started;
  child.kill();
  return milliseconds;
}

const root = await mkdtemp(join(tmpdir(), 'gantry-bench-'));
try {
  fillIndex(root, studies);
  const archive = await openArchive({ dataDirectory: root, cacheDays: 0 });
  print(`${studies} studies; median of ${ROUNDS}: all matches found, first page of ${PAGE} read`);
  for (const [level, keys] of QUERIES) {
    const finding: number[] = [];
    const reading: number[] = [];
    let found = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now();
      const matches = await archive.match({ level, keys, unknownMatches: 'never' });
      const between = performance.now();
      await archive.matchRows(level, matches.slice(0, PAGE), [
        'PatientName',
        'PatientID',
        ...(level === 'PATIENT' ? [] : ['StudyInstanceUID', 'ModalitiesInStudy']),
      ]);
      finding.push(between - started);
      reading.push(performance.now() - between);
      found = matches.length;
    }
    const median = (values: number[]) =>
      (values.sort((a, b) => a - b)[ROUNDS >> 1] ?? NaN).toFixed(1).padStart(7);
    const what = `${level} ${keys.map(words).join(' ')}`.slice(0, 60).padEnd(60);
    print(`${what} ${median(finding)} ms, page ${median(reading)} ms, ${found} found`);
  }
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    aeTitles: ['GANTRY'],
    services: [queryScp({ archive, keys: { levels: MATCH_KEYS, items: ITEM_KEYS } })],
  });
  const started = performance.now();
  const { code } = await runTool(FINDSCU, ['-q', ...askAll(listener.port)], RUN_TIMEOUT_MS);
  const seconds = (performance.now() - started) / 1000;
  print(`findscu, all ${studies}: ${seconds.toFixed(2)} s, exit code ${code}`);
  print(`to its first answer: ${(await firstAnswerMs(listener.port)).toFixed(0)} ms`);
  print(`memory of all: ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`);
  await listener.close(0);
  await archive.close();
} finally {
  await rm(root, { recursive: true });
}
