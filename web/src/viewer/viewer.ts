import { Enums, type RenderingEngine, type Types } from '@cornerstonejs/core';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { ImagePoint } from '../analysis/measurement.ts';
import type { VoiFunction } from '../../../shared/pixels/voi.ts';
import { Cine } from './cine.ts';
import { failureTexts } from './corner-texts.ts';
import { PRIORITY } from './decode-pool.ts';
import { describeView, NO_VIEW, overlaysOf } from './describe-view.ts';
import { failureMessage, isAbort } from './failure-message.ts';
import type { FrameCatalogue } from './frame-catalogue.ts';
import type { FrameLoader, LoadedFrame } from './frame-loader.ts';
import type { FramePlane } from './frame-geometry.ts';
import { nearestImage, type ImagePlace } from './linked-scroll.ts';
import { imagePlacement } from './image-placement.ts';
import { drawLens } from './lens.ts';
import { loopOf, type LoopTiming } from './loop-timing.ts';
import { MarkLayer } from './mark-layer.ts';
import { nearestToPoint, type PatientPoint } from './image-area.ts';
import { colour, type PaletteName } from './palette-filter.ts';
import { imagesAhead } from './prefetch-order.ts';
import { prepareProcessor } from './processor-drawing.ts';
import { windowOfRegion } from './region-window.ts';
import { buildStack, type StackFrame } from './stack.ts';
import { stackSpacing } from './stack-spacing.ts';
import { ViewportTools } from './tool-group.ts';
import type { ViewerInstance, ViewerSeries } from './viewer-input.ts';
import type { ViewerState, ViewerTool } from './viewer-state.ts';
import { ViewportCamera } from './viewport-camera.ts';
import { VoiChoice } from './voi-choice.ts';
import { voiProperties } from './voi-properties.ts';
import { turnWheel } from './wheel.ts';
import { CT_PRESETS } from './window-presets.ts';

export interface ViewerParts {
  readonly element: HTMLDivElement;
  readonly viewportId: string;
  readonly engine: RenderingEngine;
  readonly catalogue: FrameCatalogue;
  readonly loader: FrameLoader;
  readonly onDispose: () => void;
}

const FRAMES_AHEAD = 24;

/** A viewport that shows a series as a stack. What stands around the picture is in its state, for a screen to draw. */
export class Viewer {
  readonly #parts: ViewerParts;
  readonly #viewport: Types.IStackViewport;
  /** What the buttons of the mouse do. */
  readonly tools: ViewportTools;
  readonly #voi = new VoiChoice();
  readonly #listeners = new Set<(state: ViewerState) => void>();
  readonly #stop = new AbortController();
  readonly #resizes: ResizeObserver;
  readonly #marks: MarkLayer;
  /** Zoom, turns and flips. */
  readonly camera: ViewportCamera;
  /** Plays the images as a loop. */
  readonly cine = new Cine(this);
  #instances: readonly ViewerInstance[] = [];
  /** Of the series before: Cornerstone asks for its headers until the next picture is there. */
  #leaving: readonly ViewerInstance[] = [];
  #frames: readonly StackFrame[] = [];
  #imageIds: string[] = [];
  #spacing = stackSpacing([]);
  #title = '';
  #target = 0;
  #direction: 1 | -1 = 1;
  /** Counts series and stacks, so that what was begun for an earlier one is dropped. */
  #generation = 0;
  #hasStack = false;
  #isNewSeries = true;
  /** Cornerstone reports windows of its own making then, which are no one's wish. */
  #isDrawing = false;
  #shown: { index: number; frame: LoadedFrame } | undefined;
  #failure: { index: number; message: string; dataset?: Dataset | undefined } | undefined;
  #isLoading = false;
  #inverted = false;
  #palette: PaletteName | undefined;
  /** The user's wish, kept over series. */
  #areOverlaysShown = true;
  #state: ViewerState;
  #isStateDue = false;

