import { bufferSource, type ByteSource } from './byte-source.ts';
import { ByteWindow } from './byte-window.ts';
import { Dataset } from './dataset.ts';
import { dictionaryEntry } from './dictionary.ts';
import { inflateDataset, MAX_INFLATED_BYTES } from './inflate.ts';
import type { Encoding } from './element-header.ts';
import { DatasetParser, type Need, type ParseOptions, type ParseResult } from './parse.ts';
import { groupOf, tagOf, type TagNumber } from './tag.ts';
import * as Tag from './tags.generated.ts';
import {
  ExplicitVrBigEndian,
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
  transferSyntaxOf,
} from './uids.ts';
import { isVr } from './vr.ts';

/** An instance as read. Offsets in its elements count from the start of `source`. */
export interface ParsedInstance {
  /** Where the values lie: the source that was read, or the inflated bytes of a deflated one. */
  readonly source: ByteSource;
  /** The file meta information (PS3.10 section 7.1), empty where the file has none. */
  readonly meta: Dataset;
  readonly dataset: Dataset;
  /** As named by the meta information, or as recognised where it is missing or wrong. */
  readonly transferSyntaxUid: string;
  /** Offset of the data set's first byte in the source that was read (before inflation). */
  readonly fileDatasetStart: number;
  /** Offset of the data set's first byte in `source`. */
  readonly datasetStart: number;
  /** One past the last element that was read. */
  readonly datasetEnd: number;
  /** False when something is cut off or can't be taken apart; `problems` says what. */
  readonly isComplete: boolean;
  /** What was wrong, in words that name tags and numbers, never values. */
  readonly problems: readonly string[];
}

/** The file can't be read as DICOM. The message says why, in words for a person, without any value. */
export class NotDicomError extends Error {
  override readonly name = 'NotDicomError';
}

export interface ReadOptions {
  /** Bytes of the first read; headers that are longer cost more reads. */
  readonly firstRead?: number;
  /** Values longer than this many bytes are skipped. */
  readonly maxValueBytes?: number;
  /** Stops before the first top-level element with this tag or a higher one. */
  readonly stopBefore?: TagNumber;
}

const FIRST_READ = 64 * 1024;
const MIN_WINDOW = 64 * 1024;
const MAX_WINDOW = 1024 * 1024;
/** What is read behind a long value that was skipped: more would read what lies between the headers, too. */
const WINDOW_AFTER_GAP = 16 * 1024;
const MAX_VALUE_BYTES = 64 * 1024;
const PREAMBLE_LENGTH = 128;

/**
 * Reads an instance from a Part 10 file or a bare data set (PS3.10 section 7, PS3.5 section 7), in windows: large
 * values are skipped, so that memory doesn't depend on the size of the source.
 *
 * @throws NotDicomError when it is no DICOM at all; what is damaged further on is named in `problems`.
 */
export async function readInstance(
  source: ByteSource,
  options: ReadOptions = {},
): Promise<ParsedInstance> {
  if (source.size === 0) throw new NotDicomError('The file is empty.');
  const reader = new WindowReader(source, options.firstRead ?? FIRST_READ);
  const first = await reader.peek(0, Math.min(source.size, PREAMBLE_LENGTH + 4 + 12));
  const metaStart = startOfMeta(first);
  const metaResult = metaStart === undefined ? undefined : await readMeta(reader, metaStart);
  const meta = metaResult?.dataset ?? new Dataset([], ExplicitVrLittleEndian);
  const datasetStart = metaResult?.end ?? 0;
  const problems = [...(metaResult?.problems ?? [])];

  const named = meta.string(Tag.TransferSyntaxUID);
  if (named !== undefined && transferSyntaxOf(named).deflated) {
    const inflated = await inflate(source, datasetStart);
    const inner = new WindowReader(inflated, options.firstRead ?? FIRST_READ);
    const result = await parseAll(inner, 0, ExplicitVrLittleEndian, options);
    return {
      source: inflated,
      meta,
      dataset: result.dataset,
      transferSyntaxUid: named,
      fileDatasetStart: datasetStart,
      datasetStart: 0,
      datasetEnd: result.end,
      isComplete: result.isComplete && (metaResult?.isComplete ?? true),
      problems: [...problems, ...result.problems],
    };
  }

  const start = await reader.peek(datasetStart, Math.min(8, source.size - datasetStart));
  const recognised = recogniseEncoding(start);
  let transferSyntaxUid = named;
  let encoding: Encoding;
  if (named === undefined) {
    if (!recognised) {
      throw new NotDicomError(
        metaResult
          ? 'The file meta information names no transfer syntax and the data set is not recognised.'
          : 'This is not a DICOM file.',
      );
    }
    if (metaResult) problems.push('The file meta information names no transfer syntax.');
    transferSyntaxUid = recognised.uid;
    encoding = recognised;
  } else {
    encoding = transferSyntaxOf(named);
    // A wrong transfer syntax shows in the first element: a VR where none should be, or none where one should.
    if (recognised && !isSameEncoding(recognised, encoding)) {
      problems.push(
        `The data set is encoded as ${recognised.name}, which is not what its meta information says.`,
      );
      encoding = recognised;
      if (!transferSyntaxOf(named).encapsulated) transferSyntaxUid = recognised.uid;
    }
  }
  const result = await parseAll(reader, datasetStart, encoding, options);
  if (result.dataset.elements.length === 0 && metaResult === undefined) {
    throw new NotDicomError('This is not a DICOM file.');
  }
  return {
    source,
    meta,
    dataset: result.dataset,
    transferSyntaxUid: transferSyntaxUid ?? ImplicitVrLittleEndian.uid,
    fileDatasetStart: datasetStart,
    datasetStart,
    datasetEnd: result.end,
    isComplete: result.isComplete && (metaResult?.isComplete ?? true),
    problems: [...problems, ...result.problems],
  };
}

