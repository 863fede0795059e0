import type { ViewerState } from './viewer-state.ts';

/** What a loop needs of a viewer. */
export interface CineTarget {
  readonly state: ViewerState;
  subscribe(listener: (state: ViewerState) => void): () => void;
  goTo(index: number): void;
}

/** What the screen shows of a loop. A new object after each change. */
export interface CineState {
  readonly isPlaying: boolean;
  /** Frames per second as the object asks for; DEFAULT_RATE where it says nothing. */
  readonly wantedRate: number;
  /** As shown in the last second or so; undefined at first. */
  readonly reachedRate: number | undefined;
}

/** Of stacks that aren't loops. */
const DEFAULT_RATE = 15;
/** Pictures whose times make the rate that is told. */
const MEASURED = 12;

/** The next index of a loop after `index` of `count`. */
export const nextInLoop = (index: number, count: number): number =>
  count === 0 ? 0 : (index + 1) % count;

/**
 * Plays the images of a viewer as a loop, each as long as its frame time says. The next one is asked for when the one
 * before is seen: a slow machine shows every frame, later; nothing is skipped in silence.
 */
export class Cine {
  readonly #target: CineTarget;
  readonly #listeners = new Set<(state: CineState) => void>();
  #state: CineState = { isPlaying: false, wantedRate: DEFAULT_RATE, reachedRate: undefined };
  #asked = -1;
  #seen = -1;
  #seenAt: number[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(target: CineTarget) {
    this.#target = target;
  }

  /** Calls back at once and after each change. Returns what ends it. */
  subscribe(listener: (state: CineState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => void this.#listeners.delete(listener);
  }

  toggle(): void {
    if (this.#state.isPlaying) this.stop();
    else this.play();
  }

  play(): void {
    const { count, index } = this.#target.state;
    if (this.#state.isPlaying || count < 2) return;
    this.#seenAt = [];
    this.#asked = index;
    this.#seen = -1;
    this.#change({ isPlaying: true, reachedRate: undefined });
    this.#unsubscribe = this.#target.subscribe((state) => this.#follow(state));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    if (this.#state.isPlaying) this.#change({ isPlaying: false });
  }

  /** Goes on once the picture that was asked for is seen. Who scrolls, or opens something else, ends the loop. */
  #follow(state: ViewerState): void {
    if (state.status === 'failed' || state.status === 'empty' || state.count < 2) {
      this.stop();
      return;
    }
    if (state.status !== 'shown' || state.index === this.#seen) return;
    if (state.index !== this.#asked) {
      this.stop();
      return;
    }
    this.#seen = state.index;
    const time = state.frameTimeMs ?? 1000 / DEFAULT_RATE;
    this.#measure(1000 / time);
    this.#timer = setTimeout(() => {
      this.#asked = nextInLoop(this.#seen, this.#target.state.count);
      this.#target.goTo(this.#asked);
    }, this.#untilDue(time));
  }

  /** What drawing took is part of the frame's time. */
  #untilDue(time: number): number {
    const [before, now] = this.#seenAt.slice(-2);
    if (before === undefined || now === undefined) return time;
    return Math.max(0, time - Math.max(0, now - before - time));
  }

  #measure(wantedRate: number): void {
    this.#seenAt = [...this.#seenAt.slice(-MEASURED), performance.now()];
    const [first, last] = [this.#seenAt[0] ?? 0, this.#seenAt.at(-1) ?? 0];
    const isEnough = this.#seenAt.length > MEASURED / 2 && last > first;
    const reachedRate = isEnough
      ? (1000 * (this.#seenAt.length - 1)) / (last - first)
      : this.#state.reachedRate;
    this.#change({ wantedRate, reachedRate });
  }

  #change(change: Partial<CineState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener(this.#state);
  }
}
