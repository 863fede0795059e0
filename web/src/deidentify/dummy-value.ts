import {
  encodeDataset,
  encodeValue,
  concatBytes,
  itemHeader,
} from '../../../shared/dicom/encode.ts';
import type { Encoding } from '../../../shared/dicom/element-header.ts';
import { ITEM } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { Vr } from '../../../shared/dicom/vr.ts';
import { asPersonName } from './pseudonym.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const REMOVED = 'REMOVED';

/**
 * A value that is valid for its VR and the same for everyone (PS3.15 section E.1.1, action D).
 * Dates are 2000-01-01: before nobody's birth is worse than a day that everyone recognises as none.
 */
export function dummyValue(vr: Vr, encoding: Encoding): Bytes {
  switch (vr) {
    case 'AS':
      return encodeValue(vr, '000Y', true);
    case 'DA':
      return encodeValue(vr, '20000101', true);
    case 'TM':
      return encodeValue(vr, '000000', true);
    case 'DT':
      return encodeValue(vr, '20000101000000', true);
    case 'DS':
    case 'IS':
      return encodeValue(vr, '0', true);
    case 'UR':
      return encodeValue(vr, 'about:blank', true);
    case 'AE':
    case 'CS':
    case 'LO':
    case 'LT':
    case 'SH':
    case 'ST':
    case 'UC':
    case 'UT':
      return encodeValue(vr, REMOVED, true);
    case 'PN':
      return encodeValue(vr, asPersonName(REMOVED), true);
    case 'SQ':
      return dummyCode(encoding);
    case 'UI':
      throw new Error('UIDs are mapped, not replaced by a dummy.');
    default:
      // Any binary value: as many zeros as the widest has bytes.
      return new Uint8Array(8);
  }
}

/** One item with a code that says nothing (PS3.3 table 8.8-1). */
function dummyCode(encoding: Encoding): Bytes {
  const item = encodeDataset(
    {
      [Tag.CodeValue]: REMOVED,
      [Tag.CodingSchemeDesignator]: '99GANTRY',
      [Tag.CodeMeaning]: 'Removed',
    },
    encoding,
  );
  return concatBytes([itemHeader(ITEM, item.byteLength, encoding.littleEndian), item]);
}
