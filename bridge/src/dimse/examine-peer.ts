// What a peer takes: asked by proposing everything (PS3.8 section 7.1), over as many associations as that needs.
import { STORAGE_SOP_CLASSES } from '../../../shared/dicom/sop-classes.generated.ts';
import {
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
  MediaStorageDirectory,
  TRANSFER_SYNTAXES,
} from '../../../shared/dicom/uids.ts';
import type { AssociationOptions } from './association-settings.ts';
import { CONTEXT_RESULT } from './pdu/pdu.ts';
import type { AssociateAc } from './pdu/pdu.ts';
import { MAX_CONTEXTS } from './negotiation.ts';
import { NEW_STORAGE_CLASSES } from '../../../shared/dicom/new-storage-classes.ts';
import { PRIVATE_STORAGE_CLASSES } from '../../../shared/dicom/private-storage-classes.ts';
import { requestAssociation } from './request-association.ts';
import type { PeerAddress } from './request-association.ts';
import { releaseWithin } from './single-operation.ts';
import { RETIRED_STORAGE_CLASSES } from '../../../shared/dicom/retired-storage-classes.ts';

/** Services that are no storage (PS3.6 table A-1): UID and name. */
const SERVICES: readonly (readonly [string, string])[] = [
  ['1.2.840.10008.1.1', 'Verification'],
  ['1.2.840.10008.5.1.4.1.2.2.1', 'Study Root query (C-FIND)'],
  ['1.2.840.10008.5.1.4.1.2.2.2', 'Study Root retrieve (C-MOVE)'],
  ['1.2.840.10008.5.1.4.1.2.2.3', 'Study Root retrieve (C-GET)'],
  ['1.2.840.10008.5.1.4.1.2.1.1', 'Patient Root query (C-FIND)'],
  ['1.2.840.10008.5.1.4.1.2.1.2', 'Patient Root retrieve (C-MOVE)'],
  ['1.2.840.10008.5.1.4.1.2.1.3', 'Patient Root retrieve (C-GET)'],
  ['1.2.840.10008.1.20.1', 'Storage Commitment'],
  ['1.2.840.10008.5.1.4.31', 'Modality Worklist'],
  ['1.2.840.10008.3.1.2.3.3', 'Modality Performed Procedure Step'],
  ['1.2.840.10008.5.1.1.9', 'Basic Grayscale Print Management'],
  ['1.2.840.10008.5.1.1.18', 'Basic Color Print Management'],
];

const STORAGE_CLASSES: readonly (readonly [string, string])[] = [
  ...STORAGE_SOP_CLASSES.filter(([uid]) => uid !== MediaStorageDirectory),
  ...NEW_STORAGE_CLASSES,
  ...RETIRED_STORAGE_CLASSES,
  ...PRIVATE_STORAGE_CLASSES,
];

const UNCOMPRESSED = [ExplicitVrLittleEndian.uid, ImplicitVrLittleEndian.uid];
/** Each is asked for on its own: of several in one context a peer names only the one that it likes best. */
const OTHERS = TRANSFER_SYNTAXES.map(({ uid }) => uid).filter((uid) => !UNCOMPRESSED.includes(uid));
export interface AcceptedClass {
  readonly sopClassUid: string;
  readonly name: string;
  readonly transferSyntaxUids: string[];
}

export interface PeerReport {
  /** What the peer says of itself in the answer to an association. */
  readonly implementationClassUid?: string;
  readonly implementationVersionName?: string;
  /** Bytes of the PDUs that it takes, 0 for any; missing when it doesn't say. */
  readonly maxPduLength?: number;
  readonly services: (AcceptedClass & { readonly isAccepted: boolean })[];
  /** Those that it takes in at least one transfer syntax. */
  readonly storage: AcceptedClass[];
  /** How many storage classes were asked for. */
  readonly askedClasses: number;
}

/** What was accepted is known by then: a peer that doesn't answer a release shall not cost more. */
const RELEASE_MS = 2_000;

