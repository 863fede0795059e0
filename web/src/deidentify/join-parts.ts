import { ByteWindow } from '../../../shared/dicom/byte-window.ts';
import type { PreparedPart } from './prepare.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** An instance in fewer parts is passed on as it is. */
const MAX_PARTS = 1000;

/** Parts of no more bytes are joined: 64 KiB. */
const MAX_SHORT = 64 * 1024;

/** Bytes that are read and joined at once: 1 MiB. */
const JOINED = 2 ** 20;

/**
 * Parts of an instance where these are many and short: a browser takes its time, and memory, for each that lies in a file. What is
 * joined becomes a Blob, which it may keep on its disk.
 */
export async function joinParts(
  parts: readonly PreparedPart[],
  file: Blob,
): Promise<readonly PreparedPart[]> {
  if (parts.length <= MAX_PARTS) return parts;
  const out: PreparedPart[] = [];
  const window = new ByteWindow();
  let waiting: (Bytes | Blob)[] = [];
  let length = 0;
  const flush = () => {
    if (length > 0) out.push(new Blob(waiting));
    waiting = [];
    length = 0;
  };
  for (const part of parts) {
    const size = lengthOf(part);
    if (size > MAX_SHORT) {
      flush();
      out.push(part);
      continue;
    }
    if ('from' in part) {
      if (!window.has(part.from, size)) {
        const slice = file.slice(part.from, part.from + JOINED);
        window.load(part.from, new Uint8Array(await slice.arrayBuffer()));
      }
      waiting.push(window.slice(part.from, size));
    } else {
      waiting.push(part);
    }
    length += size;
    if (length >= JOINED) flush();
  }
  flush();
  return out;
}

const lengthOf = (part: PreparedPart): number =>
  part instanceof Blob ? part.size : 'from' in part ? part.to - part.from : part.length;