/** Reads a data set, or a part of one, that lies between two offsets of a source. */
export const readDataset = (source: ByteSource, options: ParseOptions): Promise<ParseResult> =>
  new WindowReader(source, FIRST_READ).run(options);

/** Offset of group 0002: after preamble and prefix, or at once where a file lacks them. */
function startOfMeta(first: Uint8Array): number | undefined {
  const prefix = String.fromCharCode(...first.subarray(PREAMBLE_LENGTH, PREAMBLE_LENGTH + 4));
  if (prefix === 'DICM') return PREAMBLE_LENGTH + 4;
  if (String.fromCharCode(...first.subarray(0, 4)) === 'DICM') return 4;
  return first[0] === 2 && first[1] === 0 && first[3] === 0 ? 0 : undefined;
}

async function readMeta(reader: WindowReader, start: number): Promise<ParseResult> {
  const at = await reader.peek(start, Math.min(8, reader.size - start));
  // PS3.10 section 7.1 prescribes Explicit VR Little Endian; a few writers used Implicit VR.
  const explicitVr = at.byteLength < 6 || isVr(String.fromCharCode(at[4] ?? 0, at[5] ?? 0));
  return reader.run({
    explicitVr,
    littleEndian: true,
    start,
    end: reader.size,
    maxValueBytes: MAX_VALUE_BYTES,
    onlyGroup: 2,
  });
}

const parseAll = (reader: WindowReader, start: number, encoding: Encoding, options: ReadOptions) =>
  reader.run({
    explicitVr: encoding.explicitVr,
    littleEndian: encoding.littleEndian,
    start,
    end: reader.size,
    maxValueBytes: options.maxValueBytes ?? MAX_VALUE_BYTES,
    ...(options.stopBefore === undefined ? {} : { stopBefore: options.stopBefore }),
  });

/** How a data set is encoded, told from its first 8 bytes; undefined when they are no element's. */
function recogniseEncoding(bytes: Uint8Array) {
  if (bytes.byteLength < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hasVr = isVr(String.fromCharCode(bytes[4] ?? 0, bytes[5] ?? 0));
  const tag = tagOf(view.getUint16(0, true), view.getUint16(2, true));
  if (isPlausible(tag)) {
    if (hasVr) return ExplicitVrLittleEndian;
    // The first value of a data set is short; text taken for a length would be huge.
    return view.getUint32(4, true) < 0x10000 ? ImplicitVrLittleEndian : undefined;
  }
  const swapped = tagOf(view.getUint16(0, false), view.getUint16(2, false));
  return isPlausible(swapped) && hasVr ? ExplicitVrBigEndian : undefined;
}

const isSameEncoding = (a: Encoding, b: Encoding): boolean =>
  a.explicitVr === b.explicitVr && a.littleEndian === b.littleEndian;

/** Data sets begin with a known element, or a group length, of a low group. */
const isPlausible = (tag: TagNumber): boolean =>
  groupOf(tag) >= 0x0004 &&
  groupOf(tag) <= 0x0028 &&
  (dictionaryEntry(tag) !== undefined || (tag & 0xffff) === 0);

async function inflate(source: ByteSource, start: number): Promise<ByteSource> {
  if (source.size - start > MAX_INFLATED_BYTES) {
    throw new NotDicomError('The deflated data set is too large.');
  }
  const deflated = await source.read(start, source.size - start);
  try {
    return bufferSource(inflateDataset(deflated));
  } catch (error) {
    throw new NotDicomError('The deflated data set is damaged or too large.', { cause: error });
  }
}

/** Drives the parser: reads what it needs, in windows that grow while headers go on. */
class WindowReader {
  readonly #source: ByteSource;
  readonly #window = new ByteWindow();
  #nextRead: number;

  constructor(source: ByteSource, firstRead: number) {
    this.#source = source;
    this.#nextRead = firstRead;
  }

  get size(): number {
    return this.#source.size;
  }

  async peek(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.#window.has(offset, length)) await this.#load({ offset, length });
    return this.#window.slice(offset, length);
  }

  async run(options: ParseOptions): Promise<ParseResult> {
    const parser = new DatasetParser(this.#window, options);
    for (let need = parser.advance(); need; need = parser.advance()) await this.#load(need);
    return parser.result;
  }

  async #load({ offset, length }: Need): Promise<void> {
    if (offset - this.#window.end > this.#nextRead) this.#nextRead = WINDOW_AFTER_GAP;
    const wanted = Math.min(Math.max(length, this.#nextRead), this.size - offset);
    const bytes = await this.#source.read(offset, wanted);
    if (bytes.byteLength < length) {
      throw new NotDicomError('The file became shorter while it was read.');
    }
    this.#window.load(offset, bytes);
    this.#nextRead = Math.min(MAX_WINDOW, Math.max(MIN_WINDOW, this.#nextRead * 2));
  }
}
