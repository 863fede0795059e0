import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesOf, corpusFiles } from '../../../shared/dicom/testing/corpus.ts';
import { dcmdump, hasDcmtk } from '../../../shared/dicom/testing/dcmdump.ts';
import type { ProfileOption } from './options.ts';
import { BASIC_PROFILE, type Profile } from './profile.ts';
import { pseudonymsOf, send } from './testing/run.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'gantry-validity-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const files = corpusFiles();

function hasDciodvfy(): boolean {
  try {
    execFileSync('dciodvfy', ['-version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    const isThere = (error as { code?: string }).code !== 'ENOENT';
    if (!isThere) process.stdout.write('dciodvfy is not installed: objects are not validated.\n');
    return isThere;
  }
}

/** The kinds of errors and warnings that dciodvfy finds, values left out. */
function findingsIn(file: string): Set<string> {
  const { stderr } = spawnSync('dciodvfy', ['-new', file], { encoding: 'latin1' });
  const kinds = stderr
    .split('\n')
    .filter((line) => /^(Error|Warning)/.test(line))
    .map((line) => line.replace(/= <.*?>/g, '').replace(/\[\d+\]/g, ''));
  return new Set(kinds);
}

/** What is found in a de-identified file although its source has not had it, and why that stays so. */
const ACCEPTED: readonly (readonly [RegExp, string])[] = [
  [
    /ContentSequence.*ReferencedSOPClassUID.*Empty attribute/,
    'reports of a test program that refer to the class "0": what is no UID is not kept',
  ],
  [
    /has same value as/,
    'test files that use one UID for two things: each gets the same mapped UID',
  ],
  [
    /PresentationCreation(Date|Time)/,
    'table E.1-1 removes what a presentation state must have; no option was asked to keep it',
  ],
  [
    /Laterality.*Type 2C|InstanceNumber.*DICOMDIR/,
    'dciodvfy doesn’t read the deflated source of image_dfl.dcm; its output is not deflated',
  ],
  [
    /Study(Date|Time|ID).*DICOMDIR/,
    'table E.1-1 empties them (Z): a day or an ID that is made up would be taken for a true one, and no instance needs it',
  ],
  [
    /(PatientName|PatientID|PatientIdentityRemoved|DeidentificationMethod(CodeSequence)?)\(.*not present in standard DICOM IOD/,
    'a colour palette has no patient; that it was de-identified is said of each instance (PS3.15 section E.1)',
  ],
];

const EVERYTHING_CLEANED: ReadonlySet<ProfileOption> = new Set([
  'clean-descriptors',
  'clean-graphics',
  'clean-structured-content',
  'retain-longitudinal-modified-dates',
  'retain-patient-characteristics',
  'retain-safe-private',
]);

/** As if a person had looked at its pictures, and at its document or text, and had released it. */
async function sendLookedAt(bytes: Uint8Array<ArrayBuffer>, profile: Profile) {
  return send(bytes, pseudonymsOf('key'), false, {
    profile,
    look: { kind: 'seen', boxes: [], content: 'released' },
  });
}

const JOBS = [
  ['the Basic Profile', BASIC_PROFILE],
  ['options that clean', { ...BASIC_PROFILE, options: EVERYTHING_CLEANED }],
] as const;

describe('A de-identified file', { timeout: 120_000 }, () => {
  it.skipIf(files.length === 0 || !hasDciodvfy()).each(JOBS)(
    'has no kind of error or warning for dciodvfy that its source doesn’t have, under %s',
    async (_, profile) => {
      const found: string[] = [];
      let checked = 0;
      for (const corpusFile of files) {
        const sent = await sendLookedAt(bytesOf(corpusFile), profile);
        if ('kind' in sent) continue;
        checked++;
        const output = path.join(scratch, 'output.dcm');
        writeFileSync(output, sent.file);
        const before = findingsIn(corpusFile.path);
        for (const kind of findingsIn(output)) {
          if (!before.has(kind) && !ACCEPTED.some(([pattern]) => pattern.test(kind))) {
            found.push(`${corpusFile.name}: ${kind}`);
          }
        }
      }
      expect(found).toEqual([]);
      expect(checked).toBeGreaterThan(files.length * 0.75);
    },
  );

  it.skipIf(files.length === 0 || !hasDcmtk())('is read by dcmdump to its end', async () => {
    for (const corpusFile of files) {
      const sent = await send(bytesOf(corpusFile));
      if ('kind' in sent) continue;
      const output = path.join(scratch, 'dumped.dcm');
      writeFileSync(output, sent.file);
      expect(dcmdump(output).warnings, corpusFile.name).toBe('');
    }
  });
});
