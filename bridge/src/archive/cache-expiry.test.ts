import { open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ArchiveEngine } from './archive-engine.ts';
import type { Origin } from './store.ts';
import { madeFile, madeInstance, temporaryFolder } from './testing/made-instance.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

let engine: ArchiveEngine | undefined;
afterEach(async () => {
  await engine?.close();
  engine = undefined;
});

/** An archive in this thread, with a clock that stands still until it is set: it starts with now. */
async function started(cacheDays: number) {
  const folder = await temporaryFolder();
  const options = {
    folder,
    duplicates: 'replace' as const,
    quotaBytes: undefined,
    cacheQuotaBytes: undefined,
    cacheDays,
  };
  const clock = { now: Date.now() };
  const changes: string[] = [];
  const opened = new ArchiveEngine(
    options,
    (study) => changes.push(study),
    () => clock.now,
  );
  engine = opened;
  await opened.recover();
  const add = async (study: string, origin: Origin, count = 1): Promise<void> => {
    for (let number = 1; number <= count; number++) {
      const made = madeInstance({ study, instance: `${study}.${number}` });
      const { sopClassUid, sopInstanceUid } = made;
      const bytes = madeFile(made);
      const path = join(folder, 'incoming', sopInstanceUid);
      await writeFile(path, bytes);
      const file = await open(path, 'r+');
      const receipt = await opened.commit({
        ...{ sopClassUid, sopInstanceUid, origin, path },
        ...{ descriptor: file.fd, size: bytes.length },
      });
      await file.close();
      expect(receipt.kind).toBe('stored');
    }
  };
  const studies = () =>
    opened
      .studies({ limit: 100, offset: 0, order: { by: 'receivedMs', descending: false } })
      .studies.map((row) => row.StudyInstanceUID);
  const look = (study: string) =>
    opened.instances({
      ...{ studyInstanceUid: study, seriesInstanceUid: `${study}.1` },
      ...{ limit: 1, offset: 0 },
    });
  const files = async () =>
    (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.dcm')).length;
  return { opened, clock, changes, add, studies, look, files };
}

describe('what is cached', () => {
  it('goes after the days of the setting; what is archived stays, and so does what was looked at', async () => {
    const { opened, clock, changes, add, studies, look, files } = await started(30);
    await add('1.1', 'cache');
    await add('1.2', 'archive');
    await add('1.3', 'cache');
    const { now } = clock;
    clock.now = now + 29 * DAY_MS;
    await opened.expireCache();
    expect(studies()).toEqual(['1.1', '1.2', '1.3']);
    look('1.3');
    clock.now = now + 31 * DAY_MS;
    changes.length = 0;
    await opened.expireCache();
    expect(studies()).toEqual(['1.2', '1.3']);
    expect(await files()).toBe(2);
    expect(changes).toEqual(['1.1']);
    clock.now = now + 61 * DAY_MS;
    await opened.expireCache();
    expect(studies()).toEqual(['1.2']);
  });

  it('stays for ever with 0 days', async () => {
    const { opened, clock, add, studies } = await started(0);
    await add('1.1', 'cache');
    clock.now += 10_000 * DAY_MS;
    await opened.expireCache();
    expect(studies()).toEqual(['1.1']);
  });

  it('goes in steps, between which an instance is stored', async () => {
    const { opened, clock, add, studies, files } = await started(1);
    await add('1.1', 'cache', 230);
    await add('1.2', 'archive');
    clock.now += 2 * DAY_MS;
    const order: string[] = [];
    const expiring = opened.expireCache().then(() => order.push('expired'));
    const storing = add('1.3', 'archive').then(() => order.push('stored'));
    await Promise.all([expiring, storing]);
    expect(order).toEqual(['stored', 'expired']);
    expect(studies()).toEqual(['1.2', '1.3']);
    expect(await files()).toBe(2);
  });
});
