import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { runTool } from '../../../e2e/support/peers.ts';
import { StorageScu } from '../dimse/storage-scu.ts';
import type { Instance } from '../dimse/testing/part10.ts';
import { readPart10, testInstances } from '../dimse/testing/part10.ts';
import type { Archive } from './store.ts';
import { halfReceived, CT, isWell, madeFile, madeInstance } from './testing/made-instance.ts';
import { closeListener, startStorage, storescu, written } from './testing/storage-listener.ts';

/** Real files that can't be kept as they are, by why. */
const OF_NO_STUDY = /DICOMDIR|palettes/;
const WITHOUT_UIDS_OR_WITH_OTHERS =
  /UN_sequence|csa_slice_norm|chrSQEncoding|priv_SQ|multiframe\.dcm|CR-ModalitySequenceLUT|sm_image_dots|issue49-latin1|JPEGLSNearLossless_08|rtdose_expb|rtplan\.dcm/;

async function storedDataset(archive: Archive, uid: string): Promise<Buffer | undefined> {
  const found = await archive.locate(uid);
  return found && (await readFile(found.path)).subarray(found.datasetOffset);
}

/** Instances that share a presentation context. */
function byContext(instances: readonly Instance[]): Instance[][] {
  const context = (i: Instance) => `${i.sopClassUid} ${i.transferSyntaxUid}`;
  return [...Map.groupBy(instances, context).values()];
}

