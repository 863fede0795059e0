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
});
