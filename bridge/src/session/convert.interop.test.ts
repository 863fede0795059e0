import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startStorescp } from '../../../e2e/support/peers.ts';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { readInstance } from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { StoreOutcome } from '../../../shared/protocol/messages.ts';
import { encodeFrameHeader, UPLOAD_MAGIC } from '../../../shared/protocol/upload.ts';
import { Converter } from '../conversion/converter.ts';
import { referencePixels } from '../../../shared/pixels/testing/reference-pixels.ts';
import { ctSeries } from '../samples/phantom/ct-series.ts';
import { phantomFile } from '../samples/phantom/phantom-file.ts';
import { ultrasoundClip } from '../samples/phantom/ultrasound-clip.ts';
import { StoreTransfer } from './store-transfer.ts';

const scratch = mkdtempSync(join(tmpdir(), 'gantry-convert-'));
const converter = new Converter();
afterAll(async () => {
  await converter.close();
  rmSync(scratch, { recursive: true, force: true });
});
const at = (name: string) => join(scratch, name);

/** Sends a file's data set to a storescp; what became of it, and what the peer has. */
async function send(path: string, options: readonly string[]) {
  const bytes = new Uint8Array(readFileSync(path));
  const { dataset, datasetStart, transferSyntaxUid } = await readInstance(bufferSource(bytes));
  const sopClassUid = dataset.string(Tag.SOPClassUID) ?? '';
  const sopInstanceUid = dataset.string(Tag.SOPInstanceUID) ?? '';
  const body = bytes.subarray(datasetStart);
  const peer = await startStorescp(options);
  const outcomes: StoreOutcome[] = [];
  try {
    const { host, port } = peer;
    const transfer = new StoreTransfer({
      peer: { host, port, calledAeTitle: 'STORESCP', callingAeTitle: 'GANTRY' },
      contexts: [{ sopClassUid, transferSyntaxUid }],
      association: {},
      convert: (bytes_, from, to) => converter.convert(bytes_, from, to),
      results: (results) => outcomes.push(...results.map(({ outcome }) => outcome)),
      signal: new AbortController().signal,
    });
    const { refused, recoded } = await transfer.open();
    const header = {
      index: 0,
      sopClassUid,
      sopInstanceUid,
      transferSyntaxUid,
      length: body.length,
    };
    await transfer.receive(chunksOf([UPLOAD_MAGIC, encodeFrameHeader(header), body]));
    await transfer.finish();
    const [name] = readdirSync(peer.folder);
    const received = name === undefined ? undefined : readFileSync(join(peer.folder, name));
    return { refused, recoded, outcome: outcomes[0], received };
  } finally {
    await peer.stop();
  }
}

async function* chunksOf(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(part);
}

function pixelDataOf(path: string): Buffer {
  execFileSync('dcmdump', ['+W', scratch, '+P', '7fe0,0010', path], { stdio: 'pipe' });
  return readFileSync(`${path}.0.raw`);
}

describe('an instance whose compression the peer refuses', () => {
  const [phantom] = ctSeries({ slices: 1, size: 64 });
  writeFileSync(at('ct.dcm'), phantom!.bytes);
  execFileSync('dcmcjpeg', ['+e1', at('ct.dcm'), at('lossless.dcm')]);
  writeFileSync(at('us.dcm'), ultrasoundClip({ frames: 4, rows: 31, columns: 33 }).bytes);
  execFileSync('dcmcrle', [at('us.dcm'), at('rle.dcm')]);

  for (const [name, original] of [
    ['lossless.dcm', 'ct.dcm'],
    ['rle.dcm', 'us.dcm'],
  ] as const) {
    for (const [syntax, option] of [
      ['Explicit VR Little Endian', '+xe'],
      ['Implicit VR Little Endian', '+xi'],
    ] as const) {
      it(`is sent decompressed, ${name} in ${syntax}`, async () => {
        const { refused, outcome, received } = await send(at(name), ['+B', option]);
        expect(refused).toEqual([]);
        expect(outcome).toEqual({ kind: 'stored', status: 0 });
        const path = at(`received${option}-${name}`);
        writeFileSync(path, received ?? '');
        expect(pixelDataOf(path).equals(pixelDataOf(at(original)))).toBe(true);
      });
    }
  }

  it('is sent as it is where the peer takes it', async () => {
    const { received } = await send(at('lossless.dcm'), ['+B', '+xa']);
    const { transferSyntaxUid } = await readInstance(bufferSource(new Uint8Array(received ?? [])));
    expect(transferSyntaxUid).toBe('1.2.840.10008.1.2.4.70');
  });

  it('fails in words when it is damaged, and the peer gets nothing', async () => {
    const broken = readFileSync(at('lossless.dcm'));
    // From the start of the JPEG stream on.
    broken.fill(0, broken.lastIndexOf(Buffer.of(0xff, 0xd8, 0xff)));
    writeFileSync(at('broken.dcm'), broken);
    const { outcome, received } = await send(at('broken.dcm'), ['+B', '+xi']);
    expect(outcome).toMatchObject({ kind: 'failed', code: 'invalid-dataset' });
    expect(received).toBeUndefined();
  });
});

