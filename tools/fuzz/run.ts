import { bufferSource, type ByteSource } from '../../shared/dicom/byte-source.ts';
import { toJsonModel } from '../../shared/dicom/json-model.ts';
import { NotDicomError, readInstance } from '../../shared/dicom/read-instance.ts';
import { spliceDataset } from '../../shared/dicom/splice.ts';
import { tagRows } from '../../shared/dicom/tag-rows.ts';
import { transcodeDataset, TranscodeError } from '../../shared/dicom/transcode.ts';
import { ExplicitVrBigEndian, ImplicitVrLittleEndian } from '../../shared/dicom/uids.ts';
import { MUTATIONS, type Seed } from './mutations.ts';
import { Random } from './random.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface FuzzOptions {
  readonly seeds: readonly Seed[];
  readonly count: number;
  readonly seed: number;
  /** Stops earlier when so many milliseconds have passed. */
  readonly timeLimitMs: number;
}

export interface Finding {
  readonly number: number;
  readonly file: string;
  readonly mutation: string;
  readonly what: string;
  readonly bytes: Bytes;
}

export interface FuzzResult {
  readonly done: number;
  readonly read: number;
  readonly refused: number;
  readonly damaged: number;
  readonly slowestMs: number;
  /** Most bytes asked of a source, by its size. */
  readonly mostAsked: number;
  readonly findings: readonly Finding[];
}

/**
 * A file that takes longer is a finding, when it does so twice: the machine may have had other things to do. What a
 * deflated file swells to counts, as that is what is read.
 */
const maxMs = (bytesRead: number) => 2000 + bytesRead / 5000;

/** Windows overlap where a header stands across their border; more than this is reading in circles. */
const MAX_ASKED = (size: number) => 6 * size + 256 * 1024;

/** Changes files and reads them; the same numbers make the same changes. */
export async function fuzz({ seeds, count, seed, timeLimitMs }: FuzzOptions): Promise<FuzzResult> {
  const names = Object.keys(MUTATIONS);
  const findings: Finding[] = [];
  const counts = { done: 0, read: 0, refused: 0, damaged: 0, slowestMs: 0, mostAsked: 0 };
  const started = performance.now();
  while (counts.done < count && performance.now() - started < timeLimitMs) {
    const number = counts.done++;
    // A generator for each, so that one can be made again alone.
    const random = new Random(seed * 1_000_003 + number);
    const file = random.pick(seeds);
    const mutation = random.pick(names);
    let bytes = MUTATIONS[mutation]?.(file, random, seeds) ?? file.bytes;
    if (random.next() < 0.2) bytes = flipSome(bytes, random);
    let outcome = await attempt(bytes);
    if (isSlow(outcome)) outcome = await attempt(bytes);
    counts[outcome.kind]++;
    counts.slowestMs = Math.max(counts.slowestMs, outcome.ms);
    counts.mostAsked = Math.max(counts.mostAsked, outcome.asked / Math.max(bytes.length, 65_536));
    const what =
      outcome.finding ?? (isSlow(outcome) ? `took ${Math.round(outcome.ms)} ms` : undefined);
    if (what !== undefined) findings.push({ number, file: file.name, mutation, what, bytes });
    if (findings.length >= 20) break;
  }
  return { ...counts, findings };
}

function flipSome(bytes: Bytes, random: Random): Bytes {
  const out = bytes.slice();
  for (let i = 0; i < 3 && out.length > 0; i++) out[random.below(out.length)] = random.below(256);
  return out;
}

interface Outcome {
  readonly kind: 'read' | 'refused' | 'damaged';
  readonly ms: number;
  readonly asked: number;
  /** Bytes of what was read, inflated. */
  readonly size: number;
  readonly finding?: string;
}

const isSlow = ({ ms, size }: Outcome): boolean => ms > maxMs(size);

/** Reads a file and does what the program does with files: all must end, in an answer or an error that is meant. */
async function attempt(bytes: Bytes): Promise<Outcome> {
  const source = new CountingSource(bytes);
  const started = performance.now();
  let kind: Outcome['kind'] = 'read';
  let size = bytes.length;
  let finding: string | undefined;
  try {
    await readInstance(source, {
      firstRead: 16 * 1024,
      maxValueBytes: 4096,
      stopBefore: 0x7fe00008,
    });
    const instance = await readInstance(source);
    size = instance.source.size;
    if (!instance.isComplete) kind = 'damaged';
    const { dataset } = instance;
    for (const _ of tagRows(dataset)) continue;
    allowing(RangeError, () => toJsonModel(dataset));
    spliceDataset(dataset, ({ items }) => ({ kind: items ? 'enter' : 'keep' }));
    for (const target of [ImplicitVrLittleEndian, ExplicitVrBigEndian]) {
      allowing(TranscodeError, () => transcodeDataset(instance, target));
    }
  } catch (error) {
    if (error instanceof NotDicomError) kind = 'refused';
    else finding = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const ms = performance.now() - started;
  if (source.isExceeded) finding ??= 'was read beyond its end';
  if (source.asked > MAX_ASKED(bytes.length)) {
    finding ??= `was asked for ${source.asked} bytes of ${bytes.length}`;
  }
  const { asked } = source;
  return { kind, ms, asked, size, ...(finding !== undefined && { finding }) };
}

function allowing(kind: typeof RangeError | typeof TranscodeError, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    // What ends in the stack is none of the errors that are meant.
    if (!(error instanceof kind) || error.message.includes('call stack')) throw error;
  }
}

/** Counts what is asked for: nothing may be, because a length claims it. */
class CountingSource implements ByteSource {
  readonly size: number;
  readonly #inner: ByteSource;
  asked = 0;
  isExceeded = false;

  constructor(bytes: Bytes) {
    this.#inner = bufferSource(bytes);
    this.size = bytes.length;
  }

  read(offset: number, length: number): Promise<Bytes> {
    this.asked += length;
    if (offset < 0 || length < 0 || offset + length > this.size) this.isExceeded = true;
    return this.#inner.read(offset, length);
  }
}
