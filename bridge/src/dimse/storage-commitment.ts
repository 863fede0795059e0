// What both sides of storage commitment say to each other (PS3.4 section J.3, 2026d): a transaction, and instances.
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { Fields } from '../../../shared/dicom/encode.ts';
import { dimseStatus } from '../../../shared/dicom/dimse-status.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { statusFailure } from './dimse-error.ts';
import { DATA_SET_FOLLOWS, type CommandSet } from './message/command-set.ts';
import { COMMAND_FIELD } from './message/message-types.ts';
import { STORAGE_COMMITMENT_SOP_CLASS } from './well-known-uids.ts';

/** PS3.6 table A-3: the one SOP Instance that all requests and reports are about. */
export const STORAGE_COMMITMENT_INSTANCE = '1.2.840.10008.1.20.1.1';

/** PS3.4 section J.3.2.1.1. */
export const REQUEST_STORAGE_COMMITMENT = 1;

/** PS3.4 section J.3.3.1.1: all is committed, or some isn't. */
export const EVENT = { success: 1, failuresExist: 2 } as const;

/** Failure Reason (0008,1197), PS3.3 section C.14.1.1. */
export const FAILURE_REASON = {
  processingFailure: 0x0110,
  noSuchInstance: 0x0112,
  classInstanceConflict: 0x0119,
  classNotSupported: 0x0122,
  duplicateTransaction: 0x0131,
  resourceLimitation: 0x0213,
} as const;

const REASON_WORDS = new Map<number, string>([
  [FAILURE_REASON.processingFailure, 'The peer failed to process it'],
  [FAILURE_REASON.noSuchInstance, 'The peer does not have it'],
  [FAILURE_REASON.classInstanceConflict, 'The peer has it under another SOP class'],
  [FAILURE_REASON.classNotSupported, 'The peer does not keep objects of this SOP class'],
  [FAILURE_REASON.duplicateTransaction, 'The peer has had the number of this request before'],
  [FAILURE_REASON.resourceLimitation, 'The peer lacks the resources'],
]);

/** For a person, with the code. */
export function failureWords(reason: number): string {
  const code = `${reason.toString(16).toUpperCase().padStart(4, '0')}H`;
  return `${REASON_WORDS.get(reason) ?? 'A reason that the standard does not define'} (${code})`;
}

/** An instance that is asked for. */
export interface CommitmentReference {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
}

export interface FailedReference extends CommitmentReference {
  /** One of FAILURE_REASON, or what a peer makes of it. */
  readonly reason: number;
}

/** What is asked for (PS3.4 table J.3-1). */
export interface CommitmentRequest {
  readonly transactionUid: string;
  readonly references: readonly CommitmentReference[];
}

/** What became of it (PS3.4 table J.3-2). */
export interface CommitmentReport {
  readonly transactionUid: string;
  readonly committed: readonly CommitmentReference[];
  readonly failed: readonly FailedReference[];
}

/** The command of an N-EVENT-REPORT, but for its Message ID. */
export const eventCommand = ({ failed }: CommitmentReport): CommandSet => ({
  AffectedSOPClassUID: STORAGE_COMMITMENT_SOP_CLASS,
  CommandField: COMMAND_FIELD['N-EVENT-REPORT-RQ'],
  CommandDataSetType: DATA_SET_FOLLOWS,
  AffectedSOPInstanceUID: STORAGE_COMMITMENT_INSTANCE,
  EventTypeID: failed.length === 0 ? EVENT.success : EVENT.failuresExist,
});

/** @throws DimseError status-failure when the peer doesn't take a report */
export function checkReportStatus(status: number): void {
  const { category, words } = dimseStatus('N-EVENT-REPORT', status);
  if (category !== 'success' && category !== 'warning') throw statusFailure(status, words);
}

const referenceFields = ({ sopClassUid, sopInstanceUid }: CommitmentReference): Fields => ({
  [Tag.ReferencedSOPClassUID]: sopClassUid,
  [Tag.ReferencedSOPInstanceUID]: sopInstanceUid,
});

