import { describe, expect, it } from 'vitest';
import { MAX_RETRIEVES_ASKED } from '../../../shared/protocol/limits.ts';
import type { ArchiveClient, RetrieveResult } from './archive-client.ts';
import { Retrieves } from './retrieves.ts';

type Ask = Parameters<ArchiveClient['retrieve']>;

const DONE: RetrieveResult = {
  of: 'retrieve',
  completed: 1,
  failed: 0,
  warning: 0,
  arrived: 1,
  failedSopInstanceUids: [],
};

/** A bridge that holds every retrieve until it is told otherwise. */
function heldBridge() {
  const asked: { told: Ask[2]; end: (result: RetrieveResult) => void }[] = [];
  // A cast: of the client only this is asked.
  const client = {
    retrieve: (_peer: string, _target: Ask[1], told: Ask[2], signal: AbortSignal) =>
      new Promise<RetrieveResult>((end, reject) => {
        asked.push({ told, end });
        signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
      }),
  } as unknown as ArchiveClient;
  const retrieves = new Retrieves(client, () => undefined);
  const begin = (uid: string) => retrieves.start('PACS', { studyInstanceUid: uid }, '');
  const states = () => retrieves.views.map(({ state }) => state);
  return { asked, retrieves, begin, states };
}

describe('A retrieve of the page', () => {
  it('says that it waits while the bridge holds it back, and that it runs after', async () => {
    const { asked, begin, states } = heldBridge();
    const ended = begin('1');
    await expect.poll(() => asked.length).toBe(1);
    asked[0]?.told.onWaiting();
    expect(states()).toEqual(['waiting']);
    asked[0]?.told.onProgress({ completed: 0, failed: 0, warning: 0, arrived: 0 });
    expect(states()).toEqual(['running']);
    asked[0]?.end(DONE);
    expect(await ended).toBe(true);
    expect(states()).toEqual(['done']);
  });

  it('waits in the page when the bridge has enough of them, and can be cancelled there', async () => {
    const { asked, retrieves, begin, states } = heldBridge();
    const all = Array.from({ length: MAX_RETRIEVES_ASKED + 2 }, (_, at) => begin(String(at)));
    await expect.poll(() => asked.length).toBe(MAX_RETRIEVES_ASKED);
    expect(states().filter((state) => state === 'waiting')).toHaveLength(2);
    const last = retrieves.views.find(
      ({ target }) => target.studyInstanceUid === String(MAX_RETRIEVES_ASKED + 1),
    );
    retrieves.cancel(last?.id ?? '');
    expect(await all.at(-1)).toBe(false);
    asked[0]?.end(DONE);
    await expect.poll(() => asked.length).toBe(MAX_RETRIEVES_ASKED + 1);
    expect(states().filter((state) => state === 'waiting')).toEqual([]);
  });

  it('says that it is being cancelled until the peer has ended it', async () => {
    const asked: { told: Ask[2]; fail: (reason: Error) => void }[] = [];
    // A cast: of the client only this is asked. It ends when the test says so, as a slow peer does.
    const client = {
      retrieve: (_peer: string, _target: Ask[1], told: Ask[2]) =>
        new Promise<RetrieveResult>((_, fail) => asked.push({ told, fail })),
    } as unknown as ArchiveClient;
    const retrieves = new Retrieves(client, () => undefined);
    const ended = retrieves.start('PACS', { studyInstanceUid: '1' }, '');
    await expect.poll(() => asked.length).toBe(1);
    retrieves.cancel(retrieves.views[0]?.id ?? '');
    asked[0]?.told.onProgress({ completed: 2, failed: 0, warning: 0, arrived: 2 });
    expect(retrieves.views).toMatchObject([{ state: 'cancelling', arrived: 2 }]);
    asked[0]?.fail(new Error('Cancelled.'));
    expect(await ended).toBe(false);
    expect(retrieves.views).toMatchObject([{ state: 'cancelled' }]);
  });

  it('names the instances that the peer could not send', async () => {
    const { asked, retrieves, begin } = heldBridge();
    const ended = begin('1');
    await expect.poll(() => asked.length).toBe(1);
    const failed = { failed: 1, failedSopInstanceUids: ['1.9'], warningText: 'One failed.' };
    asked[0]?.end({ ...DONE, ...failed });
    expect(await ended).toBe(false);
    expect(retrieves.views).toMatchObject([
      { state: 'failed', failedSopInstanceUids: ['1.9'], problem: 'One failed.' },
    ]);
  });
});
