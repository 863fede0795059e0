// For tests: instances with the attributes that a test is about, and archives in folders of their own.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Fields } from '../../../../shared/dicom/encode.ts';
import { encodeDataset, encodeFileMeta } from '../../../../shared/dicom/encode.ts';
import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../../shared/dicom/uids.ts';
import type { LocalArchiveOptions } from '../local-archive.ts';
import { openArchive } from '../local-archive.ts';
import type { Archive, IncomingInstance, Origin, StoreReceipt } from '../store.ts';

export const CT = '1.2.840.10008.5.1.4.1.1.2';

export interface MadeInstance {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly dataset: Uint8Array;
}

interface Made {
  readonly study?: string;
  readonly series?: string;
  readonly instance: string;
  readonly sopClassUid?: string;
  readonly fields?: Fields;
  readonly pixelBytes?: number;
}

export function madeInstance(made: Made): MadeInstance {
  const { study = '1.2.3', series = `${study}.1`, instance, fields, pixelBytes = 64 } = made;
  const { sopClassUid = CT } = made;
  const dataset = encodeDataset(
    {
      [Tag.SOPClassUID]: sopClassUid,
      [Tag.SOPInstanceUID]: instance,
      [Tag.StudyInstanceUID]: study,
      [Tag.SeriesInstanceUID]: series,
      [Tag.Modality]: 'CT',
      ...fields,
      [Tag.PixelData]: { vr: 'OW', value: new Uint8Array(pixelBytes).fill(7) },
    },
    ExplicitVrLittleEndian,
    'as they are',
  );
  const transferSyntaxUid = ExplicitVrLittleEndian.uid;
  return { sopClassUid, sopInstanceUid: instance, transferSyntaxUid, dataset };
}

/** A Part 10 file, as storescu wants it. */
export const madeFile = (instance: MadeInstance): Uint8Array =>
  Buffer.concat([encodeFileMeta(instance), instance.dataset]);

export function incoming(instance: MadeInstance, origin: Origin = 'archive'): IncomingInstance {
  // eslint-disable-next-line @typescript-eslint/require-await -- an AsyncIterable is what is wanted
  async function* slices(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = 0; at < instance.dataset.length; at += SLICE_BYTES) {
      yield instance.dataset.subarray(at, at + SLICE_BYTES);
    }
  }
  const signal = new AbortController().signal;
  return { ...instance, callingAeTitle: 'SENDER', origin, dataset: slices(), signal };
}

const SLICE_BYTES = 16 * 1024;
const folders: string[] = [];
const archives: Archive[] = [];

afterEach(async () => {
  for (const archive of archives.splice(0)) await archive.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-archive-'));
  folders.push(folder);
  return folder;
}

/** It is closed, and its folder removed, at the end of the test. */
export async function startArchive(options: Partial<LocalArchiveOptions> = {}) {
  const dataDirectory = options.dataDirectory ?? (await temporaryFolder());
  const archive = await openArchive({ ...options, dataDirectory });
  archives.push(archive);
  return { archive, dataDirectory, folder: join(dataDirectory, 'archive') };
}

export const store = (archive: Archive, made: Made, origin?: Origin): Promise<StoreReceipt> =>
  archive.store(incoming(madeInstance(made), origin));

/** Of a report of `check`: files and index agree. */
export const isWell = { filesWithoutRow: [], rowsWithoutFile: [], wrongSize: [] };

/** Files of what is being received, or was left behind; empty ones are in store for the next. */
export async function halfReceived(archiveFolder: string): Promise<string[]> {
  const folder = join(archiveFolder, 'incoming');
  const withBytes: string[] = [];
  for (const name of await readdir(folder)) {
    if ((await stat(join(folder, name))).size > 0) withBytes.push(name);
  }
  return withBytes;
}
