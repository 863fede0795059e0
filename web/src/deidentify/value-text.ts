import { isKnownCharacterSet } from '../../../shared/dicom/character-set.ts';
import { textOf, type Dataset, type Element } from '../../../shared/dicom/dataset.ts';
import { usesCharacterSet, type Vr } from '../../../shared/dicom/vr.ts';

/** An element's text as a VR reads it, whatever VR it was encoded with: under UN and OB too it is what its tag says. */
export const textAs = (vr: Vr, element: Element, dataset: Dataset): string =>
  textOf(element.vr === vr ? element : { ...element, vr }, dataset).normalize('NFC');

/** Whether a text can be read at all: bytes outside ASCII need a character set that is known. */
export const isReadable = (vr: Vr, bytes: Uint8Array, dataset: Dataset): boolean =>
  !usesCharacterSet(vr) ||
  bytes.every((byte) => byte < 0x80 && byte !== 0x1b) ||
  dataset.characterSet.every(isKnownCharacterSet);
