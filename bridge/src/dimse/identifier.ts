// The identifier of C-FIND, C-MOVE and C-GET (PS3.4 section C.1.4): a small data set that is read as a whole.
import { ByteWindow } from '../../../shared/dicom/byte-window.ts';
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { Fields } from '../../../shared/dicom/encode.ts';
import { concatBytes, encodeDataset } from '../../../shared/dicom/encode.ts';
import { DatasetParser } from '../../../shared/dicom/parse.ts';
import { transferSyntaxOf } from '../../../shared/dicom/uids.ts';
import type { Association } from './association.ts';
import { DimseError, protocolViolation } from './dimse-error.ts';
import type { Message } from './message/message-assembler.ts';
import type { OutgoingDataset } from './message/outgoing-dataset.ts';
import { EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN } from './well-known-uids.ts';

/** What identifiers are sent in. Explicit comes first: it tells the type of elements that we don't know. */
export const IDENTIFIER_SYNTAXES = [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN];

/** Real answers have less than 10 KB; a list of 10,000 failed instances has 650. */
export const MAX_IDENTIFIER_LENGTH = 4 * 1024 * 1024;

export function encodeIdentifier(fields: Fields, transferSyntax: string): OutgoingDataset {
  // Keys hold wildcards, ranges and lists, where values may not (PS3.4 section C.2.2.2).
  const bytes = encodeDataset(fields, transferSyntaxOf(transferSyntax), 'as they are');
  return { bytes, length: bytes.length };
}

/**
 * Reads the identifier of a message. Where it is damaged, what stands before is kept.
 * @throws DimseError protocol-violation when there is none, it is too long, or nothing of it can be read: then the
 *   association is aborted; what ended the association
 */
export async function readIdentifier(association: Association, message: Message): Promise<Dataset> {
  const { name, contextId, dataset } = message;
  const context = association.contexts.accepted.get(contextId);
  try {
    if (!dataset || !context) throw protocolViolation(`${name} without its identifier`);
    return await wholeIdentifier(dataset, context.transferSyntax);
  } catch (error) {
    if (error instanceof DimseError) association.abort(error);
    throw error;
  }
}

/**
 * Reads a data set that comes with a request. Where it is damaged, what stands before is kept.
 * @throws DimseError protocol-violation when it is too long, or nothing of it can be read; what ended the association
 */
export async function wholeIdentifier(
  dataset: AsyncIterable<Uint8Array>,
  transferSyntax: string,
): Promise<Dataset> {
  return parseIdentifier(await wholeOf(dataset), transferSyntax);
}

async function wholeOf(dataset: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const slices: Uint8Array[] = [];
  let length = 0;
  for await (const slice of dataset) {
    length += slice.length;
    if (length > MAX_IDENTIFIER_LENGTH) {
      throw protocolViolation(`an identifier of more than ${MAX_IDENTIFIER_LENGTH} bytes`);
    }
    slices.push(slice);
  }
  return concatBytes(slices);
}

function parseIdentifier(bytes: Uint8Array<ArrayBuffer>, transferSyntax: string): Dataset {
  const window = new ByteWindow();
  window.load(0, bytes);
  const { explicitVr, littleEndian } = transferSyntaxOf(transferSyntax);
  const limits = { start: 0, end: bytes.length, maxValueBytes: MAX_IDENTIFIER_LENGTH };
  const parser = new DatasetParser(window, { explicitVr, littleEndian, ...limits });
  // The window holds all there is, so the parser needs nothing more.
  parser.advance();
  const { dataset, isComplete } = parser.result;
  if (!isComplete && dataset.elements.length === 0) {
    throw protocolViolation('an identifier that is not a data set');
  }
  return dataset;
}
