import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startStorescp, freePort, type Peer } from '../../../e2e/support/peers.ts';
import { concatBytes, encodeDataset } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import {
  DeflatedExplicitVrLittleEndian,
  ExplicitVrBigEndian,
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
} from '../../../shared/dicom/uids.ts';
import type { StoreOutcome } from '../../../shared/protocol/messages.ts';
import {
  encodeFrameHeader,
  UPLOAD_MAGIC,
  UploadFramingError,
} from '../../../shared/protocol/upload.ts';
import { DimseError } from '../dimse/dimse-error.ts';
import type { StoragePair } from '../dimse/storage-scu.ts';
import { Converter } from '../conversion/converter.ts';
import { StoreTransfer } from './store-transfer.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const context = { sopClassUid: CT, transferSyntaxUid: ExplicitVrLittleEndian.uid };

let ending: (() => Promise<void>) | undefined;
afterEach(async () => {
  await ending?.();
  ending = undefined;
});

async function startPeer(options: readonly string[] = ['+B', '+xa']): Promise<Peer> {
  const peer = await startStorescp(options);
  ending = () => peer.stop();
  return peer;
}

const converter = new Converter();
afterAll(() => converter.close());

function transferTo(
  port: number,
  signal = new AbortController().signal,
  contexts: readonly StoragePair[] = [context],
  stopsOnFailure = false,
) {
  const outcomes = new Map<number, StoreOutcome>();
  const transfer = new StoreTransfer({
    peer: { host: '127.0.0.1', port, calledAeTitle: 'STORESCP', callingAeTitle: 'GANTRY' },
    contexts,
    stopsOnFailure,
    association: {
      timers: { associationReplyMs: 1000, dimseReplyMs: 1000, progressMs: 1000, connectMs: 1000 },
    },
    results: (results) => {
      for (const { index, outcome } of results) outcomes.set(index, outcome);
    },
    convert: (bytes, from, to) => converter.convert(bytes, from, to),
    signal,
  });
  return { transfer, outcomes };
}

const instanceUid = (index: number) => `2.25.${1000 + index}`;

const dataset = (index: number, pixels = 64, syntax = ExplicitVrLittleEndian) =>
  encodeDataset(
    {
      [Tag.SOPClassUID]: CT,
      [Tag.SOPInstanceUID]: instanceUid(index),
      [Tag.ReferencedImageSequence]: [{ [Tag.ReferencedSOPInstanceUID]: '1.2.3' }],
      [Tag.PixelData]: {
        vr: 'OW',
        value: Array.from({ length: pixels / 2 }, (_, at) => (at + index) % 65_521),
      },
    },
    syntax,
  );

function frame(
  index: number,
  bytes: Uint8Array,
  length = bytes.byteLength,
  pair: StoragePair = context,
) {
  const header = encodeFrameHeader({
    ...pair,
    index,
    sopInstanceUid: instanceUid(index),
    length,
  });
  return concatBytes([header, bytes]);
}

async function* body(...frames: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield UPLOAD_MAGIC;
  for (const bytes of frames) {
    for (let at = 0; at < bytes.byteLength; at += 70_000) {
      yield await Promise.resolve(bytes.subarray(at, at + 70_000));
    }
  }
}

