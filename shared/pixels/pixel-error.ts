/**
 * Why a picture can't be made:
 * - `no-pixel-data`: the instance holds none (a report, a plan), or it is elsewhere.
 * - `attributes`: the Image Pixel Module is incomplete, contradicts itself or the compressed stream.
 * - `length`: the pixel data is shorter or longer than its attributes say.
 * - `frame`: there is no such frame, or its fragments can't be told apart.
 * - `transfer-syntax`: encoded in a way that no decoder here reads.
 * - `memory`: the decoded frame is larger than what there is for it.
 * - `codec`: the decoder found the compressed stream broken.
 */
export type PixelErrorCode =
  'no-pixel-data' | 'attributes' | 'length' | 'frame' | 'transfer-syntax' | 'memory' | 'codec';

/** The one error of this module. Its message says in words what is wrong, without any patient's data. */
export class PixelError extends Error {
  readonly code: PixelErrorCode;

  constructor(code: PixelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PixelError';
    this.code = code;
  }
}
