import { expect, it } from 'vitest';
import { Credits } from './credits.ts';

it('a row waits for its credit', async () => {
  const credits = new Credits();
  const { signal } = new AbortController();
  credits.add(2);
  await credits.take(signal);
  await credits.take(signal);
  let isTaken = false;
  const third = credits.take(signal).then(() => (isTaken = true));
  await Promise.resolve();
  expect(isTaken).toBe(false);
  credits.add(1);
  await third;
  expect(isTaken).toBe(true);
});

it('a row that waits ends with its query', async () => {
  const credits = new Credits();
  const abort = new AbortController();
  const waiting = credits.take(abort.signal);
  abort.abort();
  await expect(waiting).rejects.toThrow('cancelled');
});
