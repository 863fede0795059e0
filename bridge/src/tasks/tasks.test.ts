import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forwardRuleSchema } from '../../../shared/protocol/settings.ts';
import { CommitmentRequests } from './commitment-requests.ts';
import { ForwardQueue } from './forward-queue.ts';
import { openTaskDatabase } from './task-database.ts';
import { retryDelayMs, TaskRunner } from './task-runner.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'gantry-tasks-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const rule = forwardRuleSchema.parse({ name: 'R', peer: 'P', what: 'instances' });
const never = () => false;

describe('the database of tasks', () => {
  it('is begun anew when it is damaged, and the damaged one is put aside', async () => {
    await writeFile(join(folder, 'tasks.sqlite'), 'no database '.repeat(1000));
    let aside = '';
    const database = openTaskDatabase(folder, (path) => (aside = path));
    new ForwardQueue(database).add([{ rule, sopInstanceUid: '1.2.3' }], 0);
    database.close();
    expect(await readdir(folder)).toContain(aside.slice(folder.length + 1));
    const again = openTaskDatabase(folder);
    expect(new ForwardQueue(again).counts()).toEqual({ queued: 1, failed: 0 });
    again.close();
  });

  it('keeps what came anew while the former one was sent', () => {
    const database = openTaskDatabase(folder);
    const queue = new ForwardQueue(database);
    const entry = { rule, sopInstanceUid: '1.2.3' };
    queue.add([entry], 0);
    queue.place(queue.fresh(10).map((forward) => ({ forward, studyInstanceUid: '1.2' })));
    const sending = queue.due(1, never, 10);
    queue.add([entry], 5);
    queue.remove(sending, true);
    expect(queue.counts()).toEqual({ queued: 1, failed: 0 });
    expect(queue.fresh(10)).toMatchObject([{ sopInstanceUid: '1.2.3', attempts: 0 }]);
    database.close();
  });
});

describe('reports that did not reach their peer', () => {
  it('are tried at once when the settings have changed, which counts for none of the tries', () => {
    const database = openTaskDatabase(folder);
    const requests = new CommitmentRequests(database);
    const titles = { callingAeTitle: 'A', calledAeTitle: 'GANTRY' };
    const id = requests.add(titles, { transactionUid: '1.2', references: [] }, 0);
    requests.retryAt(id, 3000);
    expect(requests.due(1000, never)).toBeUndefined();
    requests.retryAllAt(1000);
    expect(requests.due(1000, never)).toMatchObject({ id, attempts: 0 });
    requests.retryAt(id, 4000);
    // One that is due anyway has all its tries behind it counted.
    requests.retryAllAt(5000);
    expect(requests.due(5000, never)).toMatchObject({ id, attempts: 1 });
    database.close();
  });
});

describe('tasks', () => {
  it('wait 2, 4, 8 … seconds for the next try, an hour at most', () => {
    expect([1, 2, 3, 15, 40].map((attempt) => retryDelayMs(attempt))).toEqual([
      ...[2000, 4000, 8000],
      ...[3_600_000, 3_600_000],
    ]);
  });

  it('run side by side, those of one key one after another', async () => {
    const waiting = ['a1', 'a2', 'b1'];
    const running = new Set<string>();
    const log: string[] = [];
    const { promise: ended, resolve } = Promise.withResolvers<undefined>();
    const next = (busy: ReadonlySet<string>) =>
      waiting.findIndex((name) => !busy.has(name.charAt(0)));
    const runner = new TaskRunner(
      {
        take: (busy) => {
          const at = next(busy);
          const [name] = at < 0 ? [] : waiting.splice(at, 1);
          if (name === undefined) return undefined;
          const run = async (): Promise<void> => {
            running.add(name);
            log.push([...running].join('+'));
            await new Promise(setImmediate);
            running.delete(name);
            if (name === 'a2') resolve(undefined);
          };
          return { key: name.charAt(0), run };
        },
        nextDueMs: (busy) => (next(busy) < 0 ? undefined : 0),
      },
      () => undefined,
    );
    runner.wake();
    await ended;
    await runner.stop();
    expect(log.slice(0, 2)).toEqual(['a1', 'a1+b1']);
    expect(log).toHaveLength(3);
    expect(log[2]).not.toContain('a1');
  });
});
