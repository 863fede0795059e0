import type { Browser, Page } from '@playwright/test';
import { open, readFile } from 'node:fs/promises';
import { concatBytes, elementHeader, encodePart10, itemHeader } from '../../shared/dicom/encode.ts';
import { ITEM, SEQUENCE_DELIMITATION } from '../../shared/dicom/tag.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../shared/dicom/uids.ts';
import { encodeLosslessJpeg } from '../../shared/pixels/jpeg/encode-lossless.ts';

const SIDE = 512;
export const FRAME_BYTES = SIDE * SIDE * 2;
const WHITE = 4095;

/** A multi-frame image on disk, black and sparse but for its last frame, which is white. */
export async function writeFrames(path: string, frames: number): Promise<void> {
  const sopClassUid = '1.2.840.10008.5.1.4.1.1.7.3';
  const sopInstanceUid = '1.2.826.0.1.3680043.10.9.1';
  const { uid: transferSyntaxUid } = ExplicitVrLittleEndian;
  const head = encodePart10(
    { sopClassUid, sopInstanceUid, transferSyntaxUid },
    {
      [Tag.SOPClassUID]: sopClassUid,
      [Tag.SOPInstanceUID]: sopInstanceUid,
      [Tag.StudyInstanceUID]: '1.2.826.0.1.3680043.10.9.2',
      [Tag.SeriesInstanceUID]: '1.2.826.0.1.3680043.10.9.3',
      [Tag.Modality]: 'OT',
      [Tag.PatientID]: 'LARGE',
      [Tag.PatientName]: 'Large',
      [Tag.NumberOfFrames]: String(frames),
      [Tag.SamplesPerPixel]: 1,
      [Tag.PhotometricInterpretation]: 'MONOCHROME2',
      [Tag.Rows]: SIDE,
      [Tag.Columns]: SIDE,
      [Tag.BitsAllocated]: 16,
      [Tag.BitsStored]: 12,
      [Tag.HighBit]: 11,
      [Tag.PixelRepresentation]: 0,
      [Tag.WindowCenter]: '2048',
      [Tag.WindowWidth]: '4096',
    },
    ExplicitVrLittleEndian,
  );
  const header = elementHeader(Tag.PixelData, 'OW', frames * FRAME_BYTES, ExplicitVrLittleEndian);
  const before = concatBytes([head, header]);
  const file = await open(path, 'w');
  try {
    await file.write(before);
    const last = new Uint8Array(new Uint16Array(SIDE * SIDE).fill(WHITE).buffer);
    await file.write(last, 0, last.length, before.length + (frames - 1) * FRAME_BYTES);
  } finally {
    await file.close();
  }
}

/** What stands in a comment of each frame that `writeFragments` writes. */
export const COMMENT = 'QZ NOBODY MAY READ THIS ZQ';
const SMALL = 64;

/** Slices of an MR as a multi-frame image in JPEG Lossless, each a fragment with a comment. @returns bytes of a fragment */
export async function writeFragments(path: string, frames: number): Promise<number> {
  const sopClassUid = '1.2.840.10008.5.1.4.1.1.4.1';
  const sopInstanceUid = '1.2.826.0.1.3680043.10.9.5';
  const transferSyntaxUid = '1.2.840.10008.1.2.4.70';
  const cells = Uint16Array.from({ length: SMALL * SMALL }, (_, i) => (i * 7919) % 4096);
  const jpeg = encodeLosslessJpeg({
    rows: SMALL,
    columns: SMALL,
    samplesPerPixel: 1,
    photometricInterpretation: 'MONOCHROME2',
    cells,
    precision: 12,
    bitsStored: 12,
    signed: false,
  });
  const words = Buffer.from(COMMENT);
  const comment = Uint8Array.of(0xff, 0xfe, 0, words.length + 2, ...words);
  const whole = concatBytes([jpeg.slice(0, 2), comment, jpeg.slice(2)]);
  const fragment = concatBytes([whole, new Uint8Array(whole.length % 2)]);
  const item = concatBytes([itemHeader(ITEM, fragment.length, true), fragment]);
  const head = encodePart10(
    { sopClassUid, sopInstanceUid, transferSyntaxUid },
    {
      [Tag.SOPClassUID]: sopClassUid,
      [Tag.SOPInstanceUID]: sopInstanceUid,
      [Tag.ImageType]: ['ORIGINAL', 'PRIMARY', 'M', 'NONE'],
      [Tag.StudyInstanceUID]: '1.2.826.0.1.3680043.10.9.6',
      [Tag.SeriesInstanceUID]: '1.2.826.0.1.3680043.10.9.7',
      [Tag.Modality]: 'MR',
      [Tag.PatientID]: 'LARGE',
      [Tag.PatientName]: 'Large',
      [Tag.NumberOfFrames]: String(frames),
      [Tag.SamplesPerPixel]: 1,
      [Tag.PhotometricInterpretation]: 'MONOCHROME2',
      [Tag.Rows]: SMALL,
      [Tag.Columns]: SMALL,
      [Tag.BitsAllocated]: 16,
      [Tag.BitsStored]: 12,
      [Tag.HighBit]: 11,
      [Tag.PixelRepresentation]: 0,
    },
    ExplicitVrLittleEndian,
  );
  const offsets = Uint32Array.from({ length: frames }, (_, i) => i * item.length);
  const file = await open(path, 'w');
  try {
    await file.writev([
      head,
      elementHeader(Tag.PixelData, 'OB', 0xffffffff, ExplicitVrLittleEndian),
      itemHeader(ITEM, offsets.byteLength, true),
      new Uint8Array(offsets.buffer),
    ]);
    // Some hundred at a time.
    for (let left = frames; left > 0; left -= 500) {
      await file.write(Buffer.concat(Array.from({ length: Math.min(left, 500) }, () => item)));
    }
    await file.write(itemHeader(SEQUENCE_DELIMITATION, 0, true));
  } finally {
    await file.close();
  }
  return fragment.length;
}

/** Resident memory of the largest renderer, bytes; 0 where the system doesn't tell. */
export const rendererBytes = (browser: Browser): Promise<number> =>
  processBytes(browser, 'renderer');

/** The same of the largest process of a kind. */
export async function processBytes(
  browser: Browser,
  type: 'renderer' | 'browser',
): Promise<number> {
  if (process.platform !== 'linux') return 0;
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const processes = processInfo.filter((process) => process.type === type);
  const sizes = processes.map(async ({ id }) => {
    const [, resident = '0'] = (await readFile(`/proc/${id}/statm`, 'utf8')).split(' ');
    return Number(resident) * 4096;
  });
  await session.detach();
  return Math.max(...(await Promise.all(sizes)));
}

/** What the page's thread holds after a collection, objects and array buffers, bytes. */
export async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  // The second one takes what the first one's finalizers let go.
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.collectGarbage');
  // The declarations lack what is newer than they are.
  const usage = (await session.send('Runtime.getHeapUsage')) as {
    usedSize: number;
    backingStorageSize?: number;
  };
  await session.detach();
  return usage.usedSize + (usage.backingStorageSize ?? 0);
}