  /** Made by a ViewerHost. */
  constructor(parts: ViewerParts) {
    this.#parts = parts;
    const { element, engine, viewportId } = parts;
    engine.enableElement({ viewportId, element, type: Enums.ViewportType.STACK });
    this.#viewport = engine.getViewport<Types.IStackViewport>(viewportId);
    this.camera = new ViewportCamera(this.#viewport, () => this.#hasStack, this.#changed);
    this.tools = new ViewportTools(viewportId, engine.id, (delta) => this.scroll(delta));
    const listen = { signal: this.#stop.signal };
    element.addEventListener('wheel', turnWheel(this), { ...listen, passive: false });
    element.addEventListener('contextmenu', (event) => event.preventDefault(), listen);
    element.addEventListener(Enums.Events.CAMERA_MODIFIED, this.#changed, listen);
    element.addEventListener(Enums.Events.VOI_MODIFIED, this.#onVoiModified, listen);
    this.#marks = new MarkLayer(element);
    element.addEventListener(Enums.Events.IMAGE_RENDERED, this.#placeMarks, listen);
    this.#resizes = new ResizeObserver(() => this.resize());
    this.#resizes.observe(element);
    this.#state = this.#describe();
    this.#showCanvas(false);
  }

  get state(): ViewerState {
    return this.#state;
  }

  /** Calls back at once and after each change, at most once per turn. Returns what ends it. */
  subscribe(listener: (state: ViewerState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => void this.#listeners.delete(listener);
  }

  /** Shows a series, its first image first. Resolves when that image is seen, or its failure said. */
  async show(series: ViewerSeries): Promise<void> {
    const generation = this.#clear();
    this.#title = series.title;
    this.#instances = series.instances;
    this.camera.hang(series.hanging);
    for (const instance of series.instances) this.#parts.catalogue.add(instance);
    this.#isLoading = true;
    this.#changed();
    const frames = await buildStack(series, this.#parts.catalogue);
    if (generation !== this.#generation) return;
    this.#frames = frames;
    this.#spacing = stackSpacing(frames.map(({ geometry }) => geometry));
    this.#setImageIds();
    if (frames.length > 0) return this.#present();
    this.#isLoading = false;
    this.#failure = { index: 0, message: 'The series has no images.' };
    this.#changed();
  }

  /** Shows nothing any more. */
  clear(): void {
    this.#clear();
    this.#changed();
  }

  /** Goes on by so many images, as far as there are any. */
  scroll(delta: number): void {
    this.goTo(this.#target + delta);
  }

  /** @param index from 0; what is beyond the ends goes to the end */
  goTo(index: number): void {
    const target = Math.min(this.#imageIds.length - 1, Math.max(0, Math.trunc(index)));
    if (target === this.#target || this.#imageIds.length === 0) return;
    this.#direction = target > this.#target ? 1 : -1;
    this.#target = target;
    void this.#present();
  }

  /** Where the image lies that is wanted; undefined before the first one is seen, and where it says nothing of it. */
  get place(): ImagePlace | undefined {
    const plane = this.#frames[this.#target]?.geometry;
    const dataset = this.#shown?.frame.header.instance.dataset;
    if (!plane || !dataset) return undefined;
    return { frameOfReferenceUid: dataset.string(Tag.FrameOfReferenceUID) ?? '', plane };
  }

  /**
   * Goes to the image that lies nearest to another one, where the planes are parallel.
   * @param offsetMm how much farther along this stack's normal
   */
  goToPlane(plane: FramePlane, offsetMm = 0): void {
    const planes = this.#frames.map(({ geometry }) => geometry);
    const index = nearestImage(planes, plane, offsetMm);
    if (index !== undefined) this.goTo(index);
  }

  /** Goes to the image that lies nearest to a point of the same frame of reference. */
  goToPoint({ frameOfReferenceUid, at }: PatientPoint): void {
    if (this.place?.frameOfReferenceUid !== frameOfReferenceUid) return;
    const planes = this.#frames.map(({ geometry }) => geometry);
    this.goTo(nearestToPoint(planes, at, this.#target) ?? this.#target);
  }

  /** Goes to a frame of an instance; false where the series at hand has no such, or isn't known yet. */
  goToImage(sopInstanceUid: string, frameIndex: number): boolean {
    const index = this.#frames.findIndex(
      (at) => at.instance.sopInstanceUid === sopInstanceUid && at.frameIndex === frameIndex,
    );
    if (index >= 0) this.goTo(index);
    return index >= 0;
  }

  /** A window in the units of the modality, for all images until `reset`. */
  setWindow(center: number, width: number, by: VoiFunction = 'LINEAR'): void {
    this.#voi.setWindow({ center, width, function: by });
    this.#applyVoi();
  }

  /** When its images are seen, where they are a loop; undefined for a stack of places, and before the first is seen. */
  get loop(): LoopTiming | undefined {
    return loopOf(this.#frames, this.#shown?.frame.header.instance.dataset);
  }

  /** One of CT_PRESETS, by its id. */
  preset(id: string): void {
    const { center, width } = CT_PRESETS.find((preset) => preset.id === id) ?? {};
    if (center !== undefined && width !== undefined) this.setWindow(center, width);
  }

  /** One of the object's own windows and look-up tables, by its place in `state.voiOptions`. */
  chooseVoi(index: number): void {
    this.#voi.chooseOption(index);
    const vois = this.#shown?.frame.header.display.vois ?? [];
    if (!vois.some(({ transform }) => transform.kind === 'lut')) return this.#applyVoi();
    // Values pass through a look-up table before they become a texture: the images are loaded anew.
    this.#setImageIds();
    void this.#present();
  }

  /** The window that shows what lies between two corners best; of colour nothing happens. */
  setWindowOf(from: ImagePoint, to: ImagePoint): void {
    if (!this.#shown) return;
    const window = windowOfRegion(this.#shown.frame, this.#voi, from, to);
    if (window) this.setWindow(window.center, window.width, window.function);
  }

  /** Shows grey images in colours, until another series or `reset`; undefined in grey. */
  setPalette(palette: PaletteName | undefined): void {
    this.#palette = palette;
    this.#placeMarks();
    this.#changed();
  }

  /** Draws what lies around a place of the viewport, enlarged. @param at CSS pixels */
  drawLens(canvas: HTMLCanvasElement, at: readonly [x: number, y: number]): void {
    if (!this.#shown) return;
    const { frame } = this.#shown;
    drawLens(canvas, at, {
      frame,
      window: this.#voi.windowFor(frame),
      isInverse: this.#isInverse(frame),
      palette: this.#palette,
      placement: imagePlacement(this.#viewport, frame.header),
      marks: this.#marks.canvas,
    });
  }

  invert(): void {
    this.#inverted = !this.#inverted;
    this.#applyVoi();
  }

  /** Shows or hides overlays; shutters and padding stay. */
  toggleOverlays(): void {
    this.#areOverlaysShown = !this.#areOverlaysShown;
    this.#showMarks();
    this.#changed();
  }

  /** Back to how the image was opened: window, zoom, place, rotation, flips, inversion. */
  reset(): void {
    this.#inverted = false;
    this.#palette = undefined;
    this.camera.turnBack();
    this.#voi.reset();
    this.camera.fit();
    this.#setImageIds();
    if (this.#imageIds.length > 0) void this.#present();
  }

  /** What dragging with the left button does. */
  setTool(tool: ViewerTool): void {
    this.tools.choose(tool);
    this.#changed();
  }

  /** Called on its own when the element's size changes. */
  resize(): void {
    this.camera.keepFitted(() => this.#parts.engine.resize(true, true));
    this.#applyVoi();
  }

  dispose(): void {
    this.#clear();
    this.#listeners.clear();
    this.#stop.abort();
    this.#resizes.disconnect();
    this.tools.dispose();
    this.#marks.dispose();
    this.#parts.engine.disableElement(this.#parts.viewportId);
    this.#releaseLeaving();
    this.#parts.onDispose();
  }

  #clear(): number {
    this.#generation += 1;
    this.cine.clear();
    this.#parts.loader.release(this);
    this.#leaving = [...this.#leaving, ...this.#instances];
    this.#instances = [];
    this.#frames = [];
    this.#imageIds = [];
    this.#title = '';
    this.#target = 0;
    this.#direction = 1;
    this.#hasStack = false;
    this.#isNewSeries = true;
    this.#shown = undefined;
    this.#failure = undefined;
    this.#isLoading = false;
    this.#inverted = false;
    this.#palette = undefined;
    this.camera.turnBack();
    this.#voi.reset();
    this.#showCanvas(false);
    return this.#generation;
  }

  /** Image ids say which look-up table to use: a new choice makes a new stack. */
  #setImageIds(): void {
    const lut = this.#voi.lut(this.#shown?.frame);
    const { catalogue } = this.#parts;
    const imageIds = this.#frames.map(({ instance, frameIndex }) =>
      catalogue.imageId(instance, frameIndex, lut),
    );
    if (imageIds[0] === this.#imageIds[0]) return;
    this.#imageIds = imageIds;
    this.#hasStack = false;
    this.#generation += 1;
  }

  /** Loads and shows the image that is wanted, unless another one is by the time it is there. */
  async #present(): Promise<void> {
    const generation = this.#generation;
    const index = this.#target;
    const imageId = this.#imageIds[index];
    if (imageId === undefined) return;
    const isCurrent = () => generation === this.#generation && index === this.#target;
    // All of a stack, but of a file that may be larger than all memory, and far away, what is near.
    const reach = this.#instances.length === this.#frames.length ? Infinity : FRAMES_AHEAD;
    const ahead = () => imagesAhead(this.#imageIds, index, this.#direction, reach);
    const { loader } = this.#parts;
    this.#isLoading = loader.cached(imageId) === undefined;
    if (this.#isLoading) this.#changed();
    try {
      const wanted = loader.request(imageId, PRIORITY.screen);
      loader.want(this, imageId, ahead);
      const frame = await wanted;
      if (!isCurrent()) return;
      // By now it is known how large the frames are.
      loader.want(this, imageId, ahead);
      this.#isDrawing = true;
      await this.#draw(index);
      this.#isDrawing = false;
      if (!isCurrent()) return;
      this.#failure = undefined;
      this.#shown = { index, frame };
      this.camera.arrived(frame.header);
      this.#showMarks();
      this.#applyVoi();
      this.#showCanvas(true);
    } catch (error) {
      this.#isDrawing = false;
      if (!isCurrent() || isAbort(error)) return;
      // An earlier picture must not be taken for this one.
      this.#showCanvas(false);
      this.#shown = undefined;
      const dataset = await this.#parts.catalogue.datasetOf(this.#frames[index]?.instance.key);
      if (!isCurrent()) return;
      this.#failure = { index, message: failureMessage(error), dataset };
    }
    this.#isLoading = false;
    this.#changed();
  }

  async #draw(index: number): Promise<void> {
    if (this.#hasStack) {
      await this.#viewport.setImageIdIndex(index);
      return;
    }
    await this.#viewport.setStack(this.#imageIds, index);
    this.#hasStack = true;
    this.#releaseLeaving();
    // Cornerstone carries zoom and place over from the stack before, which is right for the same series only.
    if (this.#isNewSeries) this.camera.refit();
    this.#isNewSeries = false;
    this.camera.applyOrientation();
  }

  #releaseLeaving(): void {
    for (const instance of this.#leaving) this.#parts.catalogue.release(instance);
    this.#leaving = [];
  }

  #applyVoi(): void {
    if (!this.#shown) return;
    const { frame } = this.#shown;
    const range = this.#voi.rangeFor(frame);
    prepareProcessor(this.#viewport, frame.image, range);
    const invert = this.#isInverse(frame);
    this.#viewport.setProperties({ ...voiProperties(range), invert }, true);
    this.#viewport.render();
    this.#changed();
  }

  #isInverse({ header, isColour }: LoadedFrame): boolean {
    return this.#inverted !== (header.display.inverse && !isColour);
  }

  /** A picture that isn't the one asked for must not be seen. */
  #showCanvas(isVisible: boolean): void {
    const visibility = isVisible ? 'visible' : 'hidden';
    for (const canvas of this.#parts.element.querySelectorAll('canvas')) {
      canvas.style.visibility = visibility;
    }
  }

  #showMarks(): void {
    const frame = this.#shown?.frame;
    if (!frame) return;
    this.#marks.draw(frame, this.#areOverlaysShown);
    this.#placeMarks();
  }

  readonly #placeMarks = (): void => {
    if (!this.#shown) return;
    const { frame } = this.#shown;
    this.#marks.place(this.#viewport, frame.header);
    colour(this.#viewport, frame, this.#palette);
  };

  readonly #onVoiModified = (event: Event): void => {
    const { range } = (event as CustomEvent<{ range?: { lower: number; upper: number } }>).detail; // Cornerstone's type
    if (!this.#shown || !range || this.#isDrawing) return;
    this.#voi.setRange(range.lower, range.upper, this.#shown.frame);
    this.#changed();
  };

  readonly #changed = (): void => {
    if (this.#isStateDue) return;
    this.#isStateDue = true;
    queueMicrotask(() => {
      this.#isStateDue = false;
      if (this.#stop.signal.aborted) return;
      this.#state = this.#describe();
      for (const listener of this.#listeners) listener(this.#state);
    });
  };

  #describe(): ViewerState {
    const count = this.#imageIds.length;
    const shown = this.#shown;
    const index = shown?.index ?? this.#failure?.index ?? this.#target;
    const frame = this.#frames[index];
    const frameIndex = frame?.frameIndex ?? 0;
    const situation = { index, frameIndex, count, voi: this.#voi, ...this.#spacing };
    const failed = () => failureTexts(this.#failure?.dataset, frame?.instance, index, count);
    const view = shown
      ? describeView(this.#viewport, shown.frame, situation)
      : { ...NO_VIEW, corners: failed() };
    return {
      status: this.#status(),
      message: this.#isLoading ? undefined : this.#failure?.message,
      title: this.#title,
      index,
      count,
      sopInstanceUid: frame?.instance.sopInstanceUid,
      frameIndex,
      inverted: this.#inverted,
      palette: this.#palette,
      overlays: overlaysOf(shown?.frame, this.#areOverlaysShown),
      tool: this.tools.active,
      ...view,
    };
  }

  #status(): ViewerState['status'] {
    if (this.#isLoading) return 'loading';
    if (this.#failure) return 'failed';
    return this.#shown ? 'shown' : 'empty';
  }
}
