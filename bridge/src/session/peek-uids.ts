import { ByteWindow } from '../../../shared/dicom/byte-window.ts';
import { concatBytes } from '../../../shared/dicom/encode.ts';
import { DatasetParser } from '../../../shared/dicom/parse.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { transferSyntaxOf } from '../../../shared/dicom/uids.ts';

/** Real headers have both UIDs within some KB; what has none by here is not waited for. */
const MAX_PEEKED_BYTES = 1024 * 1024;
const MAX_VALUE_BYTES = 1024;

export interface Peeked {
  /** Undefined where it could not be found. */
  readonly studyInstanceUid: string | undefined;
  readonly seriesInstanceUid: string | undefined;
  /** The data set whole: what was read, and what follows. It is to be read once. */
  readonly dataset: AsyncIterable<Uint8Array>;
}

/** Reads a data set that is coming in as far as its study and series, and gives it back as if unread. */
export async function peekUids(
  dataset: AsyncIterable<Uint8Array>,
  transferSyntaxUid: string,
): Promise<Peeked> {
  const { explicitVr, littleEndian, deflated } = transferSyntaxOf(transferSyntaxUid);
  const unknown = { studyInstanceUid: undefined, seriesInstanceUid: undefined };
  if (deflated) return { ...unknown, dataset };
  const chunks = dataset[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  let length = 0;
  const window = new ByteWindow();
  const parser = new DatasetParser(window, {
    explicitVr,
    littleEndian,
    start: 0,
    end: MAX_PEEKED_BYTES,
    maxValueBytes: MAX_VALUE_BYTES,
    stopBefore: Tag.SeriesInstanceUID + 1,
  });
  for (let need = parser.advance(); need; need = parser.advance()) {
    while (length < need.offset + need.length) {
      const next = await chunks.next();
      if (next.done) return { ...unknown, dataset: replay(read, chunks) };
      read.push(next.value);
      length += next.value.length;
    }
    window.load(0, concatBytes(read));
  }
  const found = parser.result.dataset;
  return {
    studyInstanceUid: found.string(Tag.StudyInstanceUID),
    seriesInstanceUid: found.string(Tag.SeriesInstanceUID),
    dataset: replay(read, chunks),
  };
}

async function* replay(
  read: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* read;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