describe('the archive behind the Storage SCP', () => {
  it('keeps real files byte for byte, in the transfer syntax in which they came', async () => {
    const { archive, port, failures } = await startStorage({ acceptUnknownClasses: true });
    const peer = { host: '127.0.0.1', port, calledAeTitle: 'GANTRY', callingAeTitle: 'SENDER' };
    let stored = 0;
    for (const group of byContext(testInstances())) {
      const scu = new StorageScu(peer, group.slice(0, 1));
      for (const instance of group) {
        const { name, sopInstanceUid, transferSyntaxUid, dataset } = instance;
        const outcome = await scu.store({ ...instance, length: dataset.length });
        if (OF_NO_STUDY.test(name)) expect(outcome.kind).toBe('no-context');
        else if (WITHOUT_UIDS_OR_WITH_OTHERS.test(name)) {
          expect(outcome, name).toMatchObject({ kind: 'refused', status: 0xa900 });
        } else {
          expect(outcome, name).toMatchObject({ status: 0 });
          const kept = await storedDataset(archive, sopInstanceUid);
          expect(kept && Buffer.compare(kept, dataset), name).toBe(0);
          expect(await archive.locate(sopInstanceUid)).toMatchObject({ transferSyntaxUid });
          stored++;
        }
      }
      await scu.release();
    }
    expect(failures).toEqual([]);
    expect(await archive.check()).toEqual({ files: stored, rows: stored, ...isWell });
  });

  it('answers storescu once the file is there, and says who sent it', async () => {
    const { archive, port } = await startStorage();
    const made = madeInstance({ instance: '1.2.3.4', pixelBytes: 600_000 });
    const { code, output } = await storescu(port, [], await written([madeFile(made)]));
    expect(output).toContain('Received Store Response (Success)');
    expect(code).toBe(0);
    const kept = await storedDataset(archive, '1.2.3.4');
    expect(kept && Buffer.compare(kept, made.dataset)).toBe(0);
    const file = await readFile((await archive.locate('1.2.3.4'))!.path);
    expect(readPart10('', file)).toMatchObject({ sopClassUid: CT, sopInstanceUid: '1.2.3.4' });
    expect(await archive.study('1.2.3')).toMatchObject({ sourceAeTitle: 'MODALITY' });
  });

  it('keeps instances whose UIDs are none by the standard, as older devices write them', async () => {
    const { archive, port } = await startStorage();
    const peer = { host: '127.0.0.1', port, calledAeTitle: 'GANTRY', callingAeTitle: 'SENDER' };
    for (const uid of ['1.2.03.4', '1.2.840.x.7', `1.2.${'3'.repeat(59)}.4`]) {
      const made = madeInstance({ instance: uid });
      const scu = new StorageScu(peer, [made]);
      const outcome = await scu.store({ ...made, length: made.dataset.length });
      expect(outcome, uid).toMatchObject({ status: 0 });
      await scu.release();
      const file = await readFile((await archive.locate(uid))!.path);
      expect(readPart10('', file)).toMatchObject({ sopInstanceUid: uid });
    }
    expect(await archive.check()).toEqual({ files: 3, rows: 3, ...isWell });
  });

  it('leaves nothing behind of an instance whose association is aborted in the middle', async () => {
    const { archive, folder, port } = await startStorage();
    const made = madeInstance({ instance: '1.2.3.4', pixelBytes: 3_000_000 });
    const files = await written([madeFile(made), madeFile(madeInstance({ instance: '1.2.3.5' }))]);
    const { output } = await storescu(port, ['--abort'], files);
    expect(output).toContain('Received Store Response (Success)');
    const peer = { host: '127.0.0.1', port, calledAeTitle: 'GANTRY', callingAeTitle: 'SENDER' };
    const scu = new StorageScu(peer, [made]);
    const abort = new AbortController();
    async function* half(): AsyncGenerator<Uint8Array, void, undefined> {
      yield made.dataset.subarray(0, 2_000_000);
      await expect.poll(() => halfReceived(folder)).toHaveLength(1);
      abort.abort();
      await new Promise(() => undefined);
    }
    const other = { ...made, sopInstanceUid: '1.2.3.6', dataset: half() };
    const sending = scu.store({ ...other, length: made.dataset.length }, abort.signal);
    await expect(sending).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => halfReceived(folder)).toEqual([]);
    expect(await archive.check()).toEqual({ files: 2, rows: 2, ...isWell });
    expect(await archive.locate('1.2.3.6')).toBeUndefined();
  });

  it('takes many associations at once', async () => {
    const { archive, port } = await startStorage();
    const senders = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((study) =>
        written(
          Array.from({ length: 15 }, (_, i) =>
            madeFile(madeInstance({ study: `1.${study}`, instance: `1.${study}.${i + 1}` })),
          ),
        ),
      ),
    );
    const runs = await Promise.all(senders.map((folder) => storescu(port, [], folder)));
    expect(runs.map(({ code }) => code)).toEqual(senders.map(() => 0));
    expect(await archive.check()).toEqual({ files: 90, rows: 90, ...isWell });
    expect(await archive.counts()).toMatchObject({ studies: 6, series: 6, instances: 90 });
  });

  it('takes a deflated data set from dcmsend as it is, and indexes what is in it', async () => {
    const { archive, port } = await startStorage();
    const made = madeInstance({ instance: '1.2.3.4', pixelBytes: 5000 });
    const folder = await written([madeFile(made)]);
    const [plain, deflated] = [join(folder, '0.dcm'), join(folder, 'deflated.dcm')];
    expect((await runTool('dcmconv', ['+td', plain, deflated])).code).toBe(0);
    const title = ['-aec', 'GANTRY', '--decompress-never'];
    const { code } = await runTool('dcmsend', [...title, '127.0.0.1', String(port), deflated]);
    expect(code).toBe(0);
    const source = readPart10('', await readFile(deflated));
    const kept = await storedDataset(archive, '1.2.3.4');
    expect(kept && Buffer.compare(kept, source!.dataset)).toBe(0);
    const transferSyntaxUid = '1.2.840.10008.1.2.1.99';
    expect(await archive.locate('1.2.3.4')).toMatchObject({ transferSyntaxUid });
    expect(await archive.study('1.2.3')).toMatchObject({ ModalitiesInStudy: 'CT' });
  });

  it('takes private classes of Philips, and unknown ones by setting', async () => {
    const ofClass = (sopClassUid: string, instance: string) => {
      const made = madeInstance({ instance, fields: { [Tag.SOPClassUID]: sopClassUid } });
      return { ...made, sopClassUid };
    };
    const known = ofClass('1.3.46.670589.5.0.1.1', '1.2.3.1');
    const unknown = ofClass('1.3.6.1.4.1.9999.1', '1.2.3.2');
    for (const acceptUnknownClasses of [false, true]) {
      const { archive, port } = await startStorage({ acceptUnknownClasses });
      const peer = { host: '127.0.0.1', port, calledAeTitle: 'GANTRY', callingAeTitle: 'SENDER' };
      const scu = new StorageScu(peer, [known, unknown]);
      const [first, second] = await Promise.all(
        [known, unknown].map((made) => scu.store({ ...made, length: made.dataset.length })),
      );
      await scu.release();
      expect(first).toMatchObject({ kind: 'stored' });
      expect(second).toMatchObject({ kind: acceptUnknownClasses ? 'stored' : 'no-context' });
      expect((await archive.counts()).instances).toBe(acceptUnknownClasses ? 2 : 1);
      await closeListener();
    }
  });
});
