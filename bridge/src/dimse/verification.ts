// Verification (PS3.4 annex A): C-ECHO both ways.
//
// Session code: `await echo(peer, options, signal)` tells whether a peer can be reached and talks DICOM with us;
// whatever is wrong comes as a DimseError whose code names the step. `verificationScp` goes into the services of
// a listener.
import type { AssociationOptions } from './association-settings.ts';
import { DimseError } from './dimse-error.ts';
import { exchange } from './exchange.ts';
import { COMMAND_FIELD } from './message/message-types.ts';
import { NO_DATA_SET } from './message/command-set.ts';
import type { PeerAddress } from './request-association.ts';
import { requestAssociation } from './request-association.ts';
import type { ScpService } from './scp-service.ts';
import {
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  VERIFICATION_SOP_CLASS,
} from './well-known-uids.ts';

const VERIFICATION_CONTEXT_ID = 1;
const SUCCESS = 0x0000;

export interface EchoResult {
  /** DIMSE status; 0 is success, `shared/dicom/dimse-status.ts` has the words for others. */
  readonly status: number;
  /** From before the name lookup to the response, milliseconds. */
  readonly totalMs: number;
  /** From C-ECHO-RQ to C-ECHO-RSP, milliseconds. */
  readonly roundTripMs: number;
  /** What the peer says that it is; missing when it doesn't. */
  readonly implementationClassUid: string | undefined;
  readonly implementationVersionName: string | undefined;
}

/**
 * Asks a peer for an echo over an association of its own.
 * @throws DimseError any code but those of data sets
 */
export async function echo(
  peer: PeerAddress,
  options: AssociationOptions = {},
  signal?: AbortSignal,
): Promise<EchoResult> {
  const started = performance.now();
  const context = {
    id: VERIFICATION_CONTEXT_ID,
    abstractSyntax: VERIFICATION_SOP_CLASS,
    transferSyntaxes: [IMPLICIT_VR_LITTLE_ENDIAN],
  };
  const { association, answer } = await requestAssociation(peer, [context], options, signal);
  if (!association.contexts.accepted.has(context.id)) {
    const reason = association.contexts.refused[0]?.reason ?? 'not accepted';
    const error = new DimseError('no-presentation-context', `No C-ECHO with this peer: ${reason}.`);
    await association.release();
    throw error;
  }
  const asked = performance.now();
  const command = {
    AffectedSOPClassUID: VERIFICATION_SOP_CLASS,
    CommandField: COMMAND_FIELD['C-ECHO-RQ'],
    MessageID: association.nextMessageId(),
    CommandDataSetType: NO_DATA_SET,
  };
  const response = await exchange(association, { contextId: context.id, command }, signal);
  const answered = performance.now();
  await association.operation(signal, () => association.release());
  return {
    status: response.command.Status ?? SUCCESS,
    totalMs: answered - started,
    roundTripMs: answered - asked,
    implementationClassUid: answer.userInformation.implementationClassUid,
    implementationVersionName: answer.userInformation.implementationVersionName,
  };
}

/** Answers C-ECHO of others (PS3.4 section A.4). */
export const verificationScp: ScpService = {
  transferSyntaxesFor: (abstractSyntax) =>
    abstractSyntax === VERIFICATION_SOP_CLASS
      ? [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN]
      : undefined,
  requests: ['C-ECHO-RQ'],
  handle: () => Promise.resolve({ status: SUCCESS }),
};
