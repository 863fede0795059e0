// Where files of the archive lie. UIDs come from outside and may hold anything, so paths are made of their hashes:
//
//     stored/3f/9c…30…/5b…32…-0mgq3k2a7.dcm
//     │      └─ Study Instance UID └─ SOP Instance UID, time of receipt
//     └─ `cached` for what may be evicted
//
// A file is never written over: a new version of an instance gets a name of its own, so that whoever reads the old
// one reads it to its end. Of two versions the later is valid.
import { createHash } from 'node:crypto';
import type { Origin } from './store.ts';

export const ORIGIN_FOLDERS: Readonly<Record<Origin, string>> = {
  archive: 'stored',
  cache: 'cached',
};

/** Where files are written before they are whole; emptied at the start. */
export const INCOMING_FOLDER = 'incoming';

/** Of files there that are written while they come in, and of those that come to the archive's thread whole. */
export const PART_SUFFIX = '.part';
export const WHOLE_SUFFIX = '.whole';

const HASH_DIGITS = 32;
const SHARD_DIGITS = 2;
const TIME_DIGITS = 9;
const TIME_RADIX = 36;
const FILE_NAME = /^([0-9a-f]{32})-([0-9a-z]{9})\.dcm$/;

const hash = (uid: string): string =>
  createHash('sha256').update(uid).digest('hex').slice(0, HASH_DIGITS);

/** Relative to the archive's folder, with forward slashes on all platforms: it goes into the index. */
export function studyFolder(origin: Origin, studyInstanceUid: string): string {
  const digits = hash(studyInstanceUid);
  const [shard, rest] = [digits.slice(0, SHARD_DIGITS), digits.slice(SHARD_DIGITS)];
  return `${ORIGIN_FOLDERS[origin]}/${shard}/${rest}`;
}

export function fileName(sopInstanceUid: string, receivedMs: number): string {
  const time = receivedMs.toString(TIME_RADIX).padStart(TIME_DIGITS, '0');
  return `${hash(sopInstanceUid)}-${time}.dcm`;
}

/** @returns undefined for a name that the archive doesn't give */
export function receivedMsOf(name: string): number | undefined {
  const time = FILE_NAME.exec(name)?.[2];
  return time === undefined ? undefined : Number.parseInt(time, TIME_RADIX);
}
