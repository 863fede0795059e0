import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import { concatBytes, encodeFileMeta } from '../../../shared/dicom/encode.ts';
import { bytesOf, corpusFiles } from '../../../shared/dicom/testing/corpus.ts';
import { hasDcmtk } from '../../../shared/dicom/testing/dcmdump.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { referencePixels } from '../../../shared/pixels/testing/reference-pixels.ts';
import { encapsulated, fragmentsIn } from './testing/fragments.ts';
import { read, SEEN, send } from './testing/run.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const scratch = mkdtempSync(join(tmpdir(), 'gantry-unused-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** 12 bits of 16 are samples, and in two of the others overlays are drawn. */
const file = corpusFiles().find(({ name }) => name.endsWith('/ovly_p01.dcm'));

const overlaysIn = (dataset: Dataset): number =>
  dataset.elements.filter(({ tag }) => tag >>> 24 === 0x60).length;

describe.skipIf(!file || !hasDcmtk())('Overlays in unused bits of the pixels', () => {
  const source = file ? bytesOf(file) : new Uint8Array();
  const at = (name: string, bytes: Bytes): string => {
    const path = join(scratch, name);
    writeFileSync(path, bytes);
    return path;
  };
  const cells = (path: string, uid: string) => {
    const { bytes } = referencePixels(path, uid, scratch);
    return new Uint16Array(bytes.slice().buffer);
  };

  const compressedBy = (tool: string, ...options: string[]): Bytes => {
    const path = join(scratch, 'compressed.dcm');
    execFileSync(tool, [...options, at('source.dcm', source), path]);
    return new Uint8Array(readFileSync(path));
  };
  /** The same data set up to the pixels, or with other ones, as if it were in another transfer syntax. */
  async function inSyntax(bytes: Bytes, transferSyntaxUid: string, pixels?: Bytes): Promise<Bytes> {
    const { dataset, fileDatasetStart } = await read(bytes);
    const sopInstanceUid = dataset.string(Tag.SOPInstanceUID) ?? '';
    const sopClassUid = dataset.string(Tag.SOPClassUID) ?? '';
    const meta = encodeFileMeta({ sopClassUid, sopInstanceUid, transferSyntaxUid });
    const end = pixels && dataset.get(Tag.PixelData)?.start;
    return concatBytes([meta, bytes.slice(fileDatasetStart, end), pixels ?? new Uint8Array()]);
  }

  it.each(['+te', '+ti', '+tb'])('are cleared, and the samples stay (%s)', async (syntax) => {
    const converted = join(scratch, `in${syntax}.dcm`);
    execFileSync('dcmconv', [syntax, at('source.dcm', source), converted]);
    const bytes = new Uint8Array(readFileSync(converted));
    const sent = await send(bytes, undefined, false, { look: SEEN });
    if ('kind' in sent) throw new Error(sent.reason);
    const { dataset, transferSyntaxUid: uid } = await read(sent.file);
    expect(overlaysIn((await read(bytes)).dataset)).toBeGreaterThan(10);
    expect(overlaysIn(dataset)).toBe(0);
    const before = cells(converted, uid);
    const after = cells(at('sent.dcm', sent.file), uid);
    expect(before.some((cell) => cell > 0x0fff)).toBe(true);
    expect(after).toEqual(before.map((cell) => cell & 0x0fff));
  });

  it.each([
    ['1.2.840.10008.1.2.5', 'dcmcrle', []],
    ['1.2.840.10008.1.2.4.70', 'dcmcjpeg', ['+e1']],
    ['1.2.840.10008.1.2.4.57', 'dcmcjpeg', ['+el']],
    ['1.2.840.10008.1.2.4.80', 'dcmcjpls', []],
  ])(
    'are gone from compressed pixels, which stay compressed: %s by %s',
    { timeout: 60_000 },
    async (uid, tool, options) => {
      const bytes = compressedBy(tool, ...options);
      expect((await read(bytes)).transferSyntaxUid).toBe(uid);
      const before = cells(at('before.dcm', bytes), uid);
      expect(before.some((cell) => cell > 0x0fff)).toBe(true);
      const sent = await send(bytes, undefined, false, { look: SEEN });
      if ('kind' in sent) throw new Error(sent.reason);
      const { dataset, transferSyntaxUid } = await read(sent.file);
      expect(transferSyntaxUid).toBe(uid);
      expect(overlaysIn(dataset)).toBe(0);
      const after = cells(at('sent.dcm', sent.file), uid);
      expect(after).toEqual(before.map((cell) => cell & 0x0fff));
      // Another time there is no overlay, and nothing that changes.
      const again = await send(sent.file, undefined, false, { look: SEEN });
      if ('kind' in again) throw new Error(again.reason);
      expect(Buffer.compare(again.file, sent.file)).toBe(0);
    },
  );

  it.skipIf(spawnSync('opj_compress', ['-h']).error)(
    'are gone from JPEG 2000, as OpenJPEG sees it',
    async () => {
      const { dataset, datasetEnd } = await read(source);
      const [rows = 0, columns = 0] = [dataset.number(Tag.Rows), dataset.number(Tag.Columns)];
      const element = dataset.get(Tag.PixelData);
      const value = source.slice(element?.valueStart, datasetEnd);
      const raw = ['-F', `${columns},${rows},1,16,u`];
      const from = at('in.rawl', value);
      execFileSync('opj_compress', ['-i', from, '-o', join(scratch, 'a.j2k'), ...raw]);
      const stream = new Uint8Array(readFileSync(join(scratch, 'a.j2k')));
      const pixels = encapsulated([stream]);
      const bytes = await inSyntax(compressedBy('dcmcrle'), '1.2.840.10008.1.2.4.90', pixels);
      const sent = await send(bytes, undefined, false, { look: SEEN });
      if ('kind' in sent) throw new Error(sent.reason);
      const [fragment = new Uint8Array()] = await fragmentsIn(sent.file);
      at('b.j2k', fragment);
      execFileSync('opj_decompress', ['-i', join(scratch, 'b.j2k'), '-o', join(scratch, 'b.rawl')]);
      const after = new Uint16Array(new Uint8Array(readFileSync(join(scratch, 'b.rawl'))).buffer);
      expect(after).toEqual(new Uint16Array(value.buffer).map((cell) => cell & 0x0fff));
    },
  );

  it('stay with the picture where the compression has mixed them, which is withheld', async () => {
    // Near-lossless, of which nobody can tell how near.
    const bytes = await inSyntax(compressedBy('dcmcjpls'), '1.2.840.10008.1.2.4.81');
    const sent = await send(bytes, undefined, false, {
      look: SEEN,
    });
    expect(sent).toMatchObject({ kind: 'withheld' });
    expect(sent).toHaveProperty('reason', expect.stringContaining('mixed'));
  });

  it('are cleared beside rectangles that are blanked, too', async () => {
    const look = { kind: 'seen', boxes: [{ column: 0, row: 0, columns: 8, rows: 8 }] } as const;
    const sent = await send(source, undefined, false, { look });
    if ('kind' in sent) throw new Error(sent.reason);
    const { dataset, transferSyntaxUid: uid } = await read(sent.file);
    const after = cells(at('blanked.dcm', sent.file), uid);
    expect(after).toHaveLength(
      (dataset.number(Tag.Rows) ?? 0) * (dataset.number(Tag.Columns) ?? 0),
    );
    expect(after.every((cell) => cell <= 0x0fff)).toBe(true);
  });
});
