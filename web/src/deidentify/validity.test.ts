import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesOf, corpusFiles } from '../../../shared/dicom/testing/corpus.ts';
import { dcmdump, hasDcmtk } from '../../../shared/dicom/testing/dcmdump.ts';
import type { ProfileOption } from './options.ts';
import { UNSEEN } from './look.ts';
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

/** The kinds of errors that dciodvfy finds, values left out. */
function errorsIn(file: string): Set<string> {
  let text = '';
  try {
    execFileSync('dciodvfy', ['-new', file], {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'latin1',
    });
  } catch (error) {
    text = (error as { stderr?: string }).stderr ?? '';
  }
  const kinds = text
    .split('\n')
    .filter((line) => line.startsWith('Error'))
    .map((line) => line.replace(/= <.*?>/g, '').replace(/\[\d+\]/g, ''));
  return new Set(kinds);
}

/** Errors that a de-identified file may have although its source has not. */
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
    /Laterality.*Type 2C/,
    'dciodvfy doesn’t read the deflated source of image_dfl.dcm; its output is not deflated',
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

/** As if a person had looked at its pictures, or at its document or text, and had released it. */
async function sendLookedAt(bytes: Uint8Array<ArrayBuffer>, profile: Profile) {
  const sent = await send(bytes, pseudonymsOf('key'), false, { profile });
  const isContent = 'kind' in sent && sent.kind === 'withheld' && sent.content !== undefined;
  if (!isContent) return sent;
  return send(bytes, pseudonymsOf('key'), false, {
    profile,
    look: { ...UNSEEN, content: 'released' },
  });
}

const JOBS = [
  ['the Basic Profile', BASIC_PROFILE],
  ['options that clean', { ...BASIC_PROFILE, options: EVERYTHING_CLEANED }],
] as const;

describe('A de-identified file', { timeout: 120_000 }, () => {
  it.skipIf(files.length === 0 || !hasDciodvfy()).each(JOBS)(
    'has no kind of error for dciodvfy that its source doesn’t have, under %s',
    async (_, profile) => {
      const found: string[] = [];
      let checked = 0;
      for (const corpusFile of files) {
        const sent = await sendLookedAt(bytesOf(corpusFile), profile);
        if ('kind' in sent) continue;
        checked++;
        const output = path.join(scratch, 'output.dcm');
        writeFileSync(output, sent.file);
        const before = errorsIn(corpusFile.path);
        for (const kind of errorsIn(output)) {
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
