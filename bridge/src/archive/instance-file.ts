import { readSync } from 'node:fs';
import type { ByteSource } from '../../../shared/dicom/byte-source.ts';
import {
  NotDicomError,
  readInstance,
  type ParsedInstance,
} from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { IndexedAttributes } from './indexed-attributes.ts';
import { indexedAttributes } from './indexed-attributes.ts';
import type { ImageKeyword, StoreReceipt } from './store.ts';

/** What the index needs of a file. */
export interface FileHeader {
  readonly attributes: IndexedAttributes;
  readonly datasetOffset: number;
  readonly transferSyntaxUid: string;
  readonly sourceAeTitle: string;
  /** What an image should have and this one hasn't; empty for what is no image. */
  readonly imageLacks: readonly ImageKeyword[];
}

/** Why a file can't be kept. */
export type Unusable = Extract<StoreReceipt, { kind: 'mismatch' | 'not-understood' }>;

const UID_KEYWORDS = [
  'SOPClassUID',
  'SOPInstanceUID',
  'StudyInstanceUID',
  'SeriesInstanceUID',
] as const;

/** Group of the pixel data: nothing of what stands from here on is in the index. */
const PIXEL_DATA_GROUP = 0x7fe00000;
const FIRST_READ = 16 * 1024;

const OPTIONS = { stopBefore: PIXEL_DATA_GROUP, firstRead: FIRST_READ };

/** Reads a Part 10 file up to its pixel data; says why where that is no use for the index. */
export async function readHeader(source: ByteSource): Promise<FileHeader | Unusable> {
  const instance = await readInstance(source, OPTIONS).catch((error: unknown) => {
    if (error instanceof NotDicomError) return undefined;
    throw error;
  });
  return instance ? headerOf(instance) : { kind: 'not-understood' };
}

/**
 * Reads the header from the first part of a Part 10 file.
 * @returns undefined if the whole file might tell more
 * @throws what `source` throws, NotDicomError
 */
export async function readHeaderOfPart(source: ByteSource): Promise<FileHeader | undefined> {
  const instance = await readInstance(source, OPTIONS);
  // Something that isn't read any more has begun: what was read before it is all there is. In a deflated file offsets
  // are of what was inflated.
  const isWhole = instance.source === source && instance.datasetEnd < source.size;
  const header = instance.isComplete && isWhole ? headerOf(instance) : undefined;
  return header && 'kind' in header ? undefined : header;
}

function headerOf(instance: ParsedInstance): FileHeader | Unusable {
  if (instance.dataset.elements.length === 0) return { kind: 'not-understood' };
  const { meta, fileDatasetStart, transferSyntaxUid } = instance;
  const attributes = indexedAttributes(instance.dataset);
  const { study, series } = attributes;
  const { SOPClassUID, SOPInstanceUID } = attributes.instance;
  const uids: Record<(typeof UID_KEYWORDS)[number], string> = {
    SOPClassUID,
    SOPInstanceUID,
    StudyInstanceUID: study.StudyInstanceUID,
    SeriesInstanceUID: series.SeriesInstanceUID,
  };
  const missing = UID_KEYWORDS.filter((keyword) => uids[keyword] === '');
  if (missing.length > 0) {
    const problems = missing.map((keyword) => ({ keyword, problem: 'missing' }) as const);
    return { kind: 'mismatch', problems };
  }
  return {
    attributes,
    datasetOffset: fileDatasetStart,
    transferSyntaxUid: meta.string(Tag.TransferSyntaxUID) ?? transferSyntaxUid,
    sourceAeTitle: meta.string(Tag.SourceApplicationEntityTitle) ?? '',
    imageLacks: imageLacks(instance),
  };
}

const PIXEL_KEYWORDS = [
  'SamplesPerPixel',
  'PhotometricInterpretation',
  'Rows',
  'Columns',
  'BitsAllocated',
  'BitsStored',
  'HighBit',
] as const;

/** Samples of so many bits may be floating point numbers, of which nothing is stored but the bits (PS3.3 section C.7.6.24). */
const FLOAT_BITS = 32;

/** An image is what has Rows and Columns, or pixels. Spectroscopy has the former, and its samples before them. */
function imageLacks({ dataset, datasetEnd, source }: ParsedInstance): ImageKeyword[] {
  const hasPixels = datasetEnd < source.size;
  const hasSize = dataset.has(Tag.Rows) || dataset.has(Tag.Columns);
  if ((!hasPixels && !hasSize) || dataset.has(Tag.SpectroscopyData)) return [];
  const mayBeFloat = (dataset.numbers(Tag.BitsAllocated)[0] ?? 0) >= FLOAT_BITS;
  const lacking: ImageKeyword[] = PIXEL_KEYWORDS.filter(
    (keyword) => (dataset.get(Tag[keyword])?.length ?? 0) === 0,
  ).filter((keyword) => !mayBeFloat || (keyword !== 'BitsStored' && keyword !== 'HighBit'));
  return hasPixels ? lacking : [...lacking, 'PixelData'];
}

/** Read without leaving the thread, which is the archive's own: a header is one or two reads of some kilobytes. */
export const fileSource = (descriptor: number, size: number): ByteSource => ({
  size,
  read: (offset, length) => {
    const bytes = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      const bytesRead = readSync(descriptor, bytes, at, length - at, offset + at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return Promise.resolve(bytes.subarray(0, at));
  },
});
