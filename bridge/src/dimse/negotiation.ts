// What both sides agree on for an association: PS3.8 sections 7.1 and 9.3.3, PS3.7 annex D. Pure.
import type {
  AnsweredContext,
  AssociateAc,
  AssociateRq,
  ProposedContext,
  UserInformation,
} from './pdu/pdu.ts';
import { CONTEXT_RESULT } from './pdu/pdu.ts';
import {
  IMPLEMENTATION_CLASS_UID,
  IMPLEMENTATION_VERSION_NAME,
} from '../../../shared/dicom/uids.ts';

/** One answer per context ID, odd IDs only: PS3.8 section 9.3.2.2. */
export const MAX_CONTEXTS = 128;

/** PS3.8 annex D.1 wants the item in each negotiation; a peer without it gets what all can take. */
const PEER_MAX_PDU_LENGTH_UNSAID = 16384;

/** A presentation context that can be used. */
export interface AcceptedContext {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntax: string;
}

/** How the peer answered one presentation context, in words that complete "no presentation context: …". */
interface RefusedContext {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntaxes: readonly string[];
  readonly reason: string;
  /** PS3.8 table 9-18; undefined when the peer didn't answer this context, or answered with what wasn't proposed. */
  readonly result: number | undefined;
}

export interface NegotiatedContexts {
  readonly accepted: ReadonlyMap<number, AcceptedContext>;
  readonly refused: readonly RefusedContext[];
}

/** PS3.8 table 9-18. */
const RESULT_WORDS: Readonly<Record<number, string>> = {
  [CONTEXT_RESULT.userRejection]: 'the peer rejects it',
  [CONTEXT_RESULT.noReason]: 'the peer rejects it without a reason',
  [CONTEXT_RESULT.abstractSyntaxNotSupported]: 'the peer does not support this SOP class',
  [CONTEXT_RESULT.transferSyntaxesNotSupported]:
    'the peer supports this SOP class, but not in this transfer syntax',
};

/** Reads the answer to our request. A context that isn't answered, or with a syntax not proposed, is refused. */
export function negotiatedContexts(
  proposed: readonly ProposedContext[],
  answer: AssociateAc,
): NegotiatedContexts {
  const answers = new Map(answer.presentationContexts.map((context) => [context.id, context]));
  const accepted = new Map<number, AcceptedContext>();
  const refused: RefusedContext[] = [];
  for (const context of proposed) {
    const { id, abstractSyntax, transferSyntaxes } = context;
    const found = answers.get(id);
    if (found?.result !== CONTEXT_RESULT.acceptance) {
      const reason = found
        ? (RESULT_WORDS[found.result] ?? `the peer answers with the unknown result ${found.result}`)
        : 'the peer did not answer it';
      refused.push({ ...context, reason, result: found?.result });
    } else if (transferSyntaxes.includes(found.transferSyntax)) {
      accepted.set(id, { id, abstractSyntax, transferSyntax: found.transferSyntax });
    } else {
      const reason = 'the peer accepts it with a transfer syntax that was not proposed';
      refused.push({ ...context, reason, result: undefined });
    }
  }
  return { accepted, refused };
}

/** Maximum Length Received of the peer in bytes, 0 when unlimited. */
export function peerMaxPduLength(user: UserInformation): number {
  return user.maxPduLength ?? PEER_MAX_PDU_LENGTH_UNSAID;
}

/** What we say of ourselves in A-ASSOCIATE-RQ. The window of asynchronous operations stays at its default of 1/1. */
export function ownUserInformation(maxPduLength: number): UserInformation {
  return {
    maxPduLength,
    implementationClassUid: IMPLEMENTATION_CLASS_UID,
    implementationVersionName: IMPLEMENTATION_VERSION_NAME,
  };
}

/** What an acceptor knows of its services. */
export interface Supported {
  /** For an abstract syntax, in order of preference; undefined when it isn't supported. */
  readonly transferSyntaxesFor: (abstractSyntax: string) => readonly string[] | undefined;
  /** The answer to SOP Class Extended Negotiation; undefined when there is none. */
  readonly applicationInformation?: (
    abstractSyntax: string,
    proposed: Uint8Array,
  ) => Uint8Array | undefined;
  /** Whether the requestor may be the SCP of a class. Default: of none. */
  readonly acceptsScpRole?: (abstractSyntax: string) => boolean;
  /** Whether user identities are looked at: then a response that was asked for is given. */
  readonly hasUsers?: boolean;
}

/** Answers each proposed context on its own, and what else was proposed by what is supported. */
export function answerAssociation(
  request: AssociateRq,
  maxPduLength: number,
  supported: Supported,
): AssociateAc {
  const presentationContexts = request.presentationContexts.map((context) => {
    const syntaxes = supported.transferSyntaxesFor(context.abstractSyntax);
    const chosen = syntaxes?.find((syntax) => context.transferSyntaxes.includes(syntax));
    const { acceptance, abstractSyntaxNotSupported, transferSyntaxesNotSupported } = CONTEXT_RESULT;
    const refusal = syntaxes ? transferSyntaxesNotSupported : abstractSyntaxNotSupported;
    // A refused context names a transfer syntax too; its value is not tested (PS3.8 table 9-18).
    const transferSyntax = chosen ?? context.transferSyntaxes[0] ?? '';
    return { id: context.id, result: chosen ? acceptance : refusal, transferSyntax };
  });
  const { asynchronousOperationsWindow: window, userIdentity } = request.userInformation;
  const isResponseDue = supported.hasUsers && userIdentity?.positiveResponseRequested;
  return {
    type: 'associate-ac',
    protocolVersion: 1,
    calledAeTitle: request.calledAeTitle,
    callingAeTitle: request.callingAeTitle,
    applicationContextName: request.applicationContextName,
    presentationContexts,
    userInformation: {
      ...ownUserInformation(maxPduLength),
      ...(window && { asynchronousOperationsWindow: { invoked: 1, performed: 1 } }),
      ...answeredClasses(request, presentationContexts, supported),
      // Users by name have an empty one (PS3.7 table D.3-15).
      ...(isResponseDue && { userIdentityResponse: new Uint8Array(0) }),
    },
  };
}

/** Roles and extended negotiation, of the SOP classes that were accepted alone (PS3.7 sections D.3.3.4 and D.3.3.5). */
function answeredClasses(
  { presentationContexts, userInformation }: AssociateRq,
  answers: readonly AnsweredContext[],
  { applicationInformation, acceptsScpRole }: Supported,
): UserInformation {
  const acceptedIds = new Set(
    answers.filter(({ result }) => result === CONTEXT_RESULT.acceptance).map(({ id }) => id),
  );
  const accepted = new Set(
    presentationContexts.flatMap(({ id, abstractSyntax }) =>
      acceptedIds.has(id) ? [abstractSyntax] : [],
    ),
  );
  const { roleSelections = [], extendedNegotiations = [] } = userInformation;
  return {
    // Who accepts is an SCP here, so that the other side can be an SCU, and what a service allows beside.
    roleSelections: roleSelections
      .filter(({ sopClassUid }) => accepted.has(sopClassUid))
      .map(({ sopClassUid, scuRole, scpRole }) => ({
        sopClassUid,
        scuRole,
        scpRole: scpRole && (acceptsScpRole?.(sopClassUid) ?? false),
      })),
    extendedNegotiations: extendedNegotiations.flatMap(({ sopClassUid, information: proposed }) => {
      const information =
        accepted.has(sopClassUid) && applicationInformation?.(sopClassUid, proposed);
      return information ? [{ sopClassUid, information }] : [];
    }),
  };
}
