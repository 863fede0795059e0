import { windowLimits, type VoiFunction, type Window } from '../../../shared/pixels/voi.ts';
import type { LutChoice } from './frame-catalogue.ts';
import type { LoadedFrame } from './frame-loader.ts';
import type { VoiOption } from './viewer-state.ts';

/** The values that become black and white, and by which curve, as Cornerstone takes them. */
export interface VoiRange {
  readonly lower: number;
  readonly upper: number;
  readonly isSigmoid: boolean;
}

/** Which window a viewport uses: one of the object's own, image by image, or one that the user set, for all. */
export class VoiChoice {
  /** Index among the object's own windows and look-up tables. */
  #option = 0;
  #user: Window | undefined;
  /** For objects without a window: that of the first image, so that scrolling doesn't change it. */
  #fallback: Window | undefined;

  /** Back to the object's first choice. */
  reset(): void {
    this.#option = 0;
    this.#user = undefined;
    this.#fallback = undefined;
  }

  chooseOption(index: number): void {
    this.#option = index;
    this.#user = undefined;
  }

  setWindow(window: Window): void {
    this.#user = window;
  }

  /** A window that was set on screen, by the values that became black and white. */
  setRange(lower: number, upper: number, frame: LoadedFrame): void {
    const by = this.windowFor(frame)?.function ?? 'LINEAR';
    this.#user = windowOfLimits(lower, upper, by);
  }

  /** The look-up table that images must be loaded with. */
  lut(frame: LoadedFrame | undefined): LutChoice {
    if (this.#option === 0) return 'own';
    const chosen = frame?.header.display.vois[this.#option]?.transform.kind;
    return chosen === 'lut' ? this.#option : 'none';
  }

  /** Whether the values of a frame have passed through one of the object's look-up tables. */
  isLut({ header }: Pick<LoadedFrame, 'header'>): boolean {
    return header.display.vois[this.#option]?.transform.kind === 'lut';
  }

  /** The window in use; undefined for colour. */
  windowFor({ isColour, header, defaultWindow }: LoadedFrame): Window | undefined {
    if (isColour) return undefined;
    if (this.#user) return this.#user;
    const transform = header.display.vois[this.#option]?.transform;
    if (transform?.kind === 'window') return transform;
    if (transform?.kind === 'lut') return defaultWindow;
    this.#fallback ??= defaultWindow;
    return this.#fallback;
  }

  rangeFor(frame: LoadedFrame): VoiRange | undefined {
    const window = this.windowFor(frame);
    if (!window) return undefined;
    const isSigmoid = window.function === 'SIGMOID';
    // Cornerstone takes a sigmoid's window from the limits that a linear one would have.
    const { lowest, highest } = windowLimits(
      isSigmoid ? { ...window, function: 'LINEAR' } : window,
    );
    // A window of one value is a step: textures need two different ends.
    return { lower: lowest, upper: highest > lowest ? highest : lowest + 1e-3, isSigmoid };
  }

  options({ header, isColour }: LoadedFrame): VoiOption[] {
    if (isColour) return [];
    return header.display.vois.map(({ name, transform }, i) => ({
      name: name ?? (transform.kind === 'lut' ? `LUT ${i + 1}` : nameOf(transform)),
      chosen: i === this.#option && !this.#user,
    }));
  }
}

const nameOf = ({ center, width }: Window): string => `${width} / ${center}`;

/** The window whose lowest and highest values are these: the inverse of windowLimits. */
export function windowOfLimits(lower: number, upper: number, by: VoiFunction): Window {
  return by === 'LINEAR_EXACT'
    ? { center: (lower + upper) / 2, width: upper - lower, function: by }
    : { center: (lower + upper + 1) / 2, width: upper - lower + 1, function: by };
}