/** A configuration by which storescp takes these transfer syntaxes and no others. */
function takesOnly(name: string, uids: readonly string[]): string[] {
  const classes = ['1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.5.1.4.1.1.3.1'];
  const text = [
    '[[TransferSyntaxes]]',
    '[Only]',
    ...uids.map((uid, i) => `TransferSyntax${i + 1} = ${uid}`),
    '[[PresentationContexts]]',
    '[Storage]',
    ...classes.map((uid, i) => `PresentationContext${i + 1} = ${uid}\\Only`),
    '[[Profiles]]',
    '[Default]',
    'PresentationContexts = Storage',
  ];
  writeFileSync(at(name), `${text.join('\n')}\n`);
  return ['+B', '-xf', at(name), 'Default'];
}

/** Pixel Data of a received file, decoded by DCMTK or GDCM, samples side by side. */
function judgedPixels(received: Buffer | undefined, uid: string): Uint8Array {
  const path = at('judged.dcm');
  writeFileSync(path, received ?? '');
  const { bytes, planar } = referencePixels(path, uid, scratch);
  expect(planar).toBe(false);
  return bytes;
}

describe('an instance whose transfer syntax the peer refuses, as all without compression', () => {
  writeFileSync(at('native-us.dcm'), ultrasoundClip({ frames: 4, rows: 31, columns: 34 }).bytes);
  for (const [uid, syntax] of [
    ['1.2.840.10008.1.2.4.70', 'JPEG Lossless'],
    ['1.2.840.10008.1.2.5', 'RLE Lossless'],
    ['1.2.840.10008.1.2.4.80', 'JPEG-LS Lossless'],
    ['1.2.840.10008.1.2.4.90', 'JPEG 2000 Lossless'],
  ] as const) {
    for (const [name, original] of [
      ['ct.dcm', 'ct.dcm'],
      ['native-us.dcm', 'native-us.dcm'],
      [uid.endsWith('.70') ? 'rle.dcm' : 'lossless.dcm', uid.endsWith('.70') ? 'us.dcm' : 'ct.dcm'],
    ] as const) {
      it(`is sent compressed without loss, ${name} in ${syntax}`, async () => {
        const { refused, outcome, received } = await send(at(name), takesOnly('only.cfg', [uid]));
        expect(refused).toEqual([]);
        expect(outcome).toEqual({ kind: 'stored', status: 0 });
        const instance = await readInstance(bufferSource(new Uint8Array(received ?? [])));
        expect(instance.transferSyntaxUid).toBe(uid);
        expect(judgedPixels(received, uid)).toEqual(new Uint8Array(pixelDataOf(at(original))));
      });
    }
  }

  it('is never sent compressed with loss', async () => {
    const lossy = ['1.2.840.10008.1.2.4.50', '1.2.840.10008.1.2.4.91', '1.2.840.10008.1.2.4.81'];
    const { refused, received } = await send(at('ct.dcm'), takesOnly('lossy.cfg', lossy));
    expect(refused).toHaveLength(1);
    expect(received).toBeUndefined();
  });

  it('goes in the next syntax where the first can’t hold it', async () => {
    // 32 bits: beyond JPEG, within RLE.
    const wide = at('wide.dcm');
    const values = Uint32Array.from({ length: 64 }, (_, i) => i * 0x1234567);
    const { bytes } = phantomFile('', {
      [Tag.SOPClassUID]: '1.2.840.10008.5.1.4.1.1.2',
      [Tag.SOPInstanceUID]: '2.25.4711',
      [Tag.SamplesPerPixel]: 1,
      [Tag.PhotometricInterpretation]: 'MONOCHROME2',
      [Tag.Rows]: 8,
      [Tag.Columns]: 8,
      [Tag.BitsAllocated]: 32,
      [Tag.BitsStored]: 32,
      [Tag.HighBit]: 31,
      [Tag.PixelRepresentation]: 0,
      [Tag.PixelData]: { vr: 'OW', value: new Uint8Array(values.buffer) },
    });
    writeFileSync(wide, bytes);
    const both = ['1.2.840.10008.1.2.4.70', '1.2.840.10008.1.2.5'];
    const { outcome, received } = await send(wide, takesOnly('both.cfg', both));
    expect(outcome).toEqual({ kind: 'stored', status: 0 });
    const pixels = judgedPixels(received, '1.2.840.10008.1.2.5');
    expect(new Uint32Array(pixels.slice().buffer)).toEqual(values);
  });
});
