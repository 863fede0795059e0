import { blobSource } from '../../../shared/dicom/blob-source.ts';
import { isRange } from '../../../shared/dicom/byte-source.ts';
import { concatBytes } from '../../../shared/dicom/encode.ts';
import {
  NotDicomError,
  readInstance,
  type ParsedInstance,
} from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { MediaStorageDirectory } from '../../../shared/dicom/uids.ts';
import { changesOf, type Change } from './changes.ts';
import type { Content } from './content.ts';
import { deidentify, type Job } from './engine.ts';
import { joinParts } from './join-parts.ts';
import type { NeedsLook } from './look.ts';
import { reasonOfDamage } from './withhold.ts';

/** Bytes that were made, or a range of the file that streams from disk. */
export type PreparedPart =
  Uint8Array<ArrayBuffer> | Blob | { readonly from: number; readonly to: number };

/** An instance ready to be sent: its data set in parts, without file meta information. */
export interface ReadyInstance {
  readonly kind: 'ready';
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  /** As it will be: Patient ID and Study Instance UID; empty where there is none. */
  readonly subject: string;
  readonly studyInstanceUid: string;
  /** None where only a check was asked for. */
  readonly parts: readonly PreparedPart[];
  /** Before and after, when it was asked for. */
  readonly changes: readonly Change[];
  /** Cells of its pixels in which bits were cleared that hold no sample. */
  readonly clearedCells: number;
  /** Its pictures were searched for text, and none was found. */
  readonly isSearched: boolean;
  /** It holds what can't be cleaned; a person has looked at it and released it. */
  readonly isReleased: boolean;
  /** A slice of a head: with the others of its series a face can be made of it. */
  readonly mayShowFace: boolean;
}

/** An instance that is not sent, and why. */
export type NotReady =
  /** By a rule: the profile, a damaged file. */
  | {
      readonly kind: 'withheld';
      readonly reason: string;
      /** It leaves once a person has looked at its pictures. */
      readonly needsLook?: NeedsLook;
      /** It leaves, as it is, once a person has looked at it and released it. */
      readonly content?: Content['kind'];
    }
  /** It could not be read. */
  | { readonly kind: 'failed'; readonly reason: string };

export type Prepared = ReadyInstance | NotReady;

export interface PrepareOptions {
  /** Undefined sends the instance as it is. */
  readonly job: Job | undefined;
  readonly withChanges: boolean;
  /** False leaves the parts out, for a check. */
  readonly withParts?: boolean;
  /** Many short parts are joined to few, which a browser may keep on its disk; else they stay where they lie. */
  readonly hasFewParts?: boolean;
}

/** Makes an instance ready to be sent, de-identified or as it is. What goes wrong is an outcome, not an exception. */
export async function prepare(file: Blob, options: PrepareOptions): Promise<Prepared> {
  try {
    const instance = await readInstance(blobSource(file));
    if (options.job === undefined) return original(instance, file.size);
    const prepared = await deidentified(instance, options.job, options.withChanges);
    if (prepared.kind !== 'ready') return prepared;
    if (options.withParts === false) return { ...prepared, parts: [] };
    if (options.hasFewParts !== true) return prepared;
    return { ...prepared, parts: await joinParts(prepared.parts, file) };
  } catch (error) {
    if (error instanceof NotDicomError) return { kind: 'failed', reason: error.message };
    const detail = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', reason: `The file could not be read: ${detail}` };
  }
}

/** The data set as it lies in the file, to the last byte. */
function original(instance: ParsedInstance, fileSize: number): Prepared {
  const { dataset } = instance;
  const sopClassUid = dataset.string(Tag.SOPClassUID);
  const sopInstanceUid = dataset.string(Tag.SOPInstanceUID);
  if (sopClassUid === undefined || sopInstanceUid === undefined) {
    return withheld('It has no SOP Class UID or no SOP Instance UID.');
  }
  if (sopClassUid === MediaStorageDirectory) {
    return withheld('It is a DICOMDIR, an index of other files that is not sent.');
  }
  const damage = reasonOfDamage(instance);
  if (damage !== undefined) return withheld(damage);
  return {
    kind: 'ready',
    sopClassUid,
    sopInstanceUid,
    transferSyntaxUid: instance.transferSyntaxUid,
    subject: dataset.string(Tag.PatientID) ?? '',
    studyInstanceUid: dataset.string(Tag.StudyInstanceUID) ?? '',
    parts: [{ from: instance.fileDatasetStart, to: fileSize }],
    changes: [],
    clearedCells: 0,
    isSearched: false,
    isReleased: false,
    mayShowFace: false,
  };
}

const withheld = (reason: string): NotReady => ({ kind: 'withheld', reason });

async function deidentified(
  instance: ParsedInstance,
  job: Job,
  withChanges: boolean,
): Promise<Prepared> {
  const result = await deidentify(instance, job);
  if (result.kind === 'withheld') return result;
  const isInflated =
    result.source !== instance.source || instance.fileDatasetStart !== instance.datasetStart;
  const parts = isInflated
    ? [
        concatBytes(
          await Promise.all(result.pieces.map((piece) => readPiece(piece, result.source))),
        ),
      ]
    : result.pieces;
  return {
    kind: 'ready',
    sopClassUid: result.sopClassUid,
    sopInstanceUid: result.sopInstanceUid,
    transferSyntaxUid: result.transferSyntaxUid,
    subject: result.subject,
    studyInstanceUid: result.studyInstanceUid,
    parts,
    changes: withChanges ? await changesOf(instance, result) : [],
    clearedCells: result.clearedCells,
    isSearched: result.isSearched,
    isReleased: result.isReleased,
    mayShowFace: result.mayShowFace,
  };
}

/** Ranges of an inflated data set mean nothing in the file. */
async function readPiece(
  piece: PreparedPart,
  source: ParsedInstance['source'],
): Promise<Uint8Array<ArrayBuffer>> {
  if (piece instanceof Blob) return new Uint8Array(await piece.arrayBuffer());
  return isRange(piece) ? source.read(piece.from, piece.to - piece.from) : piece;
}
