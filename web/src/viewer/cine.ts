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
  /**
   * Frames per second as the object asks for; DEFAULT_RATE where it says nothing. Of uneven times the mean of those that
   * `reachedRate` is of.
   */
  readonly wantedRate: number;
  /** As shown in the last seconds; undefined at first. */
  readonly reachedRate: number | undefined;
  readonly choice: CineChoice;
}

/** How a loop is played. */
export interface CineChoice {
  /** Frames per second; undefined plays as recorded. */
  readonly rate: number | undefined;
  /** Back and forth instead of from the beginning again. */
  readonly isSweep: boolean;
  /** The first and the last image that is played, from 0; undefined for the ends. */
  readonly from: number | undefined;
  readonly to: number | undefined;
}

const AS_RECORDED: CineChoice = {
  rate: undefined,
  isSweep: false,
  from: undefined,
  to: undefined,
};

/** Of stacks that aren't loops. */
const DEFAULT_RATE = 15;
/** Over how long the rate that is told is measured, and of how many pictures at least. */
const MEASURED_MS = 2000;
const MEASURED = 7;

export const SLOWEST = 5;
export const FASTEST = 60;

/** The next index from `from` to `to`: begun again after the last, or back and forth. */
export function nextInLoop(
  index: number,
  direction: 1 | -1,
  { from, to, isSweep }: { readonly from: number; readonly to: number; readonly isSweep: boolean },
): { readonly index: number; readonly direction: 1 | -1 } {
  if (to <= from) return { index: from, direction: 1 };
  if (!isSweep) return { index: index >= to || index < from ? from : index + 1, direction: 1 };
  const turned = index >= to ? -1 : index <= from ? 1 : direction;
  return { index: Math.min(to, Math.max(from, index + turned)), direction: turned };
}

/**
 * Plays the images of a viewer as a loop, each as long as its frame time says. The next one is asked for when the one
 * before is seen: a slow machine shows every frame, later; nothing is skipped in silence.
 */
export class Cine {
  readonly #target: CineTarget;
  readonly #listeners = new Set<(state: CineState) => void>();
  #state: CineState = {
    isPlaying: false,
    wantedRate: DEFAULT_RATE,
    reachedRate: undefined,
    choice: AS_RECORDED,
  };
  #direction: 1 | -1 = 1;
  #asked = -1;
  #seen = -1;
  #pictures: { readonly at: number; readonly timeMs: number }[] = [];
  /** When the next picture is to be asked for. */
  #due: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(target: CineTarget) {
    this.#target = target;
  }

  get state(): CineState {
    return this.#state;
  }

  /** Calls back at once and after each change. Returns what ends it. */
  subscribe(listener: (state: CineState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => void this.#listeners.delete(listener);
  }

  /** Chooses how to play; a rate is held between SLOWEST and FASTEST. What is playing goes on so. */
  choose(change: Partial<CineChoice>): void {
    const choice = { ...this.#state.choice, ...change };
    const rate =
      choice.rate === undefined ? undefined : Math.min(FASTEST, Math.max(SLOWEST, choice.rate));
    this.#pictures = [];
    this.#change({ choice: { ...choice, rate }, wantedRate: 1000 / this.#timeOf(rate) });
  }

  /** Plays so many frames per second more, or fewer. */
  accelerate(by: number): void {
    const now = this.#state.choice.rate ?? Math.round(1000 / this.#timeOf(undefined));
    this.choose({ rate: now + by });
  }

  /** Ends the loop; its range belongs to the images that were there. */
  clear(): void {
    this.stop();
    this.#change({ choice: { ...this.#state.choice, from: undefined, to: undefined } });
  }

  toggle(): void {
    if (this.#state.isPlaying) this.stop();
    else this.play();
  }

  play(): void {
    const { count, index } = this.#target.state;
    if (this.#state.isPlaying || count < 2) return;
    this.#pictures = [];
    this.#asked = index;
    this.#seen = -1;
    this.#due = undefined;
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
    const time = this.#timeOf(this.#state.choice.rate);
    this.#measure(time);
    this.#timer = setTimeout(() => {
      const { from = 0, to = Infinity, isSweep } = this.#state.choice;
      const last = Math.min(to, this.#target.state.count - 1);
      const next = nextInLoop(this.#seen, this.#direction, { from, to: last, isSweep });
      if (next.index === this.#seen) {
        this.stop();
        return;
      }
      this.#asked = next.index;
      this.#direction = next.direction;
      this.#target.goTo(this.#asked);
    }, this.#untilDue(time));
  }

  /** How long the picture at hand is to be seen. */
  #timeOf(rate: number | undefined): number {
    if (rate !== undefined) return 1000 / rate;
    return this.#target.state.frameTimeMs ?? 1000 / DEFAULT_RATE;
  }

  /** By the clock: what drawing takes, or a timer is late, isn't added up. What was missed is not made up for. */
  #untilDue(time: number): number {
    const now = performance.now();
    this.#due = Math.max(now, (this.#due ?? now) + time);
    return this.#due - now;
  }

  /** @param timeMs how long the picture that came now is to be seen */
  #measure(timeMs: number): void {
    const now = performance.now();
    const recent = this.#pictures.filter(({ at }) => at >= now - MEASURED_MS);
    const [first] = recent;
    this.#pictures = [...recent, { at: now, timeMs }];
    if (!first || recent.length < MEASURED - 1 || now === first.at) {
      if (this.#state.reachedRate === undefined) this.#change({ wantedRate: 1000 / timeMs });
      return;
    }
    const wanted = recent.reduce((sum, picture) => sum + picture.timeMs, 0);
    this.#change({
      wantedRate: (1000 * recent.length) / wanted,
      reachedRate: (1000 * recent.length) / (now - first.at),
    });
  }

  #change(change: Partial<CineState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener(this.#state);
  }
}
