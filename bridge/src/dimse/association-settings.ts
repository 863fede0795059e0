import type { AssociationObserver } from './association-observer.ts';
import type { AssociationSettings } from './association.ts';
import { DEFAULT_MAX_PDU_LENGTH } from './association.ts';
import { DimseError } from './dimse-error.ts';
import { MIN_PEER_PDU_LENGTH } from './message/message-sender.ts';
import type { AssociationTimers } from './upper-layer/timers.ts';
import { associationTimers } from './upper-layer/timers.ts';

/** A larger P-DATA-TF saves nothing: 12 bytes of header in 16 MiB. */
const MAX_MAX_PDU_LENGTH = 16 * 1024 * 1024;

/** PS3.8 section D.1.1. */
const ANY_LENGTH = 0;

/** What a caller may set of an association; everything has a default. */
export interface AssociationOptions {
  readonly timers?: Partial<AssociationTimers>;
  /**
   * Maximum Length Received that we announce, and our largest P-DATA-TF: bytes, 16 to 16 MiB, default 128 KiB; 0: any
   * length is taken, and those sent are of the default.
   */
  readonly maxPduLength?: number;
  /** Counts and logs. */
  readonly observer?: AssociationObserver;
  /** Of a requestor: of the transfer syntaxes of a context only these are proposed, in this order; all where it has none of them. */
  readonly transferSyntaxes?: readonly string[];
}

/** @throws DimseError invalid-configuration */
export function associationSettings(options: AssociationOptions): AssociationSettings {
  const { timers, maxPduLength = DEFAULT_MAX_PDU_LENGTH, observer } = options;
  const isInRange = maxPduLength >= MIN_PEER_PDU_LENGTH && maxPduLength <= MAX_MAX_PDU_LENGTH;
  if (!Number.isInteger(maxPduLength) || !(isInRange || maxPduLength === ANY_LENGTH)) {
    const message = `The maximum PDU length must be ${MIN_PEER_PDU_LENGTH} to ${MAX_MAX_PDU_LENGTH} bytes, or 0.`;
    throw new DimseError('invalid-configuration', message);
  }
  return { timers: associationTimers(timers), maxPduLength, observer };
}
