import type { CornerTexts } from './corner-texts.ts';
import type { Placement } from './image-placement.ts';
import type { Window } from '../../../shared/pixels/voi.ts';
import type { ImageArea } from './image-area.ts';
import type { EdgeLetters } from './orientation-letters.ts';
import type { PaletteName } from './palette-filter.ts';
import type { ScaleBar } from './scale-bar.ts';

/** What dragging with the left button does. */
export type ViewerTool = 'window' | 'pan' | 'zoom' | 'scroll';

/** What the right mouse button does: it zooms by dragging, or opens a menu. */
export type RightButton = 'zoom' | 'menu';

/** A window or look-up table that the object at hand brings. */
export interface VoiOption {
  readonly name: string;
  readonly chosen: boolean;
}

/** What a screen shows around a viewport's picture. A new object after each change. */
export interface ViewerState {
  /**
   * `empty`: nothing was asked for; `loading`: the picture isn't there yet (an earlier one may still be seen, with its
   * own texts); `shown`; `failed`: there is no picture, and `message` says why.
   */
  readonly status: 'empty' | 'loading' | 'shown' | 'failed';
  readonly message: string | undefined;
  readonly title: string;
  /** From 0; of the picture that is seen, or that failed. */
  readonly index: number;
  readonly count: number;
  /** Of the instance that is seen, or that failed. */
  readonly sopInstanceUid: string | undefined;
  /** Of the instance, from 0. */
  readonly frameIndex: number;
  /** Patient Identity Removed (0012,0062): pictures that are handed out name nobody. */
  readonly isDeidentified: boolean;
  /** Where the picture lies in the viewport; undefined while there is none. */
  readonly placement: Placement | undefined;
  /** Where it lies in the patient; undefined where it says nothing of it. */
  readonly area: ImageArea | undefined;
  /** In the units of the modality; undefined for colour. */
  readonly window: Window | undefined;
  readonly voiOptions: readonly VoiOption[];
  readonly isCt: boolean;
  readonly modality: string;
  readonly inverted: boolean;
  /** In whose colours grey is shown. */
  readonly palette: PaletteName | undefined;
  /** Whether the image that is seen has overlays, and whether they are. */
  readonly overlays: 'none' | 'shown' | 'hidden';
  /** Screen pixels (CSS) per image pixel. */
  readonly zoom: number;
  /** Of the patient, to a screen pixel (CSS); undefined where sizes aren't known. */
  readonly mmPerPixel: number | undefined;
  /** How far the image was moved from where it fits, screen pixels (CSS). */
  readonly pan: readonly [x: number, y: number];
  readonly tool: ViewerTool;
  readonly corners: CornerTexts;
  readonly letters: EdgeLetters;
  /** Small and lasting: lossy compression, uncalibrated sizes, disagreements in the header. */
  readonly warnings: readonly string[];
  readonly scaleBar: ScaleBar | undefined;
  /** How long the frame is seen in a loop; undefined where the object doesn't say. */
  readonly frameTimeMs: number | undefined;
}

export const NO_LETTERS: EdgeLetters = { top: '', bottom: '', left: '', right: '' };
