import type { ByteSource } from '../dicom/byte-source.ts';
import type { Dataset } from '../dicom/dataset.ts';
import type { TagNumber } from '../dicom/tag.ts';
import { elementBytes, swapWords } from './element-bytes.ts';
import type { LutDescriptor } from './lookup-table.ts';
import { PixelError } from './pixel-error.ts';

const DISCRETE = 0;
const LINEAR = 1;
const INDIRECT = 2;

/**
 * Expands the segments of a segmented palette (PS3.3 section C.7.9.2): values as they are, straight lines from the
 * value before, and repetitions of earlier segments.
 */
export async function expandSegments(
  source: ByteSource,
  dataset: Dataset,
  tag: TagNumber,
  descriptor: LutDescriptor,
): Promise<Uint16Array> {
  const element = dataset.get(tag);
  if (!element) throw new PixelError('attributes', 'The palette has no data.');
  const stored = await elementBytes(source, element);
  const bytes = dataset.littleEndian ? stored : swapWords(stored);
  const aligned = new Uint8Array(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  const words = descriptor.bits <= 8 ? Uint16Array.from(bytes) : new Uint16Array(aligned.buffer);
  return expandSegmentWords(words, descriptor);
}

/** The expansion itself, over opcodes, lengths and values as numbers. Indirect offsets count words. */
export function expandSegmentWords(words: Uint16Array, descriptor: LutDescriptor): Uint16Array {
  const entries: number[] = [];
  const run = (from: number, segments: number, mayJump: boolean): void => {
    let at = from;
    for (let done = 0; done < segments && at < words.length; done++) {
      const opcode = words[at] ?? 0;
      const length = words[at + 1] ?? 0;
      if (entries.length + length > descriptor.count && opcode !== INDIRECT) break;
      if (opcode === DISCRETE) {
        entries.push(...words.subarray(at + 2, at + 2 + length));
        at += 2 + length;
      } else if (opcode === LINEAR) {
        pushLine(entries, words[at + 2] ?? 0, length);
        at += 3;
      } else if (opcode === INDIRECT && mayJump) {
        // An indirect segment must not lead to another one.
        const low = words[at + 2] ?? 0;
        run(low + (words[at + 3] ?? 0) * 0x10000, length, false);
        at += 4;
      } else {
        throw new PixelError('attributes', 'The segmented palette has an unknown segment.');
      }
    }
  };
  run(0, Number.POSITIVE_INFINITY, true);
  if (entries.length !== descriptor.count) {
    throw new PixelError(
      'length',
      'The segmented palette expands to another length than described.',
    );
  }
  return Uint16Array.from(entries);
}

function pushLine(entries: number[], to: number, length: number): void {
  const from = entries.at(-1) ?? 0;
  for (let i = 1; i <= length; i++) entries.push(Math.round(from + ((to - from) * i) / length));
}
