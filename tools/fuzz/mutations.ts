import { deflateRawSync } from 'node:zlib';
import { bufferSource } from '../../shared/dicom/byte-source.ts';
import type { Dataset } from '../../shared/dicom/dataset.ts';
import { concatBytes, encodeFileMeta } from '../../shared/dicom/encode.ts';
import { readInstance } from '../../shared/dicom/read-instance.ts';
import { DeflatedExplicitVrLittleEndian } from '../../shared/dicom/uids.ts';
import { VALUE_REPRESENTATIONS } from '../../shared/dicom/vr.ts';
import type { Random } from './random.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A file to start from, with the offsets of what a change hurts most. */
export interface Seed {
  readonly name: string;
  readonly bytes: Bytes;
  /** Where elements and items begin. */
  readonly starts: readonly number[];
}

/** Sees where the elements of a file are. */
export async function seedOf(name: string, bytes: Bytes): Promise<Seed> {
  const starts: number[] = [];
  const collect = ({ elements }: Dataset): void => {
    for (const { start, items, fragments } of elements) {
      starts.push(start);
      for (const item of items ?? []) {
        starts.push(item.start);
        collect(item.dataset);
      }
      for (const { offset } of fragments?.slice(0, 10) ?? []) starts.push(offset - 8);
    }
  };
  try {
    const instance = await readInstance(bufferSource(bytes));
    // Offsets of a deflated data set are in what comes out of it.
    if (instance.datasetStart === instance.fileDatasetStart) collect(instance.dataset);
    collect(instance.meta);
  } catch {
    // What can't be read is a seed, too.
  }
  return { name, bytes, starts: starts.length > 0 ? starts : [0] };
}

type Mutation = (seed: Seed, random: Random, seeds: readonly Seed[]) => Bytes;

const EXTREMES = [
  0, 1, 2, 7, 8, 0xfffe, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

const flipBits: Mutation = ({ bytes }, random) => {
  const out = bytes.slice();
  // Headers stand in front: half of the changes go there.
  const end = random.next() < 0.5 ? Math.min(out.length, 4000) : out.length;
  for (let i = 1 + random.below(16); i > 0 && end > 0; i--) {
    const at = random.below(end);
    out[at] = (out[at] ?? 0) ^ (1 << random.below(8));
  }
  return out;
};

const setBytes: Mutation = ({ bytes }, random) => {
  const out = bytes.slice();
  for (let i = 1 + random.below(8); i > 0 && out.length > 0; i--) {
    out[random.below(out.length)] = random.next() < 0.3 ? 0xff : random.below(256);
  }
  return out;
};

const cut: Mutation = ({ bytes }, random) => bytes.slice(0, random.below(bytes.length + 1));

const joinTwo: Mutation = ({ bytes, starts }, random, seeds) => {
  const other = random.pick(seeds);
  return concatBytes([
    bytes.subarray(0, random.pick(starts)),
    other.bytes.subarray(random.pick(other.starts)),
  ]);
};

const extremeLengths: Mutation = ({ bytes, starts }, random) => {
  const out = bytes.slice();
  const view = new DataView(out.buffer);
  for (let i = 1 + random.below(3); i > 0; i--) {
    // A length stands 4 bytes behind the start of an element, 6 with a short VR, 8 with a long one.
    const at = random.pick(starts) + random.pick([4, 6, 8]);
    const value = random.pick(EXTREMES);
    if (at + 4 > out.length) continue;
    if (random.next() < 0.3) view.setUint16(at, value & 0xffff, true);
    else view.setUint32(at, value, random.next() < 0.9);
  }
  return out;
};

const otherVr: Mutation = ({ bytes, starts }, random) => {
  const out = bytes.slice();
  for (let i = 1 + random.below(3); i > 0; i--) {
    const at = random.pick(starts) + 4;
    if (at + 2 > out.length) continue;
    const vr = random.next() < 0.9 ? random.pick(VALUE_REPRESENTATIONS) : 'ZZ';
    out.set([vr.charCodeAt(0), vr.charCodeAt(1)], at);
  }
  return out;
};

const moveChunk: Mutation = ({ bytes, starts }, random) => {
  const from = random.pick(starts);
  const chunk = bytes.subarray(from, from + random.below(2000));
  const to = random.pick(starts);
  const keeps = random.next() < 0.5;
  return concatBytes([
    bytes.subarray(0, to),
    chunk,
    bytes.subarray(keeps ? to : to + chunk.length),
  ]);
};

const OPEN = 0xffffffff;

/** Headers of a sequence and an item, as they nest. */
function nest(length: number, form: 'SQ' | 'UN' | 'implicit'): Bytes {
  const header = form === 'implicit' ? 8 : 12;
  const bytes = new Uint8Array(header + 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x11400008, true);
  view.setUint32(header - 4, length, true);
  if (form !== 'implicit') bytes.set([form.charCodeAt(0), form.charCodeAt(1)], 4);
  view.setUint32(header, 0xe000fffe, true);
  view.setUint32(header + 4, length === OPEN ? OPEN : length - 8, true);
  return bytes;
}

const MAX_DEPTH = 12_000;

const nestedBomb: Mutation = ({ bytes, starts }, random) => {
  const form = random.pick(['SQ', 'UN', 'implicit'] as const);
  const depth = 1 + random.below(random.next() < 0.04 ? MAX_DEPTH : 300);
  const isOpen = random.next() < 0.6;
  const size = nest(OPEN, form).length;
  const parts = Array.from({ length: depth }, (_, level) =>
    nest(isOpen ? OPEN : 8 + size * (depth - level - 1), form),
  );
  const at = random.pick(starts);
  return concatBytes([bytes.subarray(0, at), ...parts, bytes.subarray(at)]);
};

const manyItems: Mutation = ({ bytes, starts }, random) => {
  const items = new Uint8Array(8 * (1 + random.below(5000)));
  const view = new DataView(items.buffer);
  for (let at = 0; at < items.length; at += 8) view.setUint32(at, 0xe000fffe, true);
  const at = random.pick(starts);
  const head = nest(random.next() < 0.5 ? OPEN : items.length, 'SQ').subarray(0, 12);
  return concatBytes([bytes.subarray(0, at), head, items, bytes.subarray(at)]);
};

const deflateBomb: Mutation = ({ bytes, starts }, random) => {
  const uid = DeflatedExplicitVrLittleEndian.uid;
  const meta = encodeFileMeta({
    sopClassUid: '1.2',
    sopInstanceUid: '1.3',
    transferSyntaxUid: uid,
  });
  const plain =
    random.next() < 0.005
      ? new Uint8Array(64 * 1024 * 1024)
      : bytes.subarray(random.pick(starts), 200_000);
  const deflated = new Uint8Array(deflateRawSync(plain, { level: 1 }));
  if (random.next() < 0.5 && deflated.length > 0) {
    deflated[random.below(deflated.length)] = random.below(256);
  }
  return concatBytes([meta, deflated]);
};

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  flipBits,
  setBytes,
  cut,
  joinTwo,
  extremeLengths,
  otherVr,
  moveChunk,
  nestedBomb,
  manyItems,
  deflateBomb,
};
