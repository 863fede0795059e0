import {
  cache,
  getShouldUseCPURendering,
  imageLoader,
  init as initCore,
  metaData,
  RenderingEngine,
  Settings,
  setUseCPURendering,
} from '@cornerstonejs/core';
import { init as initTools } from '@cornerstonejs/tools';
import type { MeasuredFrame } from '../analysis/measured-frame.ts';
import { DecodePool } from './decode-pool.ts';
import { FrameCatalogue, SCHEME, type OpeningDisplay } from './frame-catalogue.ts';
import { FrameLoader } from './frame-loader.ts';
import { loadMeasuredFrame } from './measured-frame.ts';
import { metadataProvider } from './metadata-provider.ts';
import { makeThumbnail, type Thumbnail } from './thumbnail.ts';
import { registerTools } from './tool-group.ts';
import { Viewer } from './viewer.ts';
import type { ViewerInstance } from './viewer-input.ts';

export interface ViewerHostOptions {
  /** Makes a decoding worker: `new Worker(new URL('./viewer/decode.worker.ts', import.meta.url), {type: 'module'})`. */
  readonly createWorker: () => Worker;
  /** Workers that decode at the same time; 2 to 4 by the machine where not given. */
  readonly workers?: number;
  /** Decoded images kept, in bytes. */
  readonly cacheBytes: number;
  /** Without WebGL the processor draws whatever is wanted. */
  readonly drawing: 'webgl' | 'processor';
  readonly openingDisplay: OpeningDisplay;
}

/** What all viewports of a page share: the renderer, the workers, the cache of decoded images. */
export interface ViewerHost {
  /** Turns an empty, positioned element into a viewport. It must have a size by then. */
  createViewer(element: HTMLDivElement): Viewer;
  /**
   * A small picture of an instance's frame (the middle one where none is given), no larger than `size` pixels either
   * way. Rejects with a PixelError when it can't be shown.
   */
  thumbnail(instance: ViewerInstance, size: number, frameIndex?: number): Promise<Thumbnail>;
  /** A frame to be measured on. Rejects with a PixelError when it can't be shown. @param frameIndex from 0 */
  measuredFrame(instance: ViewerInstance, frameIndex: number): Promise<MeasuredFrame>;
  /** How much memory decoded images may take, in bytes; what is too much goes at once. */
  setCacheBytes(bytes: number): void;
  dispose(): void;
}

const ENGINE_ID = 'gantry';

const defaultWorkers = (): number =>
  Math.min(4, Math.max(2, Math.floor(navigator.hardwareConcurrency / 2)));

/** Starts Cornerstone and the workers. One host per page: Cornerstone keeps its state in modules. */
export function createViewerHost(options: ViewerHostOptions): ViewerHost {
  initCore();
  if (options.drawing === 'processor') setUseCPURendering(true);
  // Cornerstone's own cursors are blob: images, which the page's Content-Security-Policy forbids.
  Settings.getRuntimeSettings().set('useCursors', false);
  initTools();
  registerTools();
  cache.setMaxCacheSize(options.cacheBytes);
  const pool = new DecodePool(options.createWorker, options.workers ?? defaultWorkers());
  const catalogue = new FrameCatalogue(options.openingDisplay);
  const { openingDisplay } = options;
  const viewers = new Set<Viewer>();
  // A change of layout closes viewports and opens others at once; who leaves the screen gives the memory back.
  const giveBackSoon = (): void => void setTimeout(() => viewers.size === 0 && cache.purgeCache());
  const loader = new FrameLoader(catalogue, pool, getShouldUseCPURendering(), () => {
    // What was being decoded comes when nobody looks any more, too.
    if (viewers.size === 0) giveBackSoon();
  });
  imageLoader.registerImageLoader(SCHEME, loader.load);
  const provide = metadataProvider(catalogue);
  metaData.addProvider(provide, 1000);
  const engine = new RenderingEngine(ENGINE_ID);
  let nextViewport = 1;
  return {
    createViewer(element) {
      const viewportId = `viewport-${nextViewport++}`;
      const onDispose = () => {
        viewers.delete(viewer);
        giveBackSoon();
      };
      const viewer: Viewer = new Viewer({
        element,
        viewportId,
        engine,
        catalogue,
        loader,
        onDispose,
      });
      viewers.add(viewer);
      return viewer;
    },
    thumbnail: (instance, size, frameIndex) =>
      makeThumbnail({ pool, openingDisplay }, instance, size, frameIndex),
    measuredFrame: (instance, frameIndex) =>
      loadMeasuredFrame(catalogue, loader, instance, frameIndex),
    setCacheBytes(bytes) {
      cache.setMaxCacheSize(bytes);
      cache.decacheIfNecessaryUntilBytesAvailable(0);
    },
    dispose() {
      for (const viewer of [...viewers]) viewer.dispose();
      pool.dispose();
      metaData.removeProvider(provide);
      engine.destroy();
      cache.purgeCache();
    },
  };
}