interface Pair {
  readonly sopClassUid: string;
  readonly transferSyntaxUids: readonly string[];
}

/**
 * Asks a peer which SOP classes it takes in which transfer syntaxes. Nothing but associations is exchanged.
 * @throws DimseError as `requestAssociation`
 */
export async function examinePeer(
  peer: PeerAddress,
  options: AssociationOptions,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<PeerReport> {
  const first: Pair[] = [...SERVICES, ...STORAGE_CLASSES].map(([sopClassUid]) => ({
    sopClassUid,
    transferSyntaxUids: UNCOMPRESSED,
  }));
  const accepted = new Map<string, Set<string>>();
  const known = new Set<string>();
  let answer: AssociateAc | undefined;
  let done = 0;
  const ask = async (pairs: readonly Pair[], total: number) => {
    for (let at = 0; at < pairs.length; at += MAX_CONTEXTS) {
      const result = await propose(peer, pairs.slice(at, at + MAX_CONTEXTS), options, signal);
      answer ??= result.answer;
      for (const uid of result.known) known.add(uid);
      for (const { sopClassUid, transferSyntaxUid } of result.accepted) {
        const syntaxes = accepted.get(sopClassUid) ?? new Set();
        accepted.set(sopClassUid, syntaxes.add(transferSyntaxUid));
      }
      onProgress(++done, total);
    }
  };
  const rounds = (pairs: readonly Pair[]) => Math.ceil(pairs.length / MAX_CONTEXTS);
  await ask(first, rounds(first));
  // What a peer doesn't know at all needn't be asked for in thirty ways.
  const second = STORAGE_CLASSES.filter(([uid]) => known.has(uid)).flatMap(([sopClassUid]) =>
    [...UNCOMPRESSED, ...OTHERS].map((uid) => ({ sopClassUid, transferSyntaxUids: [uid] })),
  );
  await ask(second, done + rounds(second));
  const describe = ([sopClassUid, name]: readonly [string, string]) => ({
    sopClassUid,
    name,
    transferSyntaxUids: [...(accepted.get(sopClassUid) ?? [])],
  });
  const { implementationClassUid, implementationVersionName, maxPduLength } =
    answer?.userInformation ?? {};
  return {
    ...(implementationClassUid !== undefined && { implementationClassUid }),
    ...(implementationVersionName !== undefined && { implementationVersionName }),
    ...(maxPduLength !== undefined && { maxPduLength }),
    services: SERVICES.map(describe).map((service) => ({
      ...service,
      isAccepted: service.transferSyntaxUids.length > 0,
    })),
    storage: STORAGE_CLASSES.map(describe).filter(
      ({ transferSyntaxUids }) => transferSyntaxUids.length > 0,
    ),
    askedClasses: STORAGE_CLASSES.length,
  };
}

async function propose(
  peer: PeerAddress,
  pairs: readonly Pair[],
  options: AssociationOptions,
  signal: AbortSignal,
) {
  const contexts = pairs.map(({ sopClassUid, transferSyntaxUids }, index) => ({
    id: 2 * index + 1,
    abstractSyntax: sopClassUid,
    transferSyntaxes: transferSyntaxUids,
  }));
  const { association, answer } = await requestAssociation(peer, contexts, options, signal);
  const { accepted, refused } = association.contexts;
  await releaseWithin(association, RELEASE_MS);
  return {
    answer,
    accepted: [...accepted.values()].map(({ abstractSyntax, transferSyntax }) => ({
      sopClassUid: abstractSyntax,
      transferSyntaxUid: transferSyntax,
    })),
    /** Classes that the peer knows, be it in other transfer syntaxes. */
    known: [
      ...[...accepted.values()].map(({ abstractSyntax }) => abstractSyntax),
      ...refused
        .filter(({ result }) => result === CONTEXT_RESULT.transferSyntaxesNotSupported)
        .map(({ abstractSyntax }) => abstractSyntax),
    ],
  };
}
