import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import { concatBytes, elementHeader, encodeElement, encodeFileMeta, itemHeader } from '../../../shared/dicom/encode.ts'; // prettier-ignore
import { bytesOf, corpusFiles } from '../../../shared/dicom/testing/corpus.ts';
import { hasDcmtk } from '../../../shared/dicom/testing/dcmdump.ts';
import { ITEM, SEQUENCE_DELIMITATION } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { referencePixels } from '../../../shared/pixels/testing/reference-pixels.ts';
import { Canaries } from './testing/canaries.ts';
import { read, send, sendReady } from './testing/run.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const scratch = mkdtempSync(join(tmpdir(), 'gantry-cut-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const JPEG_2000 = /\.4\.9[01]$/;

/** A codestream with a comment, of a length that is even or odd, where comments may stand. */
function withComment(codestream: Bytes, uid: string, words: string): Bytes {
  const text = new Uint8Array(Buffer.from(words, 'latin1'));
  if (codestream[0] === 0) {
    // In boxes: behind the first two.
    const at = 12 + (codestream[15] ?? 0);
    const header = Uint8Array.of(0, 0, 0, text.length + 8, ...Buffer.from('xml '));
    return concatBytes([codestream.slice(0, at), header, text, codestream.slice(at)]);
  }
  const isJpeg2000 = JPEG_2000.test(uid);
  const [marker, head] = isJpeg2000 ? [0x64, [0, 1]] : [0xfe, []];
  const length = text.length + head.length + 2;
  // Behind SOC and SIZ, or behind SOI.
  const at = isJpeg2000 ? 4 + ((codestream[4] ?? 0) << 8) + (codestream[5] ?? 0) : 2;
  const comment = Uint8Array.of(0xff, marker, length >> 8, length & 255, ...head, ...text);
  return concatBytes([codestream.slice(0, at), comment, codestream.slice(at)]);
}

interface Form {
  readonly table: 'none' | 'basic' | 'extended';
  /** Each frame in two fragments. */
  readonly isSplit: boolean;
}

/** The pixel data of frames, with their tables. */
function encapsulated(frames: readonly Bytes[], { table, isSplit }: Form): Bytes {
  const offsets: number[] = [];
  const lengths: number[] = [];
  const items: Bytes[] = [];
  let at = 0;
  for (const frame of frames) {
    offsets.push(at);
    lengths.push(frame.length);
    const middle = isSplit ? 2 * Math.floor(frame.length / 4) : frame.length;
    for (const part of [frame.slice(0, middle), frame.slice(middle)]) {
      if (part.length === 0) continue;
      const even = concatBytes([part, new Uint8Array(part.length % 2)]);
      items.push(itemHeader(ITEM, even.length, true), even);
      at += 8 + even.length;
    }
  }
  const basic = new Uint8Array(table === 'basic' ? Uint32Array.from(offsets).buffer : []);
  const long = (values: number[]) => new Uint8Array(BigUint64Array.from(values.map(BigInt)).buffer);
  const extended = (tag: number, values: number[]) =>
    encodeElement(tag, 'OV', long(values), ExplicitVrLittleEndian);
  return concatBytes([
    ...(table === 'extended'
      ? [
          extended(Tag.ExtendedOffsetTable, offsets),
          extended(Tag.ExtendedOffsetTableLengths, lengths),
        ]
      : []),
    elementHeader(Tag.PixelData, 'OB', 0xffffffff, ExplicitVrLittleEndian),
    itemHeader(ITEM, basic.length, true),
    basic,
    ...items,
    itemHeader(SEQUENCE_DELIMITATION, 0, true),
  ]);
}

/** Fragments without the table, and where their items begin, counted from the first. */
function fragmentsOf(dataset: Dataset, bytes: Bytes) {
  const [table, ...fragments] = dataset.get(Tag.PixelData)?.fragments ?? [];
  const origin = (fragments[0]?.offset ?? 8) - 8;
  const value = (part = { offset: 0, length: 0 }) =>
    bytes.slice(part.offset, part.offset + part.length);
  return {
    table: [...new Uint32Array(value(table).buffer)],
    places: fragments.map(({ offset }) => offset - 8 - origin),
    values: fragments.map(value),
  };
}

