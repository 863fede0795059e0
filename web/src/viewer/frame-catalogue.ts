import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import {
  readDisplayAttributes,
  type DisplayAttributes,
} from '../../../shared/pixels/display-attributes.ts';
import { imageProblems } from '../../../shared/pixels/frames.ts';
import { readMarkSources, type MarkSources } from '../../../shared/pixels/marks.ts';
import { describeImage, type ImageDescription } from '../../../shared/pixels/image-description.ts';
import { frameGeometry, type FrameGeometry } from './frame-geometry.ts';
import type { ViewerInstance } from './viewer-input.ts';

/** The scheme of the image ids that Cornerstone asks our loader for. */
export const SCHEME = 'gantry';

/** Which of the object's look-up tables its values pass through: its first choice, none, or the one of that index. */
export type LutChoice = 'own' | 'none' | number;

/** All that is known of a frame whose header was read. */
export interface FrameHeader {
  readonly instance: ParsedInstance;
  readonly frameIndex: number;
  readonly image: ImageDescription;
  readonly display: DisplayAttributes;
  readonly geometry: FrameGeometry;
  readonly marks: MarkSources;
  /** What disagrees and leaves the picture right, in words. */
  readonly problems: readonly string[];
}

/** Far more than viewports show and load ahead at a time. */
const KEPT_HEADERS = 500;

interface Entry {
  readonly instance: ViewerInstance;
  uses: number;
  opened: Promise<ParsedInstance> | undefined;
}

/** How a frame is shown at first, after what its object asks for. @param frameIndex from 0 */
export type OpeningDisplay = (
  dataset: Dataset,
  frameIndex: number,
  display: DisplayAttributes,
) => DisplayAttributes;

/** The frames that viewports show or may show next, by image id. Headers are read once and kept while in use. */
export class FrameCatalogue {
  readonly #entries = new Map<string, Entry>();
  readonly #headers = new Map<string, FrameHeader>();
  readonly #openingDisplay: OpeningDisplay;

  constructor(openingDisplay: OpeningDisplay) {
    this.#openingDisplay = openingDisplay;
  }

  /** Announces an instance; each `add` wants a `release`. */
  add(instance: ViewerInstance): void {
    const entry = this.#entries.get(instance.key);
    if (entry) entry.uses += 1;
    else this.#entries.set(instance.key, { instance, uses: 1, opened: undefined });
  }

  release(instance: ViewerInstance): void {
    const entry = this.#entries.get(instance.key);
    if (!entry || --entry.uses > 0) return;
    this.#entries.delete(instance.key);
    // Not by counting to Number of Frames, which may say anything.
    for (const known of this.#headers.keys()) {
      if (known.endsWith(`/${instance.key}`)) this.#headers.delete(known);
    }
  }

  /** The header of an image that can't be shown, if at least that could be read. */
  async datasetOf(key: string | undefined): Promise<Dataset | undefined> {
    if (key === undefined) return undefined;
    return this.open(key).then(
      ({ dataset }) => dataset,
      () => undefined,
    );
  }

  imageId(instance: ViewerInstance, frameIndex: number, lut: LutChoice): string {
    return `${SCHEME}:${encodeURIComponent(instance.key)}/${frameIndex}/${lut}`;
  }

  /** Reads an instance's header. Rejects when it can't be read, or isn't announced. */
  open(key: string): Promise<ParsedInstance> {
    const entry = this.#entries.get(key);
    if (!entry) return Promise.reject(new Error('The instance was closed.'));
    if (!entry.opened) {
      entry.opened = entry.instance.open().then(({ instance }) => instance);
      // A failure may pass: the next attempt reads again.
      entry.opened.catch(() => {
        entry.opened = undefined;
      });
    }
    return entry.opened;
  }

  /** Reads all that is known of a frame. Rejects with a PixelError when it can't be shown. */
  async load(imageId: string): Promise<{ header: FrameHeader; lut: LutChoice }> {
    const { key, frameIndex, lut } = parse(imageId);
    const known = this.#headers.get(headerKey(key, frameIndex));
    if (known) return { header: known, lut };
    const instance = await this.open(key);
    const image = describeImage(instance);
    const geometry = frameGeometry(instance.dataset, frameIndex);
    const { scale } = geometry;
    const aspect = scale.rowSpacing / scale.columnSpacing;
    const { sources, problems } = await readMarkSources(instance, image, frameIndex, aspect);
    const header: FrameHeader = {
      instance,
      frameIndex,
      image,
      display: this.#openingDisplay(
        instance.dataset,
        frameIndex,
        await readDisplayAttributes(instance, image, frameIndex),
      ),
      geometry,
      marks: sources,
      problems: [...(await imageProblems(instance, image)), ...problems],
    };
    this.keep(imageId, header);
    return { header, lut };
  }

  /** Remembers what is known of a frame, while its instance is in use. */
  keep(imageId: string, header: FrameHeader): void {
    const { key, frameIndex } = parse(imageId);
    if (!this.#entries.has(key)) return;
    const known = headerKey(key, frameIndex);
    this.#headers.delete(known);
    this.#headers.set(known, header);
    // The one that was used the longest ago goes: each frame brings its own tables and overlays.
    const [oldest] = this.#headers.keys();
    if (oldest !== undefined && this.#headers.size > KEPT_HEADERS) this.#headers.delete(oldest);
  }

  /** What `load` found out before; undefined until then. */
  header(imageId: string): FrameHeader | undefined {
    const { key, frameIndex } = parse(imageId);
    return this.#headers.get(headerKey(key, frameIndex));
  }
}

const headerKey = (key: string, frameIndex: number): string => `${frameIndex}/${key}`;

function parse(imageId: string): { key: string; frameIndex: number; lut: LutChoice } {
  const [key = '', frame = '', lut = 'own'] = imageId.slice(SCHEME.length + 1).split('/');
  const choice = lut === 'own' || lut === 'none' ? lut : Number(lut);
  return { key: decodeURIComponent(key), frameIndex: Number(frame), lut: choice };
}
