import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { encodePart10, type Fields } from '../../../shared/dicom/encode.ts';
import { readInstance } from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { Cine, type CineTarget } from './cine.ts';
import { frameTimeMs } from './frame-time.ts';
import type { ViewerState } from './viewer-state.ts';

/** A viewer that shows what it is told, at once or when `release` is called. */
class Screen implements CineTarget {
  readonly shown: [index: number, at: number][] = [];
  state: ViewerState;
  isSlow = false;
  /** From asking for a picture to seeing it. */
  latencyMs = 0;
  /** Of each frame, where they differ. */
  timesMs: readonly number[] | undefined;
  #listener: ((state: ViewerState) => void) | undefined;

  constructor(count: number, frameTimeMs?: number) {
    // A cast: a loop looks at no more of a state.
    this.state = { status: 'shown', index: 0, count, frameTimeMs } as ViewerState;
  }

  subscribe(listener: (state: ViewerState) => void): () => void {
    this.#listener = listener;
    listener(this.state);
    return () => (this.#listener = undefined);
  }

  goTo(index: number): void {
    this.state = { ...this.state, index };
    if (this.timesMs) this.state = { ...this.state, frameTimeMs: this.timesMs[index] };
    if (this.isSlow) this.state = { ...this.state, status: 'loading' };
    else if (this.latencyMs > 0) setTimeout(() => this.release(), this.latencyMs);
    else this.release();
  }

  release(): void {
    this.state = { ...this.state, status: 'shown' };
    this.shown.push([this.state.index, performance.now()]);
    this.#listener?.(this.state);
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('A loop', () => {
  it('shows each frame for its time, and begins again after the last', () => {
    const screen = new Screen(3, 40);
    new Cine(screen).play();
    vi.advanceTimersByTime(200);
    expect(screen.shown.map(([index]) => index)).toEqual([1, 2, 0, 1, 2]);
    const times = screen.shown.map(([, at]) => at);
    expect(times.slice(1).map((at, i) => at - (times[i] ?? 0))).toEqual([40, 40, 40, 40]);
  });

  it('tells one rate where its times are uneven: what was wanted and what was reached of the same pictures', () => {
    const times = [20, 180, 40, 160];
    const screen = new Screen(4, 20);
    screen.timesMs = times;
    const cine = new Cine(screen);
    cine.play();
    const told: number[][] = [];
    cine.subscribe(({ wantedRate, reachedRate }) => {
      if (reachedRate !== undefined) told.push([wantedRate, reachedRate]);
    });
    vi.advanceTimersByTime(6000);
    // Four in 400 ms.
    expect(screen.shown.filter(([index]) => index === 0)).toHaveLength(15);
    expect(told.length).toBeGreaterThan(40);
    for (const [wanted, reached] of told) expect(reached).toBeCloseTo(wanted ?? NaN, 5);
    expect(told.at(-1)?.[0]).toBeCloseTo(10, 0);
  });

  it('keeps its rate where each frame takes a while to be drawn, and makes up for none', () => {
    const screen = new Screen(100, 40);
    screen.latencyMs = 15;
    new Cine(screen).play();
    vi.advanceTimersByTime(1020);
    expect(screen.shown).toHaveLength(25);
    screen.latencyMs = 100;
    vi.advanceTimersByTime(1000);
    screen.latencyMs = 0;
    const before = screen.shown.length;
    vi.advanceTimersByTime(400);
    expect(screen.shown.length - before).toBeLessThan(13);
  });

  it('waits for a frame that isn’t there yet, and skips none', () => {
    const screen = new Screen(4, 40);
    screen.isSlow = true;
    new Cine(screen).play();
    vi.advanceTimersByTime(500);
    expect(screen.shown).toEqual([]);
    screen.release();
    vi.advanceTimersByTime(500);
    screen.release();
    expect(screen.shown.map(([index]) => index)).toEqual([1, 2]);
  });

  it('ends when somebody scrolls, when a frame fails, and when it is paused', () => {
    const states: boolean[] = [];
    const screen = new Screen(9, 40);
    const cine = new Cine(screen);
    cine.subscribe(({ isPlaying }) => states.push(isPlaying));
    cine.play();
    screen.goTo(7);
    expect(states.at(-1)).toBe(false);
    cine.toggle();
    expect(states.at(-1)).toBe(true);
    cine.toggle();
    expect(states.at(-1)).toBe(false);
    const before = screen.shown.length;
    vi.advanceTimersByTime(500);
    expect(screen.shown).toHaveLength(before);
  });

  it('goes back and forth, within a range, at a rate of choice', () => {
    const screen = new Screen(9, 40);
    const cine = new Cine(screen);
    screen.goTo(3);
    cine.choose({ isSweep: true, from: 2, to: 4, rate: 50 });
    cine.play();
    vi.advanceTimersByTime(100);
    expect(screen.shown.slice(1).map(([index]) => index)).toEqual([4, 3, 2, 3, 4]);
    const times = screen.shown.map(([, at]) => at);
    expect(times.slice(2).map((at, i) => at - (times[i + 1] ?? 0))).toEqual([20, 20, 20, 20]);
    cine.choose({ isSweep: false });
    vi.advanceTimersByTime(80);
    expect(screen.shown.slice(6).map(([index]) => index)).toEqual([2, 3, 4, 2]);
    // From outside it comes to the range; what is out of the rates is held within.
    cine.stop();
    screen.goTo(7);
    cine.choose({ rate: 500 });
    cine.play();
    expect(cine.state.wantedRate).toBeCloseTo(60);
    vi.advanceTimersByTime(17);
    expect(screen.shown.at(-1)?.[0]).toBe(2);
    cine.accelerate(-100);
    expect(cine.state.wantedRate).toBeCloseTo(5);
    cine.clear();
    expect(cine.state.choice).toMatchObject({ from: undefined, to: undefined, rate: 5 });
  });

  it('tells the rate that is reached beside the one that is wanted', () => {
    const screen = new Screen(30, 1000 / 25);
    const cine = new Cine(screen);
    let rates: (number | undefined)[] = [];
    cine.subscribe(({ wantedRate, reachedRate }) => (rates = [wantedRate, reachedRate]));
    cine.play();
    vi.advanceTimersByTime(1000);
    expect(rates[0]).toBeCloseTo(25);
    expect(rates[1]).toBeCloseTo(25, 0);
  });
});

describe('The time of a frame', () => {
  const timeOf = async (fields: Fields, index = 0) => {
    vi.useRealTimers();
    const meta = { sopClassUid: '1.2', sopInstanceUid: '1.3' };
    const transferSyntaxUid = ExplicitVrLittleEndian.uid;
    const bytes = encodePart10({ ...meta, transferSyntaxUid }, fields, ExplicitVrLittleEndian);
    return frameTimeMs((await readInstance(bufferSource(bytes))).dataset, index);
  };

  it('is in the vector, else one for all, else a rate', async () => {
    const vector = { [Tag.FrameTimeVector]: ['0', '33', '50'], [Tag.FrameTime]: '40' };
    expect(await timeOf(vector, 0)).toBe(33);
    expect(await timeOf(vector, 1)).toBe(50);
    expect(await timeOf({ [Tag.FrameTime]: '40', [Tag.CineRate]: '15' })).toBe(40);
    expect(await timeOf({ [Tag.RecommendedDisplayFrameRate]: '20', [Tag.CineRate]: '15' })).toBe(
      50,
    );
    expect(await timeOf({ [Tag.CineRate]: '10' })).toBe(100);
    expect(await timeOf({ [Tag.CineRate]: '0' })).toBeUndefined();
    expect(await timeOf({})).toBeUndefined();
  });
});
