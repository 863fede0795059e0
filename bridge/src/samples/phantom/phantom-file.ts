import { encodePart10, type Fields } from '../../../../shared/dicom/encode.ts';
import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../../shared/dicom/uids.ts';

/** A generated Part 10 file. */
export interface PhantomFile {
  /** With a folder for each series, forward slashes. */
  readonly fileName: string;
  readonly sopInstanceUid: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Encodes an instance in Explicit VR Little Endian; `fields` must hold its SOP class and instance UID as text. */
export function phantomFile(fileName: string, fields: Fields): PhantomFile {
  const sopInstanceUid = textOf(fields, Tag.SOPInstanceUID);
  const meta = {
    sopClassUid: textOf(fields, Tag.SOPClassUID),
    sopInstanceUid,
    transferSyntaxUid: ExplicitVrLittleEndian.uid,
  };
  return { fileName, sopInstanceUid, bytes: encodePart10(meta, fields, ExplicitVrLittleEndian) };
}

function textOf(fields: Fields, tag: number): string {
  const value = fields[tag];
  if (typeof value !== 'string') throw new TypeError('A phantom lacks one of its UIDs.');
  return value;
}
