import { NotDicomError } from '../../../shared/dicom/read-instance.ts';
import { PixelError } from '../../../shared/pixels/pixel-error.ts';

/** Why an image isn't there, in words for the place where it would be. */
export function failureMessage(error: unknown): string {
  if (error instanceof PixelError || error instanceof NotDicomError) {
    return error.message;
  }
  const isGone =
    error instanceof DOMException &&
    (error.name === 'NotFoundError' || error.name === 'NotReadableError');
  return isGone
    ? 'It can’t be read any more. Was it moved, changed or deleted?'
    : 'It could not be loaded.';
}

export const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'AbortError';
