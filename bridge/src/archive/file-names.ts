// Where files of the archive lie. UIDs come from outside and may hold anything, so paths are made of their hashes:
//
//     stored/3f/9c…30…/5b…32…-0mgq3k2a7-b8sy.dcm
//     │      └─ Study Instance UID └─ SOP Instance UID, time of receipt, size
//     └─ `cached` for what may be evicted
//
// A file has its name before all of it is on disk; one that a crash leaves shorter than its name says was never
// acknowledged.
// A file is never written over: a new version of an instance gets a name of its own, so that whoever reads the old
// one reads it to its end. Of two versions the later is valid.
import { createHash } from 'node:crypto';
import type { Origin } from './store.ts';

export const ORIGIN_FOLDERS: Readonly<Record<Origin, string>> = {
  archive: 'stored',
  cache: 'cached',
};

/** Where files are written while they come in, and empty ones lie in store; emptied at the start. */
export const INCOMING_FOLDER = 'incoming';

const HASH_DIGITS = 32;
const SHARD_DIGITS = 2;
const TIME_DIGITS = 9;
const RADIX = 36;
/** Names of earlier versions of this program have no size. */
const FILE_NAME = /^[0-9a-f]{32}-([0-9a-z]{9})(?:-([0-9a-z]+))?\.dcm$/;

const hash = (uid: string): string =>
  createHash('sha256').update(uid).digest('hex').slice(0, HASH_DIGITS);

/** Relative to the archive's folder, with forward slashes on all platforms: it goes into the index. */
export function studyFolder(origin: Origin, studyInstanceUid: string): string {
  const digits = hash(studyInstanceUid);
  const [shard, rest] = [digits.slice(0, SHARD_DIGITS), digits.slice(SHARD_DIGITS)];
  return `${ORIGIN_FOLDERS[origin]}/${shard}/${rest}`;
}

export function fileName(sopInstanceUid: string, receivedMs: number, size: number): string {
  const time = receivedMs.toString(RADIX).padStart(TIME_DIGITS, '0');
  return `${hash(sopInstanceUid)}-${time}-${size.toString(RADIX)}.dcm`;
}

/** @returns undefined for a name that the archive doesn't give; `size` is missing in names of earlier versions */
export function parseFileName(name: string): { receivedMs: number; size?: number } | undefined {
  const [, time, size] = FILE_NAME.exec(name) ?? [];
  if (time === undefined) return undefined;
  const receivedMs = Number.parseInt(time, RADIX);
  return size === undefined ? { receivedMs } : { receivedMs, size: Number.parseInt(size, RADIX) };
}
