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
import { Decompressor } from '../conversion/decompressor.ts';
import { ctSeries } from '../samples/phantom/ct-series.ts';
import { ultrasoundClip } from '../samples/phantom/ultrasound-clip.ts';
import { StoreTransfer } from './store-transfer.ts';

const scratch = mkdtempSync(join(tmpdir(), 'gantry-decompress-'));
const decompressor = new Decompressor();
afterAll(async () => {
  await decompressor.close();
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
      decompress: (dataset_, uid) => decompressor.decompress(dataset_, uid),
      results: (results) => outcomes.push(...results.map(({ outcome }) => outcome)),
      signal: new AbortController().signal,
    });
    const refused = await transfer.open();
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
    return { refused, outcome: outcomes[0], received };
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
