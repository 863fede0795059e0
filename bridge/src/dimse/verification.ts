// Verification (PS3.4 annex A): C-ECHO both ways.
//
// Session code: `await echo(peer, options, signal)` tells whether a peer can be reached and talks DICOM with us;
// whatever is wrong comes as a DimseError whose code names the step. `verificationScp` goes into the services of
// a listener.
import type { AssociationOptions } from './association-settings.ts';
import { DimseError, cancelled } from './dimse-error.ts';
import type { Association } from './association.ts';
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
  /** From before the name lookup to the end of the association, milliseconds. */
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
  const { implementationClassUid, implementationVersionName } = answer.userInformation;
  try {
    const response = await askForEcho(association, signal);
    await association.operation(signal, () => association.release());
    const totalMs = performance.now() - started;
    return { ...response, totalMs, implementationClassUid, implementationVersionName };
  } catch (error) {
    // A signal that aborts between two steps leaves an association that nobody would end.
    association.abort(cancelled(error));
    throw error;
  }
}

async function askForEcho(
  association: Association,
  signal: AbortSignal | undefined,
): Promise<{ status: number; roundTripMs: number }> {
  const { accepted, refused } = association.contexts;
  if (!accepted.has(VERIFICATION_CONTEXT_ID)) {
    const reason = refused[0]?.reason ?? 'not accepted';
    // Whether the release succeeds makes no difference to what is wrong.
    await association.release().catch(() => undefined);
    throw new DimseError('no-presentation-context', `No C-ECHO with this peer: ${reason}.`);
  }
  const asked = performance.now();
  const command = {
    AffectedSOPClassUID: VERIFICATION_SOP_CLASS,
    CommandField: COMMAND_FIELD['C-ECHO-RQ'],
    MessageID: association.nextMessageId(),
    CommandDataSetType: NO_DATA_SET,
  };
  const message = { contextId: VERIFICATION_CONTEXT_ID, command };
  const response = await exchange(association, message, signal);
  return { status: response.command.Status ?? SUCCESS, roundTripMs: performance.now() - asked };
}

const PREFERRED = [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN];

/**
 * Answers C-ECHO of others (PS3.4 section A.4).
 * @param transferSyntaxes that are taken, in order of preference
 */
export const verificationScpIn = (transferSyntaxes: readonly string[] = PREFERRED): ScpService => ({
  transferSyntaxesFor: (abstractSyntax) =>
    abstractSyntax === VERIFICATION_SOP_CLASS ? transferSyntaxes : undefined,
  requests: ['C-ECHO-RQ'],
  handle: () => Promise.resolve({ status: SUCCESS }),
});

/** With the transfer syntaxes that any peer may propose. */
export const verificationScp = verificationScpIn();
