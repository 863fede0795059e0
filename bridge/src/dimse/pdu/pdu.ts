// The seven PDUs of the DICOM upper layer as values (PS3.8 section 9.3).
// https://dicom.nema.org/medical/dicom/2026d/output/html/part08.html#sect_9.3
import type { AbortReason, Rejection } from '../dimse-error.ts';

/** PS3.8 sections 9.3.2 to 9.3.8: the first byte. */
export const PDU_TYPE = {
  associateRq: 0x01,
  associateAc: 0x02,
  associateRj: 0x03,
  dataTf: 0x04,
  releaseRq: 0x05,
  releaseRp: 0x06,
  abort: 0x07,
} as const;

/** Type, reserved byte, length of what follows as an unsigned 32-bit big endian number. */
export const PDU_HEADER_LENGTH = 6;
/** PS3.8 section 9.3.5.1: item length, presentation context ID, message control header. */
export const PDV_HEADER_LENGTH = 6;
/** PS3.8 section 9.3.1: bit 0 of the protocol version stands for version 1, the only one. */
export const PROTOCOL_VERSION = 0x0001;

/** PS3.8 table 9-18: the answer to one presentation context. */
export const CONTEXT_RESULT = {
  acceptance: 0,
  userRejection: 1,
  noReason: 2,
  abstractSyntaxNotSupported: 3,
  transferSyntaxesNotSupported: 4,
} as const;

export interface ProposedContext {
  /** Odd, 1 to 255. */
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntaxes: readonly string[];
}

export interface AnsweredContext {
  readonly id: number;
  /** One of CONTEXT_RESULT. */
  readonly result: number;
  /** Without meaning unless accepted. */
  readonly transferSyntax: string;
}

/** PS3.7 D.3.3.4. */
export interface RoleSelection {
  readonly sopClassUid: string;
  readonly scuRole: boolean;
  readonly scpRole: boolean;
}

/** PS3.7 D.3.3.5; the meaning of the bytes depends on the service class (PS3.4). */
export interface ExtendedNegotiation {
  readonly sopClassUid: string;
  readonly information: Uint8Array;
}

/** PS3.7 D.3.3.7. The fields are secrets: never to a log, never into an error. */
export interface UserIdentity {
  readonly identityType: number;
  readonly positiveResponseRequested: boolean;
  readonly primaryField: Uint8Array;
  readonly secondaryField: Uint8Array;
}

/** PS3.7 annex D.3.3. What isn't there wasn't sent. */
export interface UserInformation {
  /** PS3.8 annex D.1: largest P-DATA-TF that the sender takes, without its header; 0 is unlimited. */
  readonly maxPduLength?: number;
  readonly implementationClassUid?: string;
  readonly implementationVersionName?: string;
  readonly asynchronousOperationsWindow?: { readonly invoked: number; readonly performed: number };
  readonly roleSelections?: readonly RoleSelection[];
  readonly extendedNegotiations?: readonly ExtendedNegotiation[];
  /** In A-ASSOCIATE-RQ only. */
  readonly userIdentity?: UserIdentity;
  /** In A-ASSOCIATE-AC only. */
  readonly userIdentityResponse?: Uint8Array;
}

interface AssociatePdu<Context> {
  readonly protocolVersion: number;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly applicationContextName: string;
  readonly presentationContexts: readonly Context[];
  readonly userInformation: UserInformation;
}

export interface AssociateRq extends AssociatePdu<ProposedContext> {
  readonly type: 'associate-rq';
}
export interface AssociateAc extends AssociatePdu<AnsweredContext> {
  readonly type: 'associate-ac';
}
export interface AssociateRj extends Rejection {
  readonly type: 'associate-rj';
}
interface ReleaseRq {
  readonly type: 'release-rq';
}
interface ReleaseRp {
  readonly type: 'release-rp';
}
interface Abort extends AbortReason {
  readonly type: 'abort';
}

/** Every PDU but P-DATA-TF, which is passed on in slices and never exists as a whole. */
export type ControlPdu = AssociateRq | AssociateAc | AssociateRj | ReleaseRq | ReleaseRp | Abort;
