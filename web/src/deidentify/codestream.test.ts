import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { concatBytes, encodeElement } from '../../../shared/dicom/encode.ts';
import { bytesOf, corpusFiles } from '../../../shared/dicom/testing/corpus.ts';
import { hasDcmtk } from '../../../shared/dicom/testing/dcmdump.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian, transferSyntaxOf } from '../../../shared/dicom/uids.ts';
import { Canaries } from './testing/canaries.ts';
import { encapsulated, evenly, fragmentsIn } from './testing/fragments.ts';
import { instanceFile } from './testing/instance.ts';
import { read, send, sendReady } from './testing/run.ts';

const scratch = mkdtempSync(join(tmpdir(), 'gantry-codestream-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

type Bytes = Uint8Array<ArrayBuffer>;

const text = (value: string): Bytes => new Uint8Array(Buffer.from(value, 'latin1'));
const bytes = (...values: number[]): Bytes => Uint8Array.from(values);
const segment = (marker: number, content: Bytes): Bytes =>
  concatBytes([
    bytes(0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 0xff),
    content,
  ]);

const QUANTISATION = segment(0xdb, new Uint8Array(65).fill(1));
const SCAN = segment(0xda, bytes(1, 1, 0, 0, 63, 0));
const ENTROPY = bytes(0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56);

const jpeg = (...extra: Bytes[]): Bytes =>
  concatBytes([bytes(0xff, 0xd8), ...extra, QUANTISATION, SCAN, ENTROPY, bytes(0xff, 0xd9)]);

const file = (uid: string, fragments: readonly Bytes[]) =>
  instanceFile({ syntax: transferSyntaxOf(uid), pixelData: encapsulated(fragments) });

describe('Beside the samples of a JPEG', () => {
  it('comments, Exif, thumbnails and what lies behind the end are cut out, and nothing else changes', async () => {
    const canaries = new Canaries();
    const planted = () => text(`${canaries.text()} name`);
    const adobe = segment(0xee, text('Adobe\0d\0\0\0\0\x01'));
    const jfif = segment(0xe0, text('JFIF\0\x01\x01\0\0\x01\0\x01\0\0'));
    const clean = jpeg(jfif, adobe);
    const dirty = concatBytes([
      jpeg(
        jfif,
        adobe,
        segment(0xfe, planted()),
        segment(0xe1, planted()),
        segment(0xe0, planted()),
      ),
      planted(),
    ]);
    const source = file('1.2.840.10008.1.2.4.50', [dirty, clean]);
    const { dataset } = await sendReady(source);
    expect(canaries.foundIn(dataset)).toEqual([]);
    const output = Buffer.from(dataset);
    for (const kept of [jfif, adobe, ENTROPY, clean]) expect(output.includes(kept)).toBe(true);
    const { dataset: after } = await read((await sendReady(source)).file);
    const even = clean.length + (clean.length % 2);
    expect(after.get(Tag.PixelData)?.fragments?.map(({ length }) => length)).toEqual([
      0,
      even,
      even,
    ]);
  });

  it('a comment is found behind a scan, and in the next fragment of the same picture', async () => {
    const canaries = new Canaries();
    const scan = concatBytes([SCAN, ENTROPY]);
    const comment = segment(0xfe, text(canaries.text().repeat(3)));
    const whole = concatBytes([bytes(0xff, 0xd8), scan, comment, scan, bytes(0xff, 0xd9)]);
    const clean = concatBytes([bytes(0xff, 0xd8), scan, scan, bytes(0xff, 0xd9)]);
    // Fragments of any length become one, which is even.
    for (const cut of [2, 18, 20, 24, 30, 46, 48, 60]) {
      const { dataset, file: sent } = await sendReady(
        file('1.2.840.10008.1.2.4.57', [whole.slice(0, cut), whole.slice(cut)]),
      );
      expect(canaries.foundIn(dataset)).toEqual([]);
      expect(await fragmentsIn(sent)).toEqual([evenly(clean)]);
    }
  });

  it('what can not be followed is withheld', async () => {
    const broken = concatBytes([bytes(0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff), text('Doe')]);
    for (const data of [broken, text('no picture at all')]) {
      expect(await send(file('1.2.840.10008.1.2.4.50', [data]))).toMatchObject({
        kind: 'withheld',
      });
    }
  });
});

/** SIZ of one component. */
const SIZE = segment(0x51, concatBytes([new Uint8Array(34), bytes(0, 1, 7, 1, 1)]));

describe('Beside the samples of a JPEG 2000', () => {
  const part = (...extra: Bytes[]): Bytes => {
    const body = concatBytes([...extra, bytes(0xff, 0x93), bytes(1, 2, 3, 0xff, 0x64, 0x00)]);
    const length = 12 + body.length;
    return concatBytes([segment(0x90, bytes(0, 0, 0, 0, 0, length, 0, 1)), body]);
  };
  const comment = (content: string) => segment(0x64, concatBytes([bytes(0, 1), text(content)]));

  it('comments of the codestream and of its tiles are cut out, samples that look like one do not', async () => {
    const canaries = new Canaries();
    const codestream = concatBytes([
      bytes(0xff, 0x4f),
      SIZE,
      comment(canaries.text()),
      part(comment(canaries.text())),
      bytes(0xff, 0xd9),
      text(canaries.text()),
    ]);
    const { dataset } = await sendReady(file('1.2.840.10008.1.2.4.90', [codestream]));
    expect(canaries.foundIn(dataset)).toEqual([]);
    expect(Buffer.from(dataset).includes(bytes(0xff, 0x93, 1, 2, 3, 0xff, 0x64, 0x00))).toBe(true);
  });

  it('boxes of XML and of makers are cut out', async () => {
    const canaries = new Canaries();
    const box = (type: string, content: Bytes): Bytes =>
      concatBytes([bytes(0, 0, 0, content.length + 8), text(type), content]);
    const codestream = concatBytes([bytes(0xff, 0x4f), part(), bytes(0xff, 0xd9)]);
    const boxed = concatBytes([
      bytes(0, 0, 0, 12),
      text('jP  \r\n\x87\n'),
      box('ftyp', text('jp2 ')),
      box('xml ', text(canaries.text())),
      box('jp2c', codestream),
      box('uuid', text(canaries.text())),
    ]);
    const { dataset } = await sendReady(file('1.2.840.10008.1.2.4.91', [boxed]));
    expect(canaries.foundIn(dataset)).toEqual([]);
    expect(Buffer.from(dataset).includes(codestream)).toBe(true);
  });
});

describe('Behind the frames of uncompressed pixel data', () => {
  it('bytes become zero', async () => {
    const canaries = new Canaries();
    const pixels = concatBytes([new Uint8Array(64).fill(0x5a), text(canaries.text().repeat(2))]);
    const { dataset } = await sendReady(
      instanceFile({
        elements: [encodeElement(Tag.BitsAllocated, 'US', bytes(8, 0), ExplicitVrLittleEndian)],
        pixelData: encodeElement(Tag.PixelData, 'OB', pixels, ExplicitVrLittleEndian),
      }),
    );
    expect(canaries.foundIn(dataset)).toEqual([]);
    expect(Buffer.from(dataset).includes(new Uint8Array(64).fill(0x5a))).toBe(true);
  });
});

describe.skipIf(corpusFiles().length === 0 || !hasDcmtk())(
  'Real pictures',
  { timeout: 60_000 },
  () => {
    it('are the same to DCMTK afterwards', async () => {
      const known = /^1\.2\.840\.10008\.1\.2\.4\.(50|51|57|70|80|81)$/;
      let compared = 0;
      for (const corpusFile of corpusFiles()) {
        const source = bytesOf(corpusFile);
        const sent = await send(source);
        if ('kind' in sent || !known.test(sent.prepared.transferSyntaxUid)) continue;
        const pixelsOf = (name: string, content: Bytes): Buffer | undefined => {
          const [path, raw] = [join(scratch, `${name}.dcm`), join(scratch, `${name}-raw.dcm`)];
          writeFileSync(path, content);
          try {
            const tool = /\.8[01]$/.test(sent.prepared.transferSyntaxUid) ? 'dcmdjpls' : 'dcmdjpeg';
            execFileSync(tool, [path, raw], { stdio: 'ignore' });
          } catch {
            return undefined;
          }
          return readFileSync(raw);
        };
        const [before, after] = [pixelsOf('before', source), pixelsOf('after', sent.file)];
        if (!before) continue;
        expect(after, corpusFile.name).toBeDefined();
        const pixels = async (content: Buffer) => {
          const { dataset, source: decoded } = await read(new Uint8Array(content));
          const element = dataset.get(Tag.PixelData);
          return Buffer.from(await decoded.read(element?.valueStart ?? 0, element?.length ?? 0));
        };
        expect(
          Buffer.compare(await pixels(before), await pixels(after ?? before)),
          corpusFile.name,
        ).toBe(0);
        compared++;
      }
      expect(compared).toBeGreaterThan(8);
    });
  },
);
