// Storage (PS3.4 annex B) as an SCP: takes C-STORE of others and hands each data set, as it comes in, to a sink.
//
// Session code: `storageScp({ sink, acceptUnknownClasses: false })` goes into the services of a listener, behind
// those for other classes. The answer to the peer waits for the sink.
import { STORAGE_SOP_CLASSES } from '../../../shared/dicom/sop-classes.generated.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import {
  ExplicitVrBigEndian,
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
  MediaStorageDirectory,
  TRANSFER_SYNTAXES,
} from '../../../shared/dicom/uids.ts';
import { NEW_STORAGE_CLASSES } from '../../../shared/dicom/new-storage-classes.ts';
import { PRIVATE_STORAGE_CLASSES } from '../../../shared/dicom/private-storage-classes.ts';
import { RETIRED_STORAGE_CLASSES } from '../../../shared/dicom/retired-storage-classes.ts';
import type { CommandSet } from './message/command-set.ts';
import type { ScpRequest, ScpResponse, ScpService } from './scp-service.ts';

/** A composite instance that a peer is sending. */
export interface IncomingInstance {
  /** As the command says; the data set may disagree. */
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly callingAeTitle: string;
  readonly calledAeTitle: string;
  /** Who asked the peer to send it, with which C-MOVE (PS3.7 section 9.1.1.1); missing when it sends on its own. */
  readonly moveOriginator?: { readonly aeTitle: string; readonly messageId: number };
  /** The bytes of the data set as they come in. Not taking them slows the peer down. */
  readonly dataset: AsyncIterable<Uint8Array>;
  /** Aborts when the association ends before the answer. */
  readonly signal: AbortSignal;
}

/** What is wrong with an attribute that every instance has, or every image; `differs`: from the command. */
export interface AttributeProblem {
  readonly keyword: keyof typeof Tag;
  readonly problem: 'missing' | 'differs';
}

/** What became of an instance, each kind with a status of its own. */
export type StoreReceipt =
  /** It is safe: whatever happens now, it will be found again. */
  | { readonly kind: 'stored' }
  /** An instance of this UID was there; it is kept, this one is dropped. */
  | { readonly kind: 'kept' }
  /** The same, because the study is final. */
  | { readonly kind: 'final' }
  /** An instance of this UID is there, and this one isn't wanted. */
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'out-of-resources' }
  /** The data set is another instance, of another class, or lacks what every instance has, or every image. */
  | { readonly kind: 'mismatch'; readonly problems: readonly AttributeProblem[] }
  | { readonly kind: 'not-understood' };

/** Keeps an instance. A rejection is answered with 0110H, processing failure. */
export type StorageSink = (incoming: IncomingInstance) => Promise<StoreReceipt>;

/** SOP classes that are taken in transfer syntaxes of their own, in order of preference. */
export interface StorageGroup {
  readonly sopClasses: readonly string[];
  readonly transferSyntaxes: readonly string[];
}

export interface StorageScpOptions {
  readonly sink: StorageSink;
  /** Takes instances of SOP classes that nobody here knows; they are stored and passed on as they are. */
  readonly acceptUnknownClasses: boolean;
  /** UIDs of the SOP classes that are taken, and no others; services aren't, even if they are named. Default: all. */
  readonly sopClasses?: readonly string[] | undefined;
  /** UIDs of the transfer syntaxes that are taken, in order of preference. Default: all, uncompressed ones first. */
  readonly transferSyntaxes?: readonly string[] | undefined;
  /**
   * What is taken where neither list says it. Other classes are then taken with `acceptUnknownClasses` alone, in any
   * transfer syntax.
   */
  readonly groups?: readonly StorageGroup[] | undefined;
}

/** PS3.4 table B.2-1 and, for the duplicate, PS3.7 annex C. */
export const STORE_STATUS: Readonly<Record<StoreReceipt['kind'], number>> = {
  stored: 0x0000,
  kept: 0x0000,
  final: 0xb006,
  duplicate: 0x0111,
  'out-of-resources': 0xa700,
  mismatch: 0xa900,
  'not-understood': 0xc000,
};

/** At most 64 characters (PS3.7 table E.1-1, LO). */
const COMMENTS: Partial<Record<StoreReceipt['kind'], string>> = {
  final: 'The study is final: this instance was discarded',
  'out-of-resources': 'No room: the disk or the quota of the archive is full',
  'not-understood': 'The header of the data set can not be read',
};

/** Objects of no patient (PS3.4 annex GG) belong to no study; a DICOMDIR is never sent. */
const NOT_IN_A_STUDY = new Set([
  MediaStorageDirectory,
  '1.2.840.10008.5.1.4.38.1', // Hanging Protocol
  '1.2.840.10008.5.1.4.39.1', // Color Palette
  '1.2.840.10008.5.1.4.43.1', // Generic Implant Template
  '1.2.840.10008.5.1.4.44.1', // Implant Assembly Template
  '1.2.840.10008.5.1.4.45.1', // Implant Template Group
  '1.2.840.10008.5.1.4.1.1.200.1', // CT Defined Procedure Protocol
  '1.2.840.10008.5.1.4.1.1.200.3', // Protocol Approval
  '1.2.840.10008.5.1.4.1.1.200.7', // XA Defined Procedure Protocol
  '1.2.840.10008.5.1.4.1.1.201.1', // Inventory
]);

const KNOWN_CLASSES = new Set(
  [
    ...STORAGE_SOP_CLASSES,
    ...NEW_STORAGE_CLASSES,
    ...RETIRED_STORAGE_CLASSES,
    ...PRIVATE_STORAGE_CLASSES,
  ]
    .map(([uid]) => uid)
    .filter((uid) => !NOT_IN_A_STUDY.has(uid)),
);

