import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Peer } from '../../../e2e/support/peers.ts';
import { freePort, startStorescp } from '../../../e2e/support/peers.ts';
import type { AssociationOptions } from './association-settings.ts';
import type { DimseError } from './dimse-error.ts';
import type { StoragePair } from './storage-scu.ts';
import { StorageScu } from './storage-scu.ts';
import type { Instance } from './testing/part10.ts';
import { madeInstance, readPart10, testInstances } from './testing/part10.ts';

const instances = testInstances();
const CT = madeInstance(1, 400_000);

let peer: Peer | undefined;
afterEach(async () => {
  await peer?.stop();
  peer = undefined;
});

async function storescp(...options: string[]): Promise<Peer> {
  return (peer = await startStorescp(options));
}

function scuTo(
  { host, port }: { host: string; port: number },
  pairs: readonly StoragePair[],
  options: AssociationOptions = {},
): StorageScu {
  const address = { host, port, calledAeTitle: 'STORESCP', callingAeTitle: 'GANTRY' };
  return new StorageScu(address, pairs, options);
}

function requestOf(instance: Instance) {
  const { sopClassUid, sopInstanceUid, transferSyntaxUid, dataset } = instance;
  return { sopClassUid, sopInstanceUid, transferSyntaxUid, dataset, length: dataset.length };
}

function received(from: Peer): Map<string, Instance> {
  const files = readdirSync(from.folder).map((name) =>
    readPart10(name, readFileSync(join(from.folder, name))),
  );
  return new Map(files.flatMap((file) => (file ? [[file.sopInstanceUid, file]] : [])));
}

/** The failure of a promise that must fail. */
async function failure(promise: Promise<unknown>): Promise<DimseError> {
  return promise.then(
    () => expect.fail('did not fail'),
    (error: unknown) => error as DimseError,
  );
}