const NAMES = [
  '1.2.840.10008.1.2.4.50.dcm', 'XA1_JPLY', 'MR-JPEGLosslessSV1.dcm', 'CT2_JLSL', 'MR4_JLSN', 'CT2_J2KI',
  'GDCMJ2K_TextGBR.dcm', 'emri_small_jpeg_ls_lossless.dcm', 'slicethickness_empty_string.dcm',
]; // prettier-ignore

const files = corpusFiles().filter(({ name }) => NAMES.some((end) => name.endsWith(`/${end}`)));

const FORMS: readonly Form[] = [
  { table: 'none', isSplit: false },
  { table: 'basic', isSplit: false },
  { table: 'extended', isSplit: false },
  { table: 'basic', isSplit: true },
];

describe.skipIf(files.length === 0 || !hasDcmtk())('Comments in real pictures', () => {
  it.each(files.map((file) => [file.name, file] as const))(
    'are gone, tables and lengths are right, and DCMTK or GDCM sees the same: %s',
    { timeout: 60_000 },
    async (_, file) => {
      const source = bytesOf(file);
      const { dataset, meta, fileDatasetStart, transferSyntaxUid: uid } = await read(source);
      const pixels = dataset.get(Tag.PixelData);
      const plain = await sendReady(source);
      const fragments = fragmentsOf((await read(plain.file)).dataset, plain.file).values;
      const isSingle = (dataset.number(Tag.NumberOfFrames) ?? 1) === 1;
      const clean = isSingle ? [concatBytes(fragments)] : fragments;
      const reference = (content: Bytes) => {
        const path = join(scratch, 'picture.dcm');
        writeFileSync(path, content);
        return Buffer.from(referencePixels(path, uid, scratch).bytes);
      };
      const expected = reference(source);
      const sopClassUid = meta.string(Tag.MediaStorageSOPClassUID) ?? '1.2';
      const sopInstanceUid = dataset.string(Tag.SOPInstanceUID) ?? '';
      const head = concatBytes([
        encodeFileMeta({ sopClassUid, sopInstanceUid, transferSyntaxUid: uid }),
        source.slice(fileDatasetStart, pixels?.start),
      ]);
      for (const [i, form] of FORMS.entries()) {
        const canaries = new Canaries();
        const frames = clean.map((frame, n) =>
          withComment(frame, uid, `${canaries.text()}${'.'.repeat((n + i) % 2)}`),
        );
        const dirty = concatBytes([head, encapsulated(frames, form)]);
        expect(canaries.foundIn(dirty)).toHaveLength(frames.length);
        const sent = await send(dirty);
        if ('kind' in sent) throw new Error(sent.reason);
        expect(canaries.foundIn(sent.dataset)).toEqual([]);
        const after = (await read(sent.file)).dataset;
        const { table, places, values } = fragmentsOf(after, sent.file);
        // To the byte what it is without the comment, padding aside, and a fragment for each frame.
        const unpadded = (bytes: Bytes) =>
          Buffer.from(bytes).toString('latin1').replace(/\0+$/, '');
        expect(values.map(unpadded)).toEqual(clean.map(unpadded));
        expect(values.every(({ length }) => length % 2 === 0)).toBe(true);
        expect(table).toEqual(form.table === 'basic' ? places : []);
        if (form.table === 'extended') {
          const numbers = (tag: number) => after.numbers(tag);
          expect(numbers(Tag.ExtendedOffsetTable)).toEqual(places);
          const lengths = numbers(Tag.ExtendedOffsetTableLengths);
          values.forEach(({ length }, n) => expect([0, 1]).toContain(length - (lengths[n] ?? 0)));
        }
        if (i !== 2) expect(Buffer.compare(reference(sent.file), expected)).toBe(0);
        // A second time there is nothing left to cut.
        const again = await sendReady(sent.file);
        expect(fragmentsOf((await read(again.file)).dataset, again.file).values).toEqual(values);
      }
    },
  );
});
