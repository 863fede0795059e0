import type { Dataset } from '../../../shared/dicom/dataset.ts';
import { encodeValue } from '../../../shared/dicom/encode.ts';
import { encodeText, WRITABLE_CHARACTER_SETS } from '../../../shared/dicom/encode-text.ts';
import { isText, usesCharacterSet, type Vr } from '../../../shared/dicom/vr.ts';

const ASCII = /^[\x20-\x7e\t\r\n\f]*$/;

/**
 * A value as text, in the encoding and the character set that a data set has.
 * @returns undefined where it can't be written there
 */
export function encodeIn(
  vr: Vr,
  text: string,
  dataset: Dataset,
): Uint8Array<ArrayBuffer> | undefined {
  if (!isText(vr)) {
    const numbers = text.split('\\').map(Number);
    if (vr.startsWith('O') || vr === 'UN' || vr === 'SQ' || numbers.some(Number.isNaN))
      return undefined;
    const isLong = vr === 'SV' || vr === 'UV';
    return encodeValue(vr, isLong ? numbers.map(BigInt) : numbers, dataset.littleEndian);
  }
  if (ASCII.test(text)) return encodeValue(vr, text, dataset.littleEndian);
  if (!usesCharacterSet(vr)) return undefined;
  const terms = WRITABLE_CHARACTER_SETS.filter((term) => dataset.characterSet.includes(term));
  for (const term of terms) {
    const bytes = encodeText(text, term, vr === 'PN');
    if (bytes) return new Uint8Array(bytes);
  }
  return undefined;
}
