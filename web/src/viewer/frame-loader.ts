import { cache, type Types } from '@cornerstonejs/core';
import { readFrame } from '../../../shared/pixels/frames.ts';
import type { LookupTable } from '../../../shared/pixels/lookup-table.ts';
import { PixelError } from '../../../shared/pixels/pixel-error.ts';
import { cornerstoneImage } from './cornerstone-image.ts';
import type { DecodedFrame } from './decode-messages.ts';
import { PRIORITY, type DecodePool, type DecodeTask } from './decode-pool.ts';
import type { FrameCatalogue, FrameHeader, LutChoice } from './frame-catalogue.ts';

/** A frame that is ready to be shown: its values lie in Cornerstone's cache. */
export interface LoadedFrame {
  readonly image: Types.IImage;
  readonly header: FrameHeader;
  readonly isColour: boolean;
  /** For grey images: what shows an object without a window of its own. */
  readonly defaultWindow: DecodedFrame['defaultWindow'];
  readonly marks: DecodedFrame['marks'];
}

const TOO_LARGE = 'The image needs more memory than the settings give to images.';

/** Of the frames to load ahead, these keep their place when the viewport moves on; others are asked for anew. */
const NEAR = 32;

/** What a viewport wants, and how far that has been asked for. */
interface Wish {
  /** The rank of the frame on screen and of the nearest ones. */
  readonly near: ReadonlyMap<string, number>;
  readonly ahead: Iterator<string, unknown>;
  /** Frames of `ahead` that may still be loaded, as they fit into memory. */
  room: number;
  asked: number;
}

interface Running {
  readonly task: DecodeTask;
  readonly promise: Promise<LoadedFrame>;
}

/** Loads frames: reads their bytes, has them decoded, and puts them where Cornerstone finds them. */
export class FrameLoader {
  readonly #catalogue: FrameCatalogue;
  readonly #pool: DecodePool;
  /** CPU rendering wants colours with alpha, textures want them without. */
  readonly #alpha: boolean;
  readonly #kept: () => void;
  #frameBytes = 0;
  readonly #running = new Map<string, Running>();
  readonly #loaded = new WeakMap<Types.IImage, LoadedFrame>();
  readonly #wishes = new Map<object, Wish>();
  /** Frames that are loaded ahead: as many as keep the workers busy, so that the next one is chosen late. */
  #loadingAhead = 0;

  /** @param kept told of each frame that has come into the cache */
  constructor(
    catalogue: FrameCatalogue,
    pool: DecodePool,
    alpha: boolean,
    kept: () => void = () => undefined,
  ) {
    this.#kept = kept;
    this.#catalogue = catalogue;
    this.#pool = pool;
    this.#alpha = alpha;
  }

  /** Cornerstone's image loader, for images that its cache dropped before it came to show them. */
  readonly load = (imageId: string): Types.IImageLoadObject => ({
    promise: this.request(imageId, PRIORITY.screen).then(({ image }) => image),
  });

  /** The frame, when it is in the cache. */
  cached(imageId: string): LoadedFrame | undefined {
    const image = cache.getImage(imageId);
    const frame = image && this.#loaded.get(image);
    // The image may have outlived a series that was closed and is opened again.
    if (frame) this.#catalogue.keep(imageId, frame.header);
    return frame;
  }

  /**
   * Loads a frame. Rejects with a PixelError when it can't be shown, with the source's error when it can't be read,
   * with an AbortError when nobody wants it any more.
   */
  request(imageId: string, priority: number): Promise<LoadedFrame> {
    const ready = this.cached(imageId);
    if (ready) return Promise.resolve(ready);
    const running = this.#running.get(imageId);
    if (running) {
      running.task.rank(priority);
      return running.promise;
    }
    return this.#start(imageId, priority);
  }

  /**
   * Says what a viewport wants now: the frame on screen, and those to load ahead, the likeliest next first, as many as
   * fit. Frames that wait for a worker and that no viewport wants are dropped.
   */
  want(viewport: object, onScreen: string, ahead: () => Iterable<string>): void {
    const near = new Map<string, number>([[onScreen, PRIORITY.screen]]);
    const room = this.#roomAhead();
    for (const imageId of ahead()) {
      if (near.size > Math.min(NEAR, room)) break;
      near.set(imageId, PRIORITY.prefetch + near.size);
      // What is near is what goes last when memory is full.
      this.cached(imageId);
    }
    this.#wishes.set(viewport, { near, ahead: ahead()[Symbol.iterator](), room, asked: 0 });
    this.#rankRunning();
    this.#loadAhead();
  }

