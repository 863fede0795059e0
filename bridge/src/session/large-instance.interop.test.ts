import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBridge, type Bridge } from '../../../e2e/support/bridge.ts';
import { openPage, type PageSocket } from '../../../e2e/support/page-socket.ts';
import { runTool, startStorescp, type Peer } from '../../../e2e/support/peers.ts';
import { encodeFrameHeader, UPLOAD_MAGIC } from '../../../shared/protocol/upload.ts';
import { hashOf, hashOfEnd, writeLargeInstance } from '../dimse/testing/large-file.ts';
import { madeInstance } from '../dimse/testing/part10.ts';

const LONG = process.env['GANTRY_TEST_LONG'] !== undefined;
const MEGABYTES = LONG ? 4200 : 100;
/** DESIGN: what an instance may cost beyond what the bridge has when it idles. */
const MAX_MEMORY = 64_000_000;
const TIMEOUT_MS = LONG ? 900_000 : 60_000;
/** What a viewer asks for at a time. */
const RANGE_BYTES = 8_000_000;
const { sopClassUid, sopInstanceUid, transferSyntaxUid } = madeInstance(1, 2);
const STUDY = '2.25.1';

let folder = '';
let path = '';
let datasetLength = 0;
let wanted = '';
let bridge: Bridge;
let page: PageSocket;
let sink: Peer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-large-'));
  path = join(folder, 'large.dcm');
  datasetLength = await writeLargeInstance(path, MEGABYTES);
  wanted = await hashOfEnd(path, datasetLength);
  sink = await startStorescp(['+B']);
  const peer = { name: 'SINK', aeTitle: 'SINK', host: '127.0.0.1', port: sink.port };
  bridge = await startBridge({ peers: [peer] });
  page = await openPage(bridge);
}, TIMEOUT_MS);
afterAll(async () => {
  page.close();
  await bridge.stop();
  await sink.stop();
  await rm(folder, { recursive: true });
});

/** Resident memory of the bridge in bytes: now, and the most since `forgetMost`. */
async function memory(): Promise<{ now: number; most: number }> {
  const status = await readFile(`/proc/${bridge.pid}/status`, 'utf8');
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return { now: of('VmRSS') * 1024, most: of('VmHWM') * 1024 };
}

/** What some work costs beyond what the bridge had before. Other systems than Linux don't tell: 0 there. */
async function costOf(what: string, work: () => Promise<void>): Promise<number> {
  if (process.platform !== 'linux') {
    await work();
    return 0;
  }
  await writeFile(`/proc/${bridge.pid}/clear_refs`, '5');
  const before = await memory();
  await work();
  const { most } = await memory();
  if (LONG) {
    const [from, more] = [before.now, most - before.now].map((bytes) => Math.round(bytes / 1e6));
    console.log(`${what}: ${more} MB beyond ${from} MB`);
  }
  return most - before.now;
}

const scu = (tool: string, ...args: string[]) =>
  runTool(tool, ['-v', ...args], TIMEOUT_MS).then(({ code }) => expect(code).toBe(0));
const to = () => ['-aec', 'GANTRY', '127.0.0.1', String(bridge.dicomPort)];
const key = ['-S', '-k', 'QueryRetrieveLevel=STUDY', '-k', `StudyInstanceUID=${STUDY}`];

/** The data set of the one file in a folder, byte for byte. */
async function expectReceived(received: string): Promise<void> {
  const names = await readdir(received);
  expect(names).toHaveLength(1);
  const file = join(received, names[0] ?? '');
  expect(await hashOfEnd(file, datasetLength)).toBe(wanted);
  await rm(file);
}

describe(`An instance of ${MEGABYTES} MB costs the bridge less than 64 MB, and no byte,`, () => {
  it('when it is stored', { timeout: TIMEOUT_MS }, async () => {
    expect(await costOf('storescu', () => scu('storescu', ...to(), path))).toBeLessThan(MAX_MEMORY);
  });

  it('when it is retrieved by C-GET', { timeout: TIMEOUT_MS }, async () => {
    const cost = await costOf('getscu', () =>
      scu('getscu', '+B', '-od', sink.folder, ...to(), ...key),
    );
    await expectReceived(sink.folder);
    expect(cost).toBeLessThan(MAX_MEMORY);
  });

  it('when it is sent by C-MOVE', { timeout: TIMEOUT_MS }, async () => {
    const cost = await costOf('movescu', () => scu('movescu', '-aem', 'SINK', ...to(), ...key));
    await expectReceived(sink.folder);
    expect(cost).toBeLessThan(MAX_MEMORY);
  });

  it('when a page takes it, whole and range by range', { timeout: TIMEOUT_MS }, async () => {
    const url = `/api/instances/${sopInstanceUid}`;
    const cost = await costOf('GET', async () => {
      const { body, headers } = await page.get(url);
      const size = Number(headers.get('content-length'));
      expect(await hashOf(behind(body ?? [], size - datasetLength))).toBe(wanted);
      const ranges = async function* () {
        for (let start = size - datasetLength; start < size; start += RANGE_BYTES) {
          const Range = `bytes=${start}-${start + RANGE_BYTES - 1}`;
          yield new Uint8Array(await (await page.get(url, { Range })).arrayBuffer());
        }
      };
      expect(await hashOf(ranges())).toBe(wanted);
    });
    expect(cost).toBeLessThan(MAX_MEMORY);
  });

  it('when a page sends it', { timeout: TIMEOUT_MS }, async () => {
    const uids = { sopClassUid, sopInstanceUid, transferSyntaxUid };
    const frame = encodeFrameHeader({ ...uids, index: 0, length: datasetLength });
    const body = async function* () {
      yield UPLOAD_MAGIC;
      yield frame;
      const start = (await stat(path)).size - datasetLength;
      yield* createReadStream(path, { start, highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>;
    };
    const message = { type: 'store', peer: 'SINK', contexts: [{ sopClassUid, transferSyntaxUid }] };
    const cost = await costOf('POST', async () => {
      const told = await page.ask(message, (received, requestId) => {
        if (received.type !== 'storeReady') return;
        void page
          .post(received.path, ReadableStream.from(body()))
          .then(() => page.send({ type: 'finishStore', requestId }));
      });
      expect(told.at(-1)).toMatchObject({ result: { stored: 1, failed: 0 } });
    });
    await expectReceived(sink.folder);
    expect(cost).toBeLessThan(MAX_MEMORY);
  });
});

/** What comes behind the first bytes. */
async function* behind(stream: AsyncIterable<Uint8Array> | [], skipped: number) {
  let left = skipped;
  for await (const chunk of stream) {
    if (left < chunk.length) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
