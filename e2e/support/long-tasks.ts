import type { Browser, Page } from '@playwright/test';

/** What ran on a page's thread without a break, in milliseconds. */
export interface Task {
  /** From its begin to its end: on a machine that does other things, too, mostly waiting. */
  readonly wallMs: number;
  /** The processor's time of the thread itself. */
  readonly threadMs: number;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

const LONG_MS = 50;

/** The tasks of pages' threads that last longer than 50 ms while something is done; the longest first. */
export async function longTasks(
  browser: Browser,
  page: Page,
  work: () => Promise<void>,
): Promise<Task[]> {
  await browser.startTracing(page, { categories: ['toplevel'], screenshots: false });
  await work();
  const trace = await browser.stopTracing();
  // A cast: Chromium's own form of a trace.
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const pages = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(threadOf),
  );
  return traceEvents
    .filter((event) => event.name.endsWith('RunTask') && pages.has(threadOf(event)))
    .map(({ dur = 0, tdur = 0 }) => ({ wallMs: dur / 1000, threadMs: tdur / 1000 }))
    .filter(({ wallMs }) => wallMs > LONG_MS)
    .sort((a, b) => b.threadMs - a.threadMs);
}

/** Of these, what the page itself is to blame for. */
export const ownLongTasks = (tasks: readonly Task[]): Task[] =>
  tasks.filter(({ threadMs }) => threadMs > LONG_MS);
