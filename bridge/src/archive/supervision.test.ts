import { describe, expect, it } from 'vitest';
import { DEADLY_UID } from './testing/deadly-uid.ts';
import { halfReceived, isWell, startArchive, store } from './testing/made-instance.ts';

const worker = new URL('./testing/dying.worker.ts', import.meta.url);
/** More than is handed over whole: it is written while it comes in. */
const LONG_BYTES = 3_000_000;
/** A thread that starts reads its program first, which a busy machine takes its time for. */
const START = { timeout: 10_000 };

describe('the archive whose thread dies', () => {
  it('fails what is being stored, starts anew, and has lost nothing that it acknowledged', async () => {
    const { archive, folder } = await startArchive({ worker });
    for (const pixelBytes of [64, LONG_BYTES]) {
      const safe = `1.2.3.${pixelBytes}`;
      expect(await store(archive, { instance: safe })).toEqual({ kind: 'stored' });
      const deadly = store(archive, { instance: DEADLY_UID, pixelBytes });
      await expect(deadly).rejects.toMatchObject({ code: 'closed' });
      await expect.poll(() => archive.health, START).toBe('ok');
      expect(await archive.locate(safe)).toBeDefined();
      expect(await store(archive, { instance: `${safe}.1` })).toEqual({ kind: 'stored' });
      expect(await halfReceived(folder)).toEqual([]);
    }
    expect(await archive.check()).toEqual({ files: 4, rows: 4, ...isWell });
  });

  it('ends every store one way or the other, those that are under way included', async () => {
    const { archive } = await startArchive({ worker });
    const stores = Array.from({ length: 30 }, (_, i) =>
      store(archive, {
        instance: i === 10 ? DEADLY_UID : `1.2.3.${i}`,
        pixelBytes: i % 3 === 0 ? LONG_BYTES : 5000,
      }),
    );
    const ends = await Promise.allSettled(stores);
    await expect.poll(() => archive.health, START).toBe('ok');
    for (const [i, end] of ends.entries()) {
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'closed' });
      else expect(await archive.locate(`1.2.3.${i}`)).toBeDefined();
    }
    expect(ends[10]?.status).toBe('rejected');
    expect(await archive.check()).toMatchObject(isWell);
  });

  it('again and again gives up, says so, and still closes', async () => {
    const { archive } = await startArchive({ worker });
    for (let death = 1; death <= 6; death++) {
      const deadly = store(archive, { instance: DEADLY_UID });
      await expect(deadly).rejects.toMatchObject({ code: 'closed' });
      await expect.poll(() => archive.health, START).toBe(death < 6 ? 'ok' : 'failed');
    }
    await expect(store(archive, { instance: '1.2.3.1' })).rejects.toMatchObject({ code: 'closed' });
    await expect(archive.counts()).rejects.toMatchObject({ code: 'closed' });
    await archive.close();
  });
});
