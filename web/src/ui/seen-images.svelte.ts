import { SvelteMap } from 'svelte/reactivity';

/** Which images of a display set were on screen, for as long as the page is there. */
export class SeenImages {
  readonly #counts = new SvelteMap<string, number>();
  readonly #images = new Map<string, Set<string>>();

  /** @param key of the display set */
  add(key: string, sopInstanceUid: string, frameIndex: number): void {
    const images = this.#images.get(key) ?? new Set();
    this.#images.set(key, images);
    // Of a thousand slices no thousand new texts.
    images.add(frameIndex === 0 ? sopInstanceUid : `${sopInstanceUid}/${frameIndex}`);
    if (this.#counts.get(key) !== images.size) this.#counts.set(key, images.size);
  }

  countOf(key: string): number {
    return this.#counts.get(key) ?? 0;
  }
}