describe('a transfer', () => {
  it('stores what batches bring side by side, each with its own result', async () => {
    const peer = await startPeer();
    const { transfer, outcomes } = transferTo(peer.port);
    expect(await transfer.open()).toEqual({ refused: [], recoded: [] });
    await Promise.all([
      transfer.receive(body(frame(0, dataset(0)), frame(1, dataset(1, 500_000)))),
      transfer.receive(body(frame(2, dataset(2)), frame(3, dataset(3)))),
    ]);
    await transfer.finish();
    expect([...outcomes.keys()].sort()).toEqual([0, 1, 2, 3]);
    expect([...outcomes.values()].every(({ kind }) => kind === 'stored')).toBe(true);
    const files = await readdir(peer.folder);
    expect(files).toHaveLength(4);
    const large = files.find((name) => name.endsWith(instanceUid(1)));
    const received = await readFile(join(peer.folder, large ?? ''));
    expect(received.includes(Buffer.from(dataset(1, 500_000)))).toBe(true);
  });

  it('streams an instance that is larger than a batch', async () => {
    const peer = await startPeer();
    const { transfer, outcomes } = transferTo(peer.port);
    await transfer.open();
    const large = dataset(0, 24 * 1024 * 1024);
    await transfer.receive(body(frame(0, large)));
    await transfer.finish();
    expect(outcomes.get(0)).toEqual({ kind: 'stored', status: 0 });
    const [name = ''] = await readdir(peer.folder);
    const received = await readFile(join(peer.folder, name));
    expect(received.subarray(-large.byteLength).equals(large)).toBe(true);
  });

  it('tells at once which pairs a peer does not take', async () => {
    const peer = await startPeer(['+xi']);
    // MPEG-4: what can't be decoded can't be sent in anything else.
    const compressed = { sopClassUid: CT, transferSyntaxUid: '1.2.840.10008.1.2.4.102' };
    const { transfer, outcomes } = transferTo(peer.port, undefined, [context, compressed]);
    expect(await transfer.open()).toEqual({ refused: [compressed], recoded: [] });
    await transfer.receive(body(frame(0, dataset(0), undefined, compressed)));
    expect(outcomes.get(0)).toMatchObject({ kind: 'failed', code: 'no-presentation-context' });
  });

  it('ends with the first instance that fails where that is set, and goes on elsewhere', async () => {
    const peer = await startPeer(['+xi']);
    const compressed = { sopClassUid: CT, transferSyntaxUid: '1.2.840.10008.1.2.4.102' };
    const frames = () => [
      frame(0, dataset(0)),
      frame(1, dataset(1), undefined, compressed),
      frame(2, dataset(2)),
    ];
    const stopping = transferTo(peer.port, undefined, [context, compressed], true);
    await stopping.transfer.open();
    await expect(stopping.transfer.receive(body(...frames()))).rejects.toThrow(
      'Stopped at an instance that failed',
    );
    expect([...stopping.outcomes].map(([, { kind }]) => kind)).toEqual(['stored', 'failed']);
    expect(stopping.transfer.sent).toEqual([{ sopClassUid: CT, sopInstanceUid: instanceUid(0) }]);
    const going = transferTo(peer.port, undefined, [context, compressed]);
    await going.transfer.open();
    await going.transfer.receive(body(...frames()));
    await going.transfer.finish();
    expect([...going.outcomes].map(([, { kind }]) => kind)).toEqual(['stored', 'failed', 'stored']);
  });

  it('says that nothing listens', async () => {
    const { transfer } = transferTo(await freePort());
    await expect(transfer.open()).rejects.toMatchObject({ code: 'connect-refused' });
  });

  it('opens the association again after an abort, and gives up on a peer that always aborts', async () => {
    const peer = await startPeer(['+B', '+xa', '--abort-during']);
    const { transfer, outcomes } = transferTo(peer.port);
    await transfer.open();
    const frames = Array.from({ length: 5 }, (_, index) => frame(index, dataset(index, 200_000)));
    const error: unknown = await transfer
      .receive(body(...frames))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DimseError);
    expect(transfer.stopped.aborted).toBe(true);
    // The first was tried twice; it alone is called a failure, the others can be sent again.
    expect([...outcomes.values()].filter(({ kind }) => kind === 'stored')).toEqual([]);
    expect(outcomes.size).toBeLessThanOrEqual(1);
  });

  it('stops, without blaming an instance, when the peer is gone', async () => {
    const peer = await startPeer();
    const { transfer, outcomes } = transferTo(peer.port);
    await transfer.open();
    await transfer.receive(body(frame(0, dataset(0))));
    await peer.stop();
    ending = undefined;
    await expect(transfer.receive(body(frame(1, dataset(1))))).rejects.toMatchObject({
      code: 'connect-refused',
    });
    expect(transfer.stopped.aborted).toBe(true);
    expect([...outcomes.keys()]).toEqual([0]);
  });

  it('stops when the peer stops answering, and leaves the instance to be sent again', async () => {
    const peer = await startPeer(['+B', '+xa', '--sleep-during', '60']);
    const { transfer, outcomes } = transferTo(peer.port);
    await transfer.open();
    await expect(transfer.receive(body(frame(0, dataset(0, 300_000))))).rejects.toMatchObject({
      code: 'association-timeout',
    });
    expect(transfer.stopped.aborted).toBe(true);
    expect(outcomes.size).toBe(0);
  });

  it('refuses an upload that breaks off, and stores nothing of the broken instance', async () => {
    const peer = await startPeer();
    const { transfer, outcomes } = transferTo(peer.port);
    await transfer.open();
    const broken = frame(1, dataset(1).subarray(0, -10), dataset(1).byteLength);
    await expect(transfer.receive(body(frame(0, dataset(0)), broken))).rejects.toThrow(
      UploadFramingError,
    );
    await transfer.finish();
    expect([...outcomes.keys()]).toEqual([0]);
    expect(await readdir(peer.folder)).toHaveLength(1);
  });

  it('ends when it is cancelled', async () => {
    const peer = await startPeer(['+B', '+xa', '--sleep-after', '30']);
    const abort = new AbortController();
    const { transfer } = transferTo(peer.port, abort.signal);
    await transfer.open();
    const receiving = transfer.receive(body(frame(0, dataset(0)), frame(1, dataset(1))));
    abort.abort();
    await expect(receiving).rejects.toThrow();
  });
});