describe('Storage SCU with storescp', () => {
  it.each([[], ['-pdu', '4096'], ['-pdu', '131072']])(
    'stores real files byte for byte (storescp %s %s)',
    async (...options) => {
      const scp = await storescp('+B', '+xa', '-pm', ...options);
      const scu = scuTo(scp, instances);
      const kinds = new Map<string, number>();
      const stored: Instance[] = [];
      for (const instance of instances) {
        const result = await scu.store(requestOf(instance));
        kinds.set(result.kind, (kinds.get(result.kind) ?? 0) + 1);
        if (result.kind === 'stored') stored.push(instance);
      }
      await scu.release();
      const files = received(scp);
      for (const instance of stored) {
        const file = files.get(instance.sopInstanceUid);
        expect(file?.transferSyntaxUid, instance.name).toBe(instance.transferSyntaxUid);
        expect(
          Buffer.compare(file?.dataset ?? Buffer.alloc(0), instance.dataset),
          instance.name,
        ).toBe(0);
      }
      expect(kinds.get('refused') ?? 0).toBe(0);
      expect(stored.length).toBeGreaterThan(instances.length * 0.9);
    },
    60_000,
  );

  it('stores from a stream in pieces of odd length', async () => {
    const scp = await storescp('+B');
    const scu = scuTo(scp, [CT]);
    const pieces = async function* () {
      for (let at = 0; at < CT.dataset.length; at += 777) {
        await Promise.resolve();
        yield CT.dataset.subarray(at, at + 777);
      }
    };
    expect(await scu.store({ ...requestOf(CT), dataset: pieces() })).toEqual({
      kind: 'stored',
      status: 0,
    });
    await scu.release();
    const file = received(scp).get(CT.sopInstanceUid);
    expect(Buffer.compare(file?.dataset ?? Buffer.alloc(0), CT.dataset)).toBe(0);
  });

  it('spreads more than 128 pairs over associations, of a peer that takes one at a time', async () => {
    const scp = await storescp('+B', '-pm');
    const syntaxes = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1'];
    const pairs = Array.from({ length: 100 }, (_, index) =>
      syntaxes.map((transferSyntaxUid) => ({ sopClassUid: `1.2.3.${index}`, transferSyntaxUid })),
    ).flat();
    const scu = scuTo(scp, pairs);
    for (const pair of [pairs[0], pairs[127], pairs[128], pairs[199], pairs[1]]) {
      expect(await scu.store({ ...requestOf(CT), ...pair })).toMatchObject({ kind: 'stored' });
    }
    await scu.release();
  });

  it('learns for each pair whether the peer takes it', async () => {
    const scp = await storescp('+xi');
    const ile = { ...CT, transferSyntaxUid: '1.2.840.10008.1.2' };
    const unknown = { ...CT, sopClassUid: '1.2.999' };
    const scu = scuTo(scp, [CT, ile, unknown]);
    const reason = 'the peer supports this SOP class, but not in this transfer syntax';
    expect(await scu.store(requestOf(CT))).toEqual({ kind: 'no-context', reason });
    expect(await scu.store(requestOf(unknown))).toEqual({
      kind: 'no-context',
      reason: 'the peer does not support this SOP class',
    });
    const notAsked = { ...CT, transferSyntaxUid: '1.2.840.10008.1.2.4.70' };
    expect(await scu.store(requestOf(notAsked))).toMatchObject({ kind: 'no-context' });
    await scu.release();
  });

  const faults: [string[], AssociationOptions, string][] = [
    [['--refuse'], {}, 'association-rejected'],
    [['--abort-after'], {}, 'association-aborted'],
    [['--sleep-during', '5'], { timers: { progressMs: 300, dimseReplyMs: 5000 } }, 'stalled'],
  ];
  it.each(faults)('ends with its own error at storescp %s', async (options, own, code) => {
    const scp = await storescp(...options);
    const scu = scuTo(scp, [CT], own);
    const large = madeInstance(2, 30_000_000);
    const started = performance.now();
    expect(await failure(scu.store(requestOf(large)))).toMatchObject({ name: 'DimseError', code });
    expect(performance.now() - started).toBeLessThan(2_000);
    // The association is lost: nothing hangs, nothing is stored by mistake.
    expect(await failure(scu.store(requestOf(CT)))).toMatchObject({ code });
    await scu.release();
  });

  it('ends when storescp aborts in the middle of a data set', async () => {
    const scp = await storescp('--abort-during');
    const large = madeInstance(2, 30_000_000);
    const error = await failure(scuTo(scp, [CT]).store(requestOf(large)));
    // storescp closes with data unread, so that TCP's reset may overtake its A-ABORT.
    expect(['association-aborted', 'connection-lost']).toContain(error.code);
  });

  it('ends by the timer for replies when storescp sleeps between two stores', async () => {
    const scp = await storescp('--sleep-after', '5');
    const scu = scuTo(scp, [CT], { timers: { dimseReplyMs: 300 } });
    expect(await scu.store(requestOf(CT))).toMatchObject({ kind: 'stored' });
    const small = madeInstance(5, 1000);
    expect(await failure(scu.store(requestOf(small)))).toMatchObject({ code: 'reply-timeout' });
  });

  it('says what a rejection means, in the words of the standard', async () => {
    const scp = await storescp('--refuse');
    const error = await failure(scuTo(scp, [CT]).connect());
    expect(error.rejection).toEqual({ result: 1, source: 1, reason: 1 });
    expect(error.message).toBe(
      'The peer rejected the association: no reason given (rejected permanent, DICOM UL service user, reason 1).',
    );
  });

  it('tells a peer that is down from a host that is unknown', async () => {
    const down = scuTo({ host: '127.0.0.1', port: await freePort() }, [CT]);
    expect(await failure(down.store(requestOf(CT)))).toMatchObject({ code: 'connect-refused' });
    const unknown = scuTo({ host: 'no-such-host.invalid', port: 104 }, [CT]);
    expect(await failure(unknown.store(requestOf(CT)))).toMatchObject({ code: 'host-unknown' });
  });

  it.each([
    ['fails', 'source-failed'],
    ['ends early', 'source-failed'],
    ['goes on', 'source-failed'],
    ['stalls', 'source-stalled'],
  ])('aborts when the data set %s in the middle, and nothing is stored', async (how, code) => {
    const scp = await storescp('-v', '+B');
    const scu = scuTo(scp, [CT], { timers: { progressMs: 300 } });
    const source = async function* () {
      yield CT.dataset.subarray(0, 200_000);
      if (how === 'ends early') return;
      if (how === 'fails') throw new Error('the disk is gone');
      if (how === 'stalls') await new Promise(() => undefined);
      yield CT.dataset.subarray(200_000);
      yield new Uint8Array(2);
    };
    const error = await failure(scu.store({ ...requestOf(CT), dataset: source() }));
    expect(error.code).toBe(code);
    expect(await failure(scu.store(requestOf(CT)))).toMatchObject({ code });
    await scu.release();
    await expect.poll(() => scp.output()).toMatch(/Association Aborted|Peer aborted/i);
    expect(received(scp).size).toBe(0);
  });

  it('lets the association live when the data set fails before anything was sent', async () => {
    const scp = await storescp('+B');
    const scu = scuTo(scp, [CT]);
    // eslint-disable-next-line require-yield
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      await Promise.resolve();
      throw new Error('no such file');
    };
    expect(await failure(scu.store({ ...requestOf(CT), dataset: broken() }))).toMatchObject({
      code: 'source-failed',
    });
    const odd = { ...requestOf(CT), length: 3 };
    expect(await failure(scu.store(odd))).toMatchObject({ code: 'invalid-dataset' });
    expect(await scu.store(requestOf(CT))).toEqual({ kind: 'stored', status: 0 });
    await scu.release();
  });

  it('can be cancelled in the middle of a data set', async () => {
    const scp = await storescp('-v', '+B');
    const scu = scuTo(scp, [CT]);
    const controller = new AbortController();
    const source = async function* () {
      yield CT.dataset.subarray(0, 300_000);
      controller.abort();
      await new Promise(() => undefined);
    };
    const request = { ...requestOf(CT), dataset: source() };
    expect(await failure(scu.store(request, controller.signal))).toMatchObject({
      code: 'cancelled',
    });
    await scu.release();
    await expect.poll(() => scp.output()).toMatch(/Association Aborted|Peer aborted/i);
    expect(received(scp).size).toBe(0);
  });
});
