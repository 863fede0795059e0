import { createHmac, randomBytes } from 'node:crypto';
import { createWriteStream, openAsBlob } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import { encodeFileMeta } from '../../shared/dicom/encode.ts';
import type { Job } from '../../web/src/deidentify/engine.ts';
import { KNOWN_PROFILES } from '../../web/src/deidentify/known-profiles.ts';
import { PROFILE_OPTIONS, type ProfileOption } from '../../web/src/deidentify/options.ts';
import { parsePictureRules } from '../../web/src/deidentify/burned-in-rules.ts';
import { UNSEEN } from '../../web/src/deidentify/look.ts';
import { prepare, type ReadyInstance } from '../../web/src/deidentify/prepare.ts';
import { parseProfile } from '../../web/src/deidentify/profile-file.ts';
import { actsUnderOwnRules, type Profile } from '../../web/src/deidentify/profile.ts';
import {
  PROFILE_EDITION,
  PROFILE_TABLE,
} from '../../web/src/deidentify/profile-table.generated.ts';
import { Pseudonyms, type KeyedHash } from '../../web/src/deidentify/pseudonym.ts';
import { listedSubjects, parseSubjects } from '../../web/src/deidentify/subjects.ts';
import { assertProfileTable } from '../profile-table.ts';

export interface DeidentifyOptions {
  /** A name of `KNOWN_PROFILES`, or a file. */
  readonly profile: string;
  readonly options: readonly string[];
  /** A file with the secret; made where it doesn't exist. Undefined: a secret of this run, known to nobody afterwards. */
  readonly key: string | undefined;
  /** A list of subjects. */
  readonly subjects: string | undefined;
  /** A file of picture rules: what is blanked, by device. */
  readonly rules: string | undefined;
  readonly report: string | undefined;
}

/** A command that can't be meant. */
export class DeidentifyUsageError extends Error {
  override readonly name = 'DeidentifyUsageError';
}

/** What happened, without any value of a file. */
interface Report {
  readonly gantry: string;
  readonly profile: string;
  readonly edition: string;
  readonly options: readonly string[];
  readonly strict: boolean;
  readonly written: number;
  /** Of these the instances, and the cells of their pixels, in which bits were cleared that hold no sample. */
  readonly unusedBitsCleared: { readonly instances: number; readonly cells: number };
  readonly withheld: Record<string, number>;
  readonly failed: Record<string, number>;
}

/**
 * De-identifies a file or the files of a folder into another folder, under names made of their new UIDs. What is
 * withheld or can't be read is told on standard error, with its reason.
 * @returns 0; 1 when a file could not be read
 * @throws DeidentifyUsageError, ProfileError, PictureRuleError, SubjectListError, and errors of the file system
 */