/** A configuration of storescp that takes one transfer syntax. */
async function onlyTaking(name: string): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-storescp-'));
  const file = join(folder, 'only.cfg');
  await writeFile(
    file,
    [
      '[[TransferSyntaxes]]',
      '[Only]',
      `TransferSyntax1 = ${name}`,
      '[[PresentationContexts]]',
      '[Images]',
      `PresentationContext1 = ${CT}\\Only`,
      '[[Profiles]]',
      '[Default]',
      'PresentationContexts = Images',
    ].join('\n'),
  );
  return ['+B', '-xf', file, 'Default'];
}

describe('a peer that does not take an instance as it is stored', () => {
  const PEERS = [
    ['LittleEndianImplicit', ImplicitVrLittleEndian],
    ['LittleEndianExplicit', ExplicitVrLittleEndian],
    ['BigEndianExplicit', ExplicitVrBigEndian],
  ] as const;
  const STORED = [ExplicitVrLittleEndian, ImplicitVrLittleEndian, ExplicitVrBigEndian];

  for (const [name, taken] of PEERS) {
    it(`but in ${taken.name} gets it so, as a whole and as a stream`, async () => {
      const peer = await startPeer(await onlyTaking(name));
      const pairs = STORED.map(({ uid }) => ({ sopClassUid: CT, transferSyntaxUid: uid }));
      const deflated = {
        sopClassUid: CT,
        transferSyntaxUid: DeflatedExplicitVrLittleEndian.uid,
      };
      const { transfer, outcomes } = transferTo(peer.port, undefined, [...pairs, deflated]);
      expect(await transfer.open()).toEqual({ refused: [], recoded: [] });
      const large = 17 * 1024 * 1024;
      const frames = STORED.flatMap((syntax, at) => {
        const pair = pairs[at];
        return [
          frame(at, dataset(at, 64, syntax), undefined, pair),
          frame(10 + at, dataset(10 + at, large, syntax), undefined, pair),
        ];
      });
      const inflatable = new Uint8Array(deflateRawSync(dataset(20)));
      const even = concatBytes([inflatable, new Uint8Array(inflatable.byteLength % 2)]);
      await transfer.receive(body(...frames, frame(20, even, undefined, deflated)));
      await transfer.finish();
      const indexes = [0, 1, 2, 10, 11, 12, 20];
      expect([...outcomes.keys()].sort((a, b) => a - b)).toEqual(indexes);
      for (const index of indexes) {
        expect(outcomes.get(index), String(index)).toEqual({ kind: 'stored', status: 0 });
      }
      const files = await readdir(peer.folder);
      for (const index of indexes) {
        const file = files.find((entry) => entry.endsWith(`.${instanceUid(index)}`)) ?? '';
        const received = await readFile(join(peer.folder, file));
        const expected = dataset(index, index >= 10 && index < 20 ? large : 64, taken);
        const start = received.byteLength - expected.byteLength;
        expect(Buffer.compare(received.subarray(start), expected), String(index)).toBe(0);
        expect(received.subarray(0, start).includes(Buffer.from(taken.uid))).toBe(true);
      }
    });
  }

  it('gets nothing of what can not be taken apart, and the next instance nevertheless', async () => {
    const peer = await startPeer(['+B', '+xi']);
    const { transfer, outcomes } = transferTo(peer.port);
    await transfer.open();
    const cut = dataset(0).subarray(0, -2);
    await transfer.receive(body(frame(0, cut), frame(1, dataset(1))));
    await transfer.finish();
    expect(outcomes.get(0)).toMatchObject({ kind: 'failed', code: 'invalid-dataset' });
    expect(outcomes.get(1)).toEqual({ kind: 'stored', status: 0 });
    expect(await readdir(peer.folder)).toHaveLength(1);
  });
});
