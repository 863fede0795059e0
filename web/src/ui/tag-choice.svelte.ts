import type { DisplaySet } from '../library/display-sets.ts';

/** Whether the tags stand beside the picture: as the user wants, and of what is no image from the start. */
export class TagChoice {
  readonly #current: () => DisplaySet | undefined;
  #besideImages = $state(false);
  #besideOthers = $state(true);

  constructor(current: () => DisplaySet | undefined) {
    this.#current = current;
  }

  get isShown(): boolean {
    return this.#isImage ? this.#besideImages : this.#besideOthers;
  }

  toggle(): void {
    if (this.#isImage) this.#besideImages = !this.#besideImages;
    else this.#besideOthers = !this.#besideOthers;
  }

  get #isImage(): boolean {
    return this.#current()?.instances.some(({ summary }) => summary.rows > 0) ?? true;
  }
}
