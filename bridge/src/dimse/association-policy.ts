import type { AssociateRj, AssociateRq } from './pdu/pdu.ts';
import { identityRefusal } from './user-identity.ts';
import type { IdentityPolicy } from './user-identity.ts';
import { peerMaxPduLength } from './negotiation.ts';
import { MIN_PEER_PDU_LENGTH } from './message/message-sender.ts';
import { DICOM_APPLICATION_CONTEXT } from './well-known-uids.ts';

/** Whom a listener lets in, and how many at once. */
export interface AssociationPolicy {
  /** Our AE titles. A request for another one is rejected, unless `acceptAnyCalledAeTitle`. */
  readonly aeTitles: readonly string[];
  readonly acceptAnyCalledAeTitle: boolean;
  /** Who may call: 'any', or a list. */
  readonly callingAeTitles: 'any' | readonly string[];
  /** Addresses that may call (as the socket tells them, IPv4 without prefix): 'any', or a list. */
  readonly callingHosts: 'any' | readonly string[];
  readonly maxAssociations: number;
  readonly maxAssociationsPerHost: number;
  /** Undefined: what a request says of a user is ignored, as by any application without that negotiation. */
  readonly identity: IdentityPolicy | undefined;
}

/** What a request is judged by, beside itself. */
export interface AssociationLoad {
  readonly host: string;
  /** Established, without the one that is judged. */
  readonly associations: number;
  readonly associationsOfHost: number;
  /** Whether none is left of the places that are shared with other listeners. */
  readonly areSharedPlacesTaken: boolean;
}

/** PS3.8 table 9-21. */
export const REJECTION = {
  applicationContextNotSupported: { result: 1, source: 1, reason: 2 },
  callingAeTitleNotRecognized: { result: 1, source: 1, reason: 3 },
  calledAeTitleNotRecognized: { result: 1, source: 1, reason: 7 },
  noReasonGiven: { result: 1, source: 1, reason: 1 },
  /** PS3.7 section D.3.3.7: a user that isn't let in is rejected by the provider. */
  userNotAccepted: { result: 1, source: 2, reason: 1 },
  localLimitExceeded: { result: 2, source: 3, reason: 2 },
} as const;

/** A-ASSOCIATE-RJ, and what its numbers leave out: for our own log. */
export interface Refusal extends AssociateRj {
  readonly why: string;
}

/** Whether there may be a place later. */
export const isForLackOfPlace = ({ result }: Refusal): boolean =>
  result === REJECTION.localLimitExceeded.result;

/** @returns the rejection that is due, undefined when the association may be accepted */
export function judge(
  policy: AssociationPolicy,
  request: AssociateRq,
  load: AssociationLoad,
): Refusal | undefined {
  const refusal = refusalOf(policy, request, load);
  return refusal && { type: 'associate-rj', ...REJECTION[refusal[0]], why: refusal[1] };
}

function refusalOf(
  policy: AssociationPolicy,
  request: AssociateRq,
  load: AssociationLoad,
): readonly [keyof typeof REJECTION, why: string] | undefined {
  const { aeTitles, acceptAnyCalledAeTitle, callingAeTitles, callingHosts } = policy;
  if (request.applicationContextName !== DICOM_APPLICATION_CONTEXT) {
    return ['applicationContextNotSupported', 'its application context is not that of DICOM'];
  }
  if (!acceptAnyCalledAeTitle && !aeTitles.includes(request.calledAeTitle)) {
    return ['calledAeTitleNotRecognized', 'it calls another AE title'];
  }
  const isKnown = callingAeTitles === 'any' || callingAeTitles.includes(request.callingAeTitle);
  const isNear = callingHosts === 'any' || callingHosts.includes(load.host);
  if (!isKnown) return ['callingAeTitleNotRecognized', 'its AE title is not listed'];
  if (!isNear) return ['callingAeTitleNotRecognized', 'its address is not listed'];
  const maxPduLength = peerMaxPduLength(request.userInformation);
  if (maxPduLength > 0 && maxPduLength < MIN_PEER_PDU_LENGTH) {
    return ['noReasonGiven', `its maximum PDU length of ${maxPduLength} bytes holds no data`];
  }
  const unknownUser =
    policy.identity && identityRefusal(policy.identity, request.userInformation.userIdentity);
  if (unknownUser !== undefined) return ['userNotAccepted', unknownUser];
  if (
    load.associations >= policy.maxAssociations ||
    load.associationsOfHost >= policy.maxAssociationsPerHost ||
    load.areSharedPlacesTaken
  ) {
    return ['localLimitExceeded', 'there are as many associations as may be'];
  }
  return undefined;
}
