import type { AssociateRj, AssociateRq } from './pdu/pdu.ts';
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
}

/** What a request is judged by, beside itself. */
export interface AssociationLoad {
  readonly host: string;
  /** Established, without the one that is judged. */
  readonly associations: number;
  readonly associationsOfHost: number;
}

/** PS3.8 table 9-21. */
const REJECTION = {
  applicationContextNotSupported: { result: 1, source: 1, reason: 2 },
  callingAeTitleNotRecognized: { result: 1, source: 1, reason: 3 },
  calledAeTitleNotRecognized: { result: 1, source: 1, reason: 7 },
  noReasonGiven: { result: 1, source: 1, reason: 1 },
  localLimitExceeded: { result: 2, source: 3, reason: 2 },
} as const;

/** @returns the rejection that is due, undefined when the association may be accepted */
export function judge(
  policy: AssociationPolicy,
  request: AssociateRq,
  load: AssociationLoad,
): AssociateRj | undefined {
  const reason = rejectionReason(policy, request, load);
  return reason && { type: 'associate-rj', ...REJECTION[reason] };
}

function rejectionReason(
  policy: AssociationPolicy,
  request: AssociateRq,
  load: AssociationLoad,
): keyof typeof REJECTION | undefined {
  const { aeTitles, acceptAnyCalledAeTitle, callingAeTitles, callingHosts } = policy;
  if (request.applicationContextName !== DICOM_APPLICATION_CONTEXT) {
    return 'applicationContextNotSupported';
  }
  if (!acceptAnyCalledAeTitle && !aeTitles.includes(request.calledAeTitle)) {
    return 'calledAeTitleNotRecognized';
  }
  const isKnown = callingAeTitles === 'any' || callingAeTitles.includes(request.callingAeTitle);
  const isNear = callingHosts === 'any' || callingHosts.includes(load.host);
  if (!isKnown || !isNear) return 'callingAeTitleNotRecognized';
  const maxPduLength = peerMaxPduLength(request.userInformation);
  if (maxPduLength > 0 && maxPduLength < MIN_PEER_PDU_LENGTH) return 'noReasonGiven';
  if (
    load.associations >= policy.maxAssociations ||
    load.associationsOfHost >= policy.maxAssociationsPerHost
  ) {
    return 'localLimitExceeded';
  }
  return undefined;
}