export async function deidentifyFolder(
  from: string,
  to: string,
  options: DeidentifyOptions,
): Promise<number> {
  assertProfileTable(PROFILE_TABLE);
  const [source, target] = [resolve(from), resolve(to)];
  if (source === target || target.startsWith(source + sep)) {
    throw new DeidentifyUsageError('The folder to write to must not lie in the one that is read.');
  }
  const hash = hashWith(await secretOf(options.key));
  const profile = await profileOf(options, hash);
  const codecs = nodeCodecs();
  const job = { profile, pseudonyms: new Pseudonyms(hash), look: UNSEEN, codecs };
  await mkdir(target, { recursive: true });
  const names = new Set<string>();
  let written = 0;
  const cleared = { instances: 0, cells: 0 };
  const withheld = new Map<string, number>();
  const failed = new Map<string, number>();
  for await (const path of filesBelow(source)) {
    const outcome = await deidentifyFile(path, target, names, job);
    if (outcome.kind === 'ready') {
      written++;
      if (outcome.clearedCells > 0) cleared.instances++;
      cleared.cells += outcome.clearedCells;
      continue;
    }
    const counts = outcome.kind === 'withheld' ? withheld : failed;
    counts.set(outcome.reason, (counts.get(outcome.reason) ?? 0) + 1);
    const name = relative(source, path) || path;
    process.stderr.write(`${outcome.kind}: ${name}: ${outcome.reason}\n`);
  }
  const sum = (counts: ReadonlyMap<string, number>) =>
    [...counts.values()].reduce((total, count) => total + count, 0);
  process.stdout.write(`${written} written, ${sum(withheld)} withheld, ${sum(failed)} failed\n`);
  if (options.report !== undefined) {
    const report: Report = {
      gantry: await version(),
      profile: profile.name,
      edition: profile.base === 'basic' ? PROFILE_EDITION : '',
      options: [...profile.options],
      strict: profile.isStrict,
      written,
      unusedBitsCleared: cleared,
      withheld: Object.fromEntries(withheld),
      failed: Object.fromEntries(failed),
    };
    await writeFile(options.report, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  return failed.size === 0 ? 0 : 1;
}

async function deidentifyFile(path: string, target: string, names: Set<string>, job: Job) {
  const file = await openAsBlob(path);
  const prepared = await prepare(file, { job, withChanges: false });
  if (prepared.kind !== 'ready') return prepared;
  // Two files with one UID may differ: both are written.
  let base = prepared.sopInstanceUid;
  for (let number = 2; names.has(base); number++) base = `${prepared.sopInstanceUid}-${number}`;
  names.add(base);
  const name = join(target, `${base}.dcm`);
  const partial = `${name}.part`;
  try {
    await pipeline(Readable.from(chunksOf(prepared, file)), createWriteStream(partial));
    await rename(partial, name);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return prepared;
}

async function* chunksOf(prepared: ReadyInstance, file: Blob): AsyncGenerator<Uint8Array> {
  yield encodeFileMeta(prepared);
  for (const part of prepared.parts) {
    if (part instanceof Uint8Array) yield part;
    else if (part instanceof Blob) yield* part.stream();
    else yield* file.slice(part.from, part.to).stream();
  }
}

/** In the order of their names, so that two runs say the same. */
async function* filesBelow(path: string): AsyncGenerator<string> {
  const found = await stat(path);
  if (!found.isDirectory()) {
    yield path;
    return;
  }
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory()) yield* filesBelow(join(path, entry.name));
    else if (entry.isFile()) yield join(path, entry.name);
  }
}

const hashWith =
  (secret: string): KeyedHash =>
  (text) =>
    Promise.resolve(new Uint8Array(createHmac('sha256', secret).update(text).digest()));

async function secretOf(path: string | undefined): Promise<string> {
  const made = randomBytes(32).toString('hex');
  if (path === undefined) return made;
  try {
    await writeFile(path, `${made}\n`, { flag: 'wx', mode: 0o600 });
    return made;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const secret = (await readFile(path, 'utf8')).trim();
  if (secret.length < 32) {
    throw new DeidentifyUsageError(
      'The key has less than 32 characters: anyone could find it by trying.',
    );
  }
  return secret;
}

const isOption = (text: string): text is ProfileOption =>
  (PROFILE_OPTIONS as readonly string[]).includes(text);

async function profileOf(
  { profile: name, options, subjects, rules }: DeidentifyOptions,
  hash: KeyedHash,
): Promise<Profile> {
  const known = Object.entries(KNOWN_PROFILES).find(([key]) => key === name)?.[1];
  const base = known ?? parseProfile(await readFile(name, 'utf8'));
  const unknown = options.find((option) => !isOption(option));
  if (unknown !== undefined) {
    throw new DeidentifyUsageError(
      `There is no option ${unknown}; there are ${PROFILE_OPTIONS.join(', ')}.`,
    );
  }
  const idle = options.find((option) => isOption(option) && !actsUnderOwnRules(option));
  if (base.base === 'own-rules' && idle !== undefined) {
    throw new DeidentifyUsageError(
      `${idle} changes what the Basic Profile does, which ${base.name} is not.`,
    );
  }
  const chosen = new Set([...base.options, ...options.filter(isOption)]);
  if (
    chosen.has('retain-longitudinal-full-dates') &&
    chosen.has('retain-longitudinal-modified-dates')
  ) {
    throw new DeidentifyUsageError('Dates are kept or moved, not both.');
  }
  const subject =
    subjects === undefined
      ? base.subject
      : await listedSubjects(parseSubjects(await readFile(subjects, 'utf8')), hash);
  const pictureRules =
    rules === undefined
      ? base.pictureRules
      : parsePictureRules(await readFile(rules, 'utf8')).rules;
  return { ...base, options: chosen, pictureRules, subject };
}

async function version(): Promise<string> {
  const file = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  // A cast: our own file.
  return (JSON.parse(file) as { version: string }).version;
}
