import { uuidDerivedUid, type Uid } from '../../../../shared/dicom/uids.ts';

/** Numbers from 0 to 1 that look random and are the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A UID that is the same for the same seed and name, and differs between others. */
export function phantomUid(seed: number, name: string): Uid {
  let hash = 0x811c9dc5 ^ seed;
  for (const letter of name) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  const random = randomNumbers(hash);
  return uuidDerivedUid(Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256)));
}