export const requestFields = ({ transactionUid, references }: CommitmentRequest): Fields => ({
  [Tag.TransactionUID]: transactionUid,
  [Tag.ReferencedSOPSequence]: references.map(referenceFields),
});

/** Each sequence stands there only if it has items (PS3.4 table J.3-2). */
export const reportFields = ({ transactionUid, committed, failed }: CommitmentReport): Fields => ({
  [Tag.TransactionUID]: transactionUid,
  ...(failed.length > 0 && {
    [Tag.FailedSOPSequence]: failed.map((reference) => ({
      ...referenceFields(reference),
      [Tag.FailureReason]: reference.reason,
    })),
  }),
  ...(committed.length > 0 && { [Tag.ReferencedSOPSequence]: committed.map(referenceFields) }),
});

/** What is wrong with a data set, as a status of PS3.7 annex C and the attribute that it is about. */
export interface Flaw {
  readonly status: number;
  readonly lacking?: number;
}

const MISSING_ATTRIBUTE = 0x0120;
const MISSING_ATTRIBUTE_VALUE = 0x0121;

const isFlaw = (value: object): value is Flaw => 'status' in value;

/** Transaction UID, or what is wrong with it. */
function transactionOf(dataset: Dataset): { readonly uid: string } | Flaw {
  const uid = dataset.string(Tag.TransactionUID);
  if (uid !== undefined) return { uid };
  const status = dataset.has(Tag.TransactionUID) ? MISSING_ATTRIBUTE_VALUE : MISSING_ATTRIBUTE;
  return { status, lacking: Tag.TransactionUID };
}

/** The items of a sequence; one without its UIDs is a flaw. */
function referencesOf(dataset: Dataset, tag: number): readonly FailedReference[] | Flaw {
  const references: FailedReference[] = [];
  for (const { dataset: item } of dataset.get(tag)?.items ?? []) {
    const sopClassUid = item.string(Tag.ReferencedSOPClassUID);
    const sopInstanceUid = item.string(Tag.ReferencedSOPInstanceUID);
    if (sopInstanceUid === undefined || sopClassUid === undefined) {
      const lacking =
        sopInstanceUid === undefined ? Tag.ReferencedSOPInstanceUID : Tag.ReferencedSOPClassUID;
      return { status: MISSING_ATTRIBUTE, lacking };
    }
    const reason = item.numbers(Tag.FailureReason)[0] ?? FAILURE_REASON.processingFailure;
    references.push({ sopClassUid, sopInstanceUid, reason });
  }
  return references;
}

/** Reads the action information of an N-ACTION. */
export function readRequest(dataset: Dataset): CommitmentRequest | Flaw {
  const transaction = transactionOf(dataset);
  if (isFlaw(transaction)) return transaction;
  const found = referencesOf(dataset, Tag.ReferencedSOPSequence);
  if (isFlaw(found)) return found;
  if (found.length === 0) {
    const isThere = dataset.has(Tag.ReferencedSOPSequence);
    return {
      status: isThere ? MISSING_ATTRIBUTE_VALUE : MISSING_ATTRIBUTE,
      lacking: Tag.ReferencedSOPSequence,
    };
  }
  // One that is named twice is looked at once.
  const unique = new Map(found.map((reference) => [reference.sopInstanceUid, reference]));
  const references = [...unique.values()].map(({ sopClassUid, sopInstanceUid }) => ({
    sopClassUid,
    sopInstanceUid,
  }));
  return { transactionUid: transaction.uid, references };
}

/** Reads the event information of an N-EVENT-REPORT. */
export function readReport(dataset: Dataset): CommitmentReport | Flaw {
  const transaction = transactionOf(dataset);
  if (isFlaw(transaction)) return transaction;
  const committed = referencesOf(dataset, Tag.ReferencedSOPSequence);
  if (isFlaw(committed)) return committed;
  const failed = referencesOf(dataset, Tag.FailedSOPSequence);
  if (isFlaw(failed)) return failed;
  return { transactionUid: transaction.uid, committed, failed };
}