  /** A viewport wants nothing any more. */
  release(viewport: object): void {
    this.#wishes.delete(viewport);
    this.#rankRunning();
  }

  /** Frames that fit into a half of the memory, by the size of the last one: none until one was seen. */
  #roomAhead(): number {
    return this.#frameBytes === 0 ? 0 : Math.floor(cache.getMaxCacheSize() / 2 / this.#frameBytes);
  }

  /** What is on screen comes first, whatever was asked for before it went by; what nobody wants is dropped. */
  #rankRunning(): void {
    for (const [imageId, { task }] of this.#running) {
      const ranks = [...this.#wishes.values()].flatMap(({ near }) => near.get(imageId) ?? []);
      if (ranks.length === 0) task.cancel();
      else task.rank(Math.min(...ranks));
    }
  }

  /** Keeps the workers busy with what viewports will want, each in its turn, the nearest first. */
  #loadAhead(): void {
    while (this.#loadingAhead < this.#pool.size) {
      const next = this.#nextAhead();
      if (!next) return;
      this.#loadingAhead += 1;
      const done = () => {
        this.#loadingAhead -= 1;
        this.#loadAhead();
      };
      // A frame that can't be shown says so when it is looked at.
      this.request(next.imageId, PRIORITY.prefetch + next.rank).then(done, done);
    }
  }

  /** The frame that is the fewest images away from what a viewport shows, and neither there nor on its way. */
  #nextAhead(): { imageId: string; rank: number } | undefined {
    for (;;) {
      let nearest: Wish | undefined;
      for (const wish of this.#wishes.values()) {
        const limit = Math.min(wish.room, nearest?.asked ?? Infinity);
        if (wish.asked < limit) nearest = wish;
      }
      if (!nearest) return undefined;
      const next = nearest.ahead.next();
      if (next.done === true) {
        nearest.room = 0;
        continue;
      }
      const rank = nearest.asked++;
      const imageId = next.value;
      if (!cache.isLoaded(imageId) && !this.#isComing(imageId)) return { imageId, rank };
    }
  }

  /** On its way, and not dropped before its turn came. */
  #isComing(imageId: string): boolean {
    return this.#running.get(imageId)?.task.isWanted === true;
  }

  #start(imageId: string, priority: number): Promise<LoadedFrame> {
    let header: FrameHeader | undefined;
    const task = this.#pool.decode(async () => {
      const found = await this.#catalogue.load(imageId);
      header = found.header;
      const { instance, image, display, marks, frameIndex } = header;
      const bytes = await readFrame(instance, image, frameIndex);
      const voiLut = chosenLut(header, found.lut);
      const output = { kind: 'values', alpha: this.#alpha, voiLut } as const;
      return { bytes, image, display, marks, output };
    }, priority);
    const promise = task.promise.then((decoded) => {
      if (decoded.kind !== 'values' || !header) throw new Error('The decoder gave something else.');
      return this.#keep(imageId, header, decoded);
    });
    const running = { task, promise };
    this.#running.set(imageId, running);
    const done = () => {
      if (this.#running.get(imageId) === running) this.#running.delete(imageId);
    };
    promise.then(done, done);
    return promise;
  }

  #keep(imageId: string, header: FrameHeader, decoded: DecodedFrame): LoadedFrame {
    const image = cornerstoneImage(imageId, header, decoded);
    const { isColour, defaultWindow, marks } = decoded;
    const frame = { image, header, isColour, defaultWindow, marks };
    this.#frameBytes = image.sizeInBytes;
    if (image.sizeInBytes > cache.getMaxCacheSize()) throw new PixelError('memory', TOO_LARGE);
    this.#loaded.set(image, frame);
    if (!cache.getImageLoadObject(imageId)) cache.putImageSync(imageId, image);
    this.#kept();
    return frame;
  }
}

/** The look-up table that values pass through before they become a texture. */
function chosenLut({ display }: FrameHeader, choice: LutChoice): LookupTable | undefined {
  if (choice === 'none') return undefined;
  const transform = display.vois[choice === 'own' ? 0 : choice]?.transform;
  return transform?.kind === 'lut' ? transform.table : undefined;
}
