import { concatBytes, encodeFileMeta } from '../../../../shared/dicom/encode.ts';
import { raw } from '../../../../shared/dicom/testing/raw-element.ts';
import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian, type TransferSyntax } from '../../../../shared/dicom/uids.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
export const INSTANCE_UID = '1.9.8.7.6.5';

export interface Parts {
  readonly meta?: Bytes;
  readonly syntax?: TransferSyntax;
  /** Encoded elements that go before, between and behind those that each instance has. */
  readonly first?: readonly Bytes[];
  readonly elements?: readonly Bytes[];
  readonly pixelData?: Bytes;
  readonly last?: readonly Bytes[];
}

const PIXELS = new Uint8Array(64).fill(0x5a);

/** A small Secondary Capture image with elements of one's own, in the order in which they are given. */
export function instanceFile(parts: Parts): Bytes {
  const syntax = parts.syntax ?? ExplicitVrLittleEndian;
  const us = (value: number) => {
    const bytes = new Uint8Array(2);
    new DataView(bytes.buffer).setUint16(0, value, syntax.littleEndian);
    return bytes;
  };
  const meta =
    parts.meta ??
    encodeFileMeta({
      sopClassUid: SECONDARY_CAPTURE,
      sopInstanceUid: INSTANCE_UID,
      transferSyntaxUid: syntax.uid,
    });
  return concatBytes([
    meta,
    ...(parts.first ?? []),
    raw(Tag.SOPClassUID, 'UI', `${SECONDARY_CAPTURE}\0`, syntax),
    raw(Tag.SOPInstanceUID, 'UI', `${INSTANCE_UID}\0`, syntax),
    ...(parts.elements ?? []),
    raw(Tag.Rows, 'US', us(8), syntax),
    raw(Tag.Columns, 'US', us(8), syntax),
    parts.pixelData ?? raw(Tag.PixelData, 'OW', PIXELS, syntax),
    ...(parts.last ?? []),
  ]);
}

export const pixelBytes = PIXELS;
