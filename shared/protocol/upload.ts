import { z } from 'zod';
import { concatBytes } from '../dicom/encode.ts';
import { MAX_FRAME_HEADER_BYTES } from './limits.ts';
import { uidSchema } from './messages.ts';

/**
 * An upload is the magic number and then, for each instance, the length of a header (4 bytes, big endian), the
 * header as JSON in UTF-8, and the bytes of the data set, `length` of them, without preamble and file meta.
 */
export const UPLOAD_MAGIC: Uint8Array<ArrayBuffer> = Uint8Array.of(0x47, 0x4e, 0x54, 0x31); // "GNT1"

export const frameHeaderSchema = z.strictObject({
  /** The page's number for the instance within the transfer; its result comes back under it. */
  index: z.int().nonnegative(),
  sopClassUid: uidSchema,
  sopInstanceUid: uidSchema,
  transferSyntaxUid: uidSchema,
  /** Bytes of the data set. */
  length: z.int().nonnegative(),
});

export type FrameHeader = z.infer<typeof frameHeaderSchema>;

/** What stands before the data set of an instance. */
export function encodeFrameHeader(header: FrameHeader): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.byteLength);
  return concatBytes([length, text]);
}

/** The upload isn't framed as it should be, or broke off. Nothing after this point of it can be trusted. */
export class UploadFramingError extends Error {
  override readonly name = 'UploadFramingError';
}

/** An instance as it arrives. The data set must be read to its end before the next instance is asked for. */
export interface UploadedInstance {
  readonly header: FrameHeader;
  readonly dataset: AsyncIterable<Uint8Array>;
}

/**
 * Takes an upload apart while it arrives; holds no more than a chunk and a header.
 * @throws UploadFramingError when the bytes aren't framed as above or end too early.
 */
export async function* decodeUpload(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<UploadedInstance> {
  const reader = new ChunkReader(chunks);
  const magic = await reader.exactly(UPLOAD_MAGIC.byteLength);
  if (!magic.every((byte, i) => byte === UPLOAD_MAGIC[i])) {
    throw new UploadFramingError('The upload does not begin as one.');
  }
  while (!(await reader.atEnd())) {
    const prefix = await reader.exactly(4);
    const length = new DataView(prefix.buffer, prefix.byteOffset, 4).getUint32(0);
    if (length > MAX_FRAME_HEADER_BYTES) {
      throw new UploadFramingError(`The header of an instance claims ${length} bytes.`);
    }
    const header = parseHeader(await reader.exactly(length));
    const state = { left: header.length };
    yield { header, dataset: datasetOf(reader, state) };
    if (state.left > 0) throw new Error('The data set of an instance was not read to its end.');
  }
}

function parseHeader(bytes: Uint8Array): FrameHeader {
  try {
    return frameHeaderSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    throw new UploadFramingError('The header of an instance is not valid.', { cause: error });
  }
}

async function* datasetOf(
  reader: ChunkReader,
  state: { left: number },
): AsyncGenerator<Uint8Array> {
  while (state.left > 0) {
    const chunk = await reader.some(state.left);
    state.left -= chunk.byteLength;
    yield chunk;
  }
}

class ChunkReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #current: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async atEnd(): Promise<boolean> {
    while (this.#current.byteLength === 0) {
      const next = await this.#chunks.next();
      if (next.done) return true;
      this.#current = next.value;
    }
    return false;
  }

  /** At least one byte and at most `limit`, as they come. */
  async some(limit: number): Promise<Uint8Array> {
    if (await this.atEnd())
      throw new UploadFramingError('The upload ends in the middle of an instance.');
    const taken = this.#current.subarray(0, limit);
    this.#current = this.#current.subarray(taken.byteLength);
    return taken;
  }

  async exactly(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let left = length;
    while (left > 0) {
      const part = await this.some(left);
      parts.push(part);
      left -= part.byteLength;
    }
    return concatBytes(parts);
  }
}
