import { bufferSource, isRange } from '../../shared/dicom/byte-source.ts';
import { encodeFileMeta, encodeValue } from '../../shared/dicom/encode.ts';
import { readInstance } from '../../shared/dicom/read-instance.ts';
import { spliceDataset } from '../../shared/dicom/splice.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';

export const AXIAL = ['1', '0', '0', '0', '1', '0'];
export const SAGITTAL = ['0', '1', '0', '0', '0', '-1'];
export const CORONAL = ['1', '0', '0', '0', '0', '-1'];

/** A phantom's slice as one of a localizer: another plane, series and number; elsewhere where a position is given. */
export async function asLocalizer(
  bytes: Uint8Array<ArrayBuffer>,
  number: number,
  orientation: readonly string[],
  position?: readonly number[],
): Promise<Uint8Array> {
  const instance = await readInstance(bufferSource(bytes));
  const sopInstanceUid = `2.25.99${number}`;
  const text = (tag: number, vr: 'UI' | 'DS' | 'IS' | 'LO', value: string) => ({
    tag,
    vr,
    value: encodeValue(vr, value, true),
  });
  const added = [
    text(Tag.SOPInstanceUID, 'UI', sopInstanceUid),
    text(Tag.SeriesInstanceUID, 'UI', '2.25.990'),
    text(Tag.SeriesDescription, 'LO', 'Localizer'),
    text(Tag.SeriesNumber, 'IS', '9'),
    text(Tag.InstanceNumber, 'IS', String(number)),
    text(Tag.ImageOrientationPatient, 'DS', orientation.join('\\')),
    ...(position ? [text(Tag.ImagePositionPatient, 'DS', position.join('\\'))] : []),
  ];
  const pieces = spliceDataset(instance.dataset, () => ({ kind: 'keep' }), added);
  const content = pieces.map((piece) =>
    isRange(piece) ? bytes.subarray(piece.from, piece.to) : piece,
  );
  const { transferSyntaxUid } = instance;
  const sopClassUid = instance.dataset.string(Tag.SOPClassUID) ?? '';
  return Buffer.concat([
    encodeFileMeta({ sopClassUid, sopInstanceUid, transferSyntaxUid }),
    ...content,
  ]);
}
