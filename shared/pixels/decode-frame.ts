import type { Codecs } from './codecs/codecs.ts';
import { decodeJpeg, decodeJpeg2000, decodeJpegLs, decodeJpegXl } from './decode-compressed.ts';
import { decodeNative } from './decode-native.ts';
import { decodeRle } from './decode-rle.ts';
import type { ImageDescription } from './image-description.ts';
import type { StoredFrame } from './stored-frame.ts';

/**
 * Decodes a frame, as `readFrame` gives it, to its stored values.
 * Rejects with a PixelError when the frame is damaged or contradicts its attributes: never gives a wrong picture.
 */
export async function decodeFrame(
  bytes: Uint8Array<ArrayBuffer>,
  image: ImageDescription,
  codecs: Codecs,
): Promise<StoredFrame> {
  switch (image.encoding) {
    case 'native':
    case 'encapsulated-native':
      return decodeNative(bytes, image);
    case 'rle':
      return decodeRle(bytes, image);
    case 'jpeg':
      return decodeJpeg(bytes, image, codecs);
    case 'jpeg-ls':
      return decodeJpegLs(bytes, image, codecs);
    case 'jpeg-2000':
    case 'htj2k':
      return decodeJpeg2000(bytes, image, codecs);
    case 'jpeg-xl':
      return decodeJpegXl(bytes, image, codecs);
  }
}
