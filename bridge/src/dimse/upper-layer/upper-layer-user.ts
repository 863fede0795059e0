import type { DimseError } from '../dimse-error.ts';
import type { AssociateAc, AssociateRq } from '../pdu/pdu.ts';
import type { PdvHeader } from '../pdu/pdu-reader.ts';

/** How an association ended, for its user. Both sides have agreed, or there is an error. */
export type AssociationEnd =
  { readonly kind: 'released' } | { readonly kind: 'failed'; readonly error: DimseError };

/** The indications and confirmations of PS3.8 section 7. */
export interface UpperLayerUser {
  /** Acceptor: answer with `accept` or `reject`. */
  associateIndication(request: AssociateRq): void;
  /** Requestor: the association is established. */
  associateConfirmation(answer: AssociateAc): void;
  pdvStart(header: PdvHeader): void;
  pdvBytes(bytes: Uint8Array): void;
  pdvEnd(): void;
  /** The peer wants to release: answer with `respondRelease` once everything is done. */
  releaseIndication(): void;
  /** Exactly once, the last call. The transport may take a moment more. */
  associationEnded(end: AssociationEnd): void;
}
