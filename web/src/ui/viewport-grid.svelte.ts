import type { DisplaySet } from '../library/display-sets.ts';
import type { Hanging } from '../library/hanging.ts';
import { filled, SINGLE, type Layout } from './layout.ts';

/** How many viewports there are, what each of them shows, and which one is worked in. */
export class ViewportGrid {
  readonly #sets: () => readonly DisplaySet[];
  /** What a single viewport shows before anything is chosen. */
  readonly #opened: () => string | undefined;
  #layout = $state.raw<Layout>(SINGLE);
  /** The keys of the display sets on screen, a viewport each; undefined for an empty one. */
  #shown = $state.raw<readonly (string | undefined)[]>([]);
  /** To which side a rule has put them. */
  #sides = $state.raw<Hanging['cells']>([]);
  active = $state(0);
  /** Before a viewport was enlarged. */
  #before = $state.raw<
    { layout: Layout; shown: readonly (string | undefined)[]; active: number } | undefined
  >();
  readonly cells: readonly (DisplaySet | undefined)[] = $derived.by(() =>
    Array.from({ length: this.#layout.rows * this.#layout.columns }, (_, i) => {
      const isFirst = i === 0 && this.#shown.length === 0;
      const key = this.#shown[i] ?? (isFirst ? this.#opened() : undefined);
      return this.#sets().find((set) => set.key === key);
    }),
  );

  constructor(sets: () => readonly DisplaySet[], opened: () => string | undefined) {
    this.#sets = sets;
    this.#opened = opened;
  }

  get layout(): Layout {
    return this.#layout;
  }

  get current(): DisplaySet | undefined {
    return this.cells[this.active];
  }

  sideOf({ key }: DisplaySet): 'left' | 'right' | undefined {
    return this.#sides.find((cell) => cell.key === key)?.side;
  }

  /** Shows a display set in a viewport, the active one where none is given. */
  show(target: DisplaySet | undefined, at = this.active): void {
    if (!target) return;
    this.#shown = this.#keys().map((key, i) => (i === at ? target.key : key));
    this.active = at;
  }

  /** Shows the display set so many before or after the active one. */
  step(by: 1 | -1): void {
    const sets = this.#sets();
    const at = sets.findIndex(({ key }) => key === this.current?.key);
    this.show(sets[at + by]);
  }

  hang({ rule, cells }: Hanging): void {
    this.#before = undefined;
    this.active = 0;
    this.#layout = rule;
    this.#shown = cells.map(({ key }) => key);
    this.#sides = cells;
  }

  /** The active display set stays, and another one stands beside it. */
  beside(other: DisplaySet | undefined): void {
    const kept = this.current?.key;
    this.arrange({ rows: 1, columns: 2 });
    this.active = 0;
    this.#shown = [kept, other?.key];
  }

  arrange(chosen: Layout): void {
    this.#before = undefined;
    this.#sides = [];
    // The active one stays in sight, as the first where it would be cut off.
    const count = chosen.rows * chosen.columns;
    const now = this.#keys();
    const kept =
      this.active < count ? now : [now[this.active], ...now.filter((_, i) => i !== this.active)];
    if (this.active >= count) this.active = 0;
    const all = this.#sets().map(({ key }) => key);
    this.#shown = filled(kept, all, chosen);
    this.#layout = chosen;
  }

  /** One viewport fills the stage, and on the second time all are back. */
  enlarge(at: number): void {
    if (this.#before) {
      const { layout, shown, active } = this.#before;
      [this.#layout, this.#shown, this.active, this.#before] = [layout, shown, active, undefined];
    } else if (this.cells.length > 1) {
      this.#before = { layout: this.#layout, shown: this.#keys(), active: at };
      this.#shown = [this.cells[at]?.key];
      this.#layout = SINGLE;
      this.active = 0;
    }
  }

  /** The next viewport, or the one before, is worked in. */
  activate(step: 1 | -1): void {
    this.active = (this.active + step + this.cells.length) % this.cells.length;
  }

  #keys(): (string | undefined)[] {
    return this.cells.map((cell) => cell?.key);
  }
}