/** UIDs of the standard name services too; its storage classes, future ones as well, are below the second root. */
const STANDARD_ROOT = '1.2.840.10008.';
const STANDARD_STORAGE_ROOT = '1.2.840.10008.5.1.4.1.1.';

/**
 * A peer that offers several transfer syntaxes in one context can convert. Uncompressed comes first: asking for a
 * compressed one might make it lose quality. What is only offered compressed is taken as it is.
 */
const PREFERRED_SYNTAXES = [ExplicitVrLittleEndian, ImplicitVrLittleEndian, ExplicitVrBigEndian];
export const ACCEPTED_SYNTAXES: readonly string[] = [
  ...PREFERRED_SYNTAXES,
  ...TRANSFER_SYNTAXES.filter((syntax) => !PREFERRED_SYNTAXES.includes(syntax)),
].map(({ uid }) => uid);

/** Every edition of the standard has new storage classes: what is below its root is one, be it in the table or not. */
const isKnown = (uid: string, acceptUnknownClasses: boolean): boolean =>
  KNOWN_CLASSES.has(uid) ||
  (canBeStored(uid) && (acceptUnknownClasses || uid.startsWith(STANDARD_STORAGE_ROOT)));

/** Whether this is, or may be, a class of instances that belong to a study. */
const canBeStored = (uid: string): boolean =>
  KNOWN_CLASSES.has(uid) ||
  (!NOT_IN_A_STUDY.has(uid) &&
    (!uid.startsWith(STANDARD_ROOT) || uid.startsWith(STANDARD_STORAGE_ROOT)));

/** What instances of a class may be sent back in over the association of a C-GET; undefined where they belong to no study. */
export const getSyntaxesFor = (sopClassUid: string): readonly string[] | undefined =>
  canBeStored(sopClassUid) ? ACCEPTED_SYNTAXES : undefined;

/**
 * PS3.4 section B.3.1, table B.3-1: all attributes are kept (level 2), the level for digital signatures is unspecified,
 * no attribute is coerced.
 */
export const STORAGE_INFORMATION = Uint8Array.of(2, 0, 0, 0, 0, 0);

/** The transfer syntaxes that a SOP class is taken in, in order of preference; undefined when it isn't taken. */
export function takenSyntaxes(
  options: Omit<StorageScpOptions, 'sink'>,
): (sopClassUid: string) => readonly string[] | undefined {
  const { acceptUnknownClasses, transferSyntaxes, groups } = options;
  const listed = options.sopClasses && new Set(options.sopClasses);
  const ofGroup = new Map(
    groups?.flatMap((group) => group.sopClasses.map((uid) => [uid, group.transferSyntaxes])),
  );
  const isAccepted = (uid: string): boolean => {
    if (listed) return listed.has(uid) && canBeStored(uid);
    if (!groups) return isKnown(uid, acceptUnknownClasses);
    return canBeStored(uid) && (ofGroup.has(uid) || acceptUnknownClasses);
  };
  return (uid) =>
    isAccepted(uid) ? (transferSyntaxes ?? ofGroup.get(uid) ?? ACCEPTED_SYNTAXES) : undefined;
}

/** Answers C-STORE of others (PS3.4 section B.2). */
export function storageScp(options: StorageScpOptions): ScpService {
  const { sink } = options;
  const syntaxes = takenSyntaxes(options);
  return {
    transferSyntaxesFor: (uid) => syntaxes(uid),
    applicationInformation: () => STORAGE_INFORMATION,
    requests: ['C-STORE-RQ'],
    handle: (request) => handleStore(request, sink),
  };
}

async function handleStore(request: ScpRequest, sink: StorageSink): Promise<ScpResponse> {
  const { command, context, dataset, peer, signal } = request;
  const sopClassUid = command.AffectedSOPClassUID;
  const sopInstanceUid = command.AffectedSOPInstanceUID;
  if (sopClassUid === undefined || sopInstanceUid === undefined || !dataset) {
    throw new TypeError('A C-STORE-RQ came through without what MESSAGE_TYPES requires of it.');
  }
  // The context was negotiated for one class; an instance of another would slip past what was agreed on.
  if (sopClassUid !== context.abstractSyntax) {
    const comment = 'The presentation context is for another SOP class';
    return { status: STORE_STATUS.mismatch, elements: { ErrorComment: comment } };
  }
  const aeTitle = command.MoveOriginatorApplicationEntityTitle?.trim();
  const messageId = command.MoveOriginatorMessageID;
  const receipt = await sink({
    sopClassUid,
    sopInstanceUid,
    transferSyntaxUid: context.transferSyntax,
    callingAeTitle: peer.callingAeTitle,
    calledAeTitle: peer.calledAeTitle,
    ...(aeTitle && messageId !== undefined && { moveOriginator: { aeTitle, messageId } }),
    dataset,
    signal,
  });
  const elements = explanation(receipt);
  return { status: STORE_STATUS[receipt.kind], ...(elements && { elements }) };
}

/** What PS3.7 section 9.3.1.2 and PS3.4 table B.2-1 let a response add to its status: keywords, never a value. */
function explanation(receipt: StoreReceipt): CommandSet | undefined {
  if (receipt.kind !== 'mismatch') {
    const comment = COMMENTS[receipt.kind];
    return comment === undefined ? undefined : { ErrorComment: comment };
  }
  const [first] = receipt.problems;
  if (!first) return undefined;
  const what = first.problem === 'missing' ? 'is missing' : 'differs from the command';
  return {
    OffendingElement: receipt.problems.map(({ keyword }) => Tag[keyword]),
    ErrorComment: `${first.keyword} ${what}`,
  };
}
