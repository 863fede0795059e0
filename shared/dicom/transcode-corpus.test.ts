import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bufferSource } from './byte-source.ts';
import { concatBytes, encodeFileMeta } from './encode.ts';
import { NotDicomError, readInstance, type ParsedInstance } from './read-instance.ts';
import { bytesOf, corpusFiles, type CorpusFile } from './testing/corpus.ts';
import { hasDcmtk } from './testing/dcmdump.ts';
import { transcodeInstance } from './transcode.ts';
import {
  DeflatedExplicitVrLittleEndian,
  ExplicitVrBigEndian,
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
  transferSyntaxOf,
  type TransferSyntax,
} from './uids.ts';

const files = corpusFiles();
const hasTools = hasDcmtk();
const scratch = mkdtempSync(path.join(tmpdir(), 'gantry-transcode-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Every target of every file in continuous integration; one of each when this is run alone. */
const isSlow = process.env['GANTRY_TEST_SLOW'] !== undefined;

const TARGETS: readonly (readonly [TransferSyntax, string])[] = [
  [ExplicitVrLittleEndian, '+te'],
  [ImplicitVrLittleEndian, '+ti'],
  [ExplicitVrBigEndian, '+tb'],
  [DeflatedExplicitVrLittleEndian, '+td'],
];

/** What can be converted: whole, and without encapsulated pixel data. */
async function convertible(file: CorpusFile): Promise<ParsedInstance | undefined> {
  const instance = await readInstance(bufferSource(bytesOf(file))).catch((error: unknown) => {
    if (error instanceof NotDicomError) return undefined;
    throw error;
  });
  const isEncapsulated = instance?.dataset.elements.some(({ fragments }) => fragments);
  return instance?.isComplete && !isEncapsulated ? instance : undefined;
}

async function fileOf(instance: ParsedInstance, target: TransferSyntax) {
  const meta = { sopClassUid: '1.2', sopInstanceUid: '1.3', transferSyntaxUid: target.uid };
  const chunks = await Array.fromAsync(transcodeInstance(instance, target));
  return concatBytes([encodeFileMeta(meta), ...chunks]);
}

/** What dcmdump shows of the data set, lengths of sequences and items left out: dcmconv writes them all defined. */
function dumpOf(file: string): string[] {
  const text = execFileSync('dcmdump', ['-q', '+L', '-Un', '+uc', file], {
    maxBuffer: 2 ** 30,
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text
    .slice(text.indexOf('# Dicom-Data-Set'))
    .split('\n')
    .filter((line) => /^ *\([0-9a-f]{4},[0-9a-f]{4}\)/.test(line))
    .filter((line) => !/\((fffe,e00d|fffe,e0dd|....,0000|fffc,fffc)\)/.test(line))
    .map((line) =>
      line
        .replace(/ (SQ|na) .*# *(u\/l|\d+), *\d+ .*$/, ' $1')
        // "??" is how dcmdump shows UN that comes from Implicit VR.
        .replace(/^( *\(....,....\)) \?\? /, '$1 UN '),
    );
}

/** Where dcmconv and Gantry differ, both with good reason. */
const DIFFERENCES: readonly { readonly reason: string; readonly line: RegExp }[] = [
  {
    reason:
      'private sequences of undefined length keep it, so that Implicit VR shows them; dcmconv makes them bytes',
    line: /(CT\dN\/\d+|UN_sequence\.dcm|priv_SQ\.dcm) \+ti /,
  },
  {
    reason: 'Curve Data in Implicit VR has words (PS3.5 annex A.1 of 2004); DCMTK takes bytes',
    line: /RI6XDosiGap\.dcm \+t. . \(5000,3000\) O[BW] /,
  },
  {
    reason: 'pixel data of an odd number of bytes: dcmconv keeps it in Implicit VR, Gantry pads it',
    line: /dx_image\.dcm \+ti . \(7fe0,0010\) OW /,
  },
];

/** Each line that only one of two dumps has, and how many there are when they differ. */
function differencesOf(ours: readonly string[], theirs: readonly string[]): string[] {
  const [inOurs, inTheirs] = [new Set(ours), new Set(theirs)];
  return [
    ...ours.filter((line) => !inTheirs.has(line)).map((line) => `+ ${line.trim()}`),
    ...theirs.filter((line) => !inOurs.has(line)).map((line) => `- ${line.trim()}`),
    ...(ours.length === theirs.length ? [] : [`${ours.length} lines, not ${theirs.length}`]),
  ];
}

describe('A change of syntax', { timeout: 120_000 }, () => {
  it.skipIf(files.length === 0 || !hasTools)(
    'gives what dcmconv gives, for each file of the collection and each target',
    async () => {
      const unexplained: string[] = [];
      let compared = 0;
      const theirs = path.join(scratch, 'theirs.dcm');
      const ours = path.join(scratch, 'ours.dcm');
      for (const [i, file] of files.entries()) {
        const instance = await convertible(file);
        if (!instance) continue;
        for (const [target, option] of TARGETS) {
          // What is deflated is what is explicit: a few of them tell.
          if (target.deflated && i % 10 !== 0) continue;
          if (!isSlow && !target.deflated && TARGETS.findIndex(([one]) => one === target) !== i % 3)
            continue;
          execFileSync('dcmconv', ['-q', '-dc', option, file.path, theirs], { stdio: 'ignore' });
          writeFileSync(ours, await fileOf(instance, target));
          compared += 1;
          for (const difference of differencesOf(dumpOf(ours), dumpOf(theirs))) {
            const text = `${file.name} ${option} ${difference}`.slice(0, 200);
            if (!DIFFERENCES.some(({ line }) => line.test(text))) unexplained.push(text);
          }
        }
      }
      expect(unexplained).toEqual([]);
      expect(compared).toBeGreaterThan((isSlow ? 2 : 0.6) * files.length);
    },
  );

  it.skipIf(files.length === 0)(
    'there and back gives the same bytes, or the same elements where lengths were odd or group lengths there',
    async () => {
      let identical = 0;
      for (const file of files) {
        const instance = await convertible(file);
        if (!instance) continue;
        const syntax = transferSyntaxOf(instance.transferSyntaxUid);
        // From Implicit VR, where VRs aren't there to be lost; from Explicit VR, the other byte order.
        const target = syntax.explicitVr
          ? syntax.littleEndian
            ? ExplicitVrBigEndian
            : ExplicitVrLittleEndian
          : ExplicitVrLittleEndian;
        const there = await readInstance(bufferSource(await fileOf(instance, target)));
        expect(there.problems.length, file.name).toBeLessThanOrEqual(instance.problems.length);
        expect(there.transferSyntaxUid, file.name).toBe(target.uid);
        const back = concatBytes(await Array.fromAsync(transcodeInstance(there, syntax)));
        const { source, datasetStart, datasetEnd } = instance;
        const before = await source.read(datasetStart, datasetEnd - datasetStart);
        if (Buffer.compare(back, before) === 0) {
          identical += 1;
          continue;
        }
        const normal = concatBytes(await Array.fromAsync(transcodeInstance(instance, syntax)));
        expect(Buffer.compare(back, normal), file.name).toBe(0);
      }
      expect(identical).toBeGreaterThan(files.length / 2);
    },
  );
});
