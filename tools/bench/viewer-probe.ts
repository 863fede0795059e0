import type { Page } from '@playwright/test';

/** What happened in a page, in milliseconds of its clock and in animation frames since it was opened. */
interface Happening {
  readonly at: number;
  readonly frame: number;
}

interface Probe {
  readonly wheels: Happening[];
  /** Pictures that were drawn, by their place in the stack. */
  readonly shown: (Happening & { readonly index: number })[];
  /** Tasks that kept the page's thread for more than 50 ms. */
  readonly longTasks: { readonly at: number; readonly ms: number; readonly by: string }[];
}

declare global {
  interface Window {
    probe: Probe;
  }
}

/** Watches any page of Cornerstone's, ours and others: its events reach the document before they reach anyone else. */
export async function watchPage(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const probe: Probe = { wheels: [], shown: [], longTasks: [] };
    window.probe = probe;
    let frame = 0;
    const count = () => {
      frame += 1;
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
    const wheel = ({ timeStamp }: Event) => probe.wheels.push({ at: timeStamp, frame });
    document.addEventListener('wheel', wheel, { capture: true, passive: true });
    const waiting = new Map<EventTarget | null, number>();
    const chosen = (event: Event) => {
      const { imageIdIndex } = (event as CustomEvent<{ imageIdIndex: number }>).detail; // Cornerstone's type
      waiting.set(event.target, imageIdIndex);
    };
    document.addEventListener('CORNERSTONE_STACK_NEW_IMAGE', chosen, true);
    const rendered = ({ target }: Event) => {
      const index = waiting.get(target);
      waiting.delete(target);
      if (index !== undefined) probe.shown.push({ index, at: performance.now(), frame });
    };
    document.addEventListener('CORNERSTONE_IMAGE_RENDERED', rendered, true);
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) {
        probe.longTasks.push({ at: startTime, ms: duration, by: '' });
      }
    }).observe({ type: 'longtask' });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        // Types of DOM lack it. Names whose script it was.
        const { scripts } = entry as PerformanceEntry & {
          scripts: { duration: number; invoker: string; sourceFunctionName: string }[];
        };
        const [longest] = scripts.toSorted((a, b) => b.duration - a.duration);
        if (!longest || longest.duration < 50) continue;
        const by = `${longest.invoker} ${longest.sourceFunctionName}`;
        probe.longTasks.push({ at: entry.startTime, ms: longest.duration, by });
      }
    }).observe({ type: 'long-animation-frame' });
  });
}

const LAST_PICTURE_MS = 5000;

/** The value that a share of all don't exceed. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export interface WheelFigures {
  readonly ms: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** Rendered frames from the wheel to its image, that of the drawing included. */
  readonly frames: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly images: number;
  /** Steps after which no image of theirs or of a later one came. */
  readonly missed: number;
  /** The index on screen in the end. */
  readonly last: number;
}

const percentiles = (values: readonly number[]) => ({
  p50: percentile(values, 0.5),
  p95: percentile(values, 0.95),
  p99: percentile(values, 0.99),
});

/**
 * Turns the wheel so many times, once each interval, and tells how long each step's image took. A step whose image was
 * passed over counts until the one after it that is seen.
 * @param from the index on screen
 */
export async function turnWheel(
  page: Page,
  { from, steps, everyMs }: { from: number; steps: number; everyMs: number },
): Promise<WheelFigures> {
  await page.evaluate(() => {
    window.probe.wheels.length = 0;
    window.probe.shown.length = 0;
  });
  const started = performance.now();
  const direction = Math.sign(steps);
  for (let i = 0; i < Math.abs(steps); i++) {
    await page.mouse.wheel(0, direction * 100);
    const wait = started + (i + 1) * everyMs - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  // The browser may make one event of several turns; a picture that doesn't come is missed, not waited for.
  const isThere = page.waitForFunction(
    ([first, sign]) => {
      const { wheels: turns, shown: pictures } = window.probe;
      return pictures.at(-1)?.index === first + sign * turns.length;
    },
    [from, direction] as const,
    { timeout: LAST_PICTURE_MS },
  );
  await isThere.catch(() => undefined);
  const { wheels, shown } = await page.evaluate(() => window.probe);
  const waits = wheels.flatMap((wheel, i) => {
    const wanted = from + direction * (i + 1);
    const seen = shown.find(({ at, index }) => at >= wheel.at && (index - wanted) * direction >= 0);
    return seen ? [{ ms: seen.at - wheel.at, frames: seen.frame - wheel.frame }] : [];
  });
  return {
    ms: percentiles(waits.map(({ ms }) => ms)),
    frames: percentiles(waits.map(({ frames }) => frames)),
    images: shown.length,
    missed: wheels.length - waits.length,
    last: shown.at(-1)?.index ?? from,
  };
}

/** Pictures a second over the last so many milliseconds. */
export async function pictureRate(page: Page, overMs: number): Promise<number> {
  await page.evaluate(() => (window.probe.shown.length = 0));
  await new Promise((resolve) => setTimeout(resolve, overMs));
  const times = await page.evaluate(() => window.probe.shown.map(({ at }) => at));
  const [first, last] = [times[0] ?? 0, times.at(-1) ?? 0];
  return last > first ? (1000 * (times.length - 1)) / (last - first) : 0;
}

/** Loops of the same clip that run in step: what is on screen with each drawing, for so many milliseconds. */
export const stepOf = (page: Page, overMs: number) =>
  page.evaluate(async (wantedMs) => {
    const images = () =>
      [...document.querySelectorAll('.cell .bottom.left')].map((corner) =>
        Number(/(\d+)\/\d+/.exec(corner.textContent)?.[1]),
      );
    const [begin, drawn, changes] = [performance.now(), [] as number[], [] as number[]];
    let before = images()[0];
    while (performance.now() - begin < wantedMs) {
      const at = await new Promise<number>(requestAnimationFrame);
      const [leader = 0, ...others] = images();
      drawn.push(Math.max(...others.map((image) => Math.abs(image - leader))));
      if (leader !== before) changes.push(at);
      before = leader;
    }
    const [first = 0, last = 0] = [changes[0], changes.at(-1)];
    return {
      reached: last > first ? (1000 * (changes.length - 1)) / (last - first) : 0,
      /** The part of what was drawn in which they were. */
      apart: drawn.filter((frames) => frames > 0).length / drawn.length,
      mostFrames: Math.max(...drawn),
    };
  }, overMs);
