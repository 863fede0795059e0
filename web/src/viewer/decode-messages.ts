import type { DisplayAttributes } from '../../../shared/pixels/display-attributes.ts';
import type { ImageDescription } from '../../../shared/pixels/image-description.ts';
import type { LookupTable } from '../../../shared/pixels/lookup-table.ts';
import type { Marks, MarkSources } from '../../../shared/pixels/marks.ts';
import type { PixelErrorCode } from '../../../shared/pixels/pixel-error.ts';
import type { SampleArray } from '../../../shared/pixels/stored-frame.ts';
import type { Window } from '../../../shared/pixels/voi.ts';

/** What a worker is to do with a frame's bytes. They are transferred, not copied. */
export interface DecodeRequest {
  readonly id: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly image: ImageDescription;
  readonly display: DisplayAttributes;
  readonly marks: MarkSources;
  readonly output:
    | {
        /** Values for a texture: modality values, or colours. */
        readonly kind: 'values';
        /** Colours get a fourth sample. */
        readonly alpha: boolean;
        /** Grey values pass through this VOI look-up table too. */
        readonly voiLut: LookupTable | undefined;
      }
    | {
        readonly kind: 'thumbnail';
        readonly size: number;
        readonly pixelAspect: number;
      };
}

/** A decoded frame as a texture takes it. */
export interface DecodedFrame {
  readonly kind: 'values';
  readonly isColour: boolean;
  /** Modality values (after the VOI look-up table, if one was given), or 3 or 4 samples of 8 bits a pixel. */
  readonly values: SampleArray;
  readonly lowest: number;
  readonly highest: number;
  /** For grey images, the window that fits an object without one. */
  readonly defaultWindow: Window | undefined;
  /** What is laid over the picture, whatever its window. */
  readonly marks: Marks | undefined;
}

export interface DecodedThumbnail {
  readonly kind: 'thumbnail';
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export type DecodeReply =
  | { readonly id: number; readonly result: DecodedFrame | DecodedThumbnail }
  | { readonly id: number; readonly error: { code: PixelErrorCode | 'crash'; message: string } };
