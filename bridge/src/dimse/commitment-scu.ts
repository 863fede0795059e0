// Storage commitment as whoever calls (PS3.4 annex J): asks a peer to keep instances, or reports to one that has asked.
import type { Association } from './association.ts';
import type { AssociationOptions } from './association-settings.ts';
import { observed } from './association-observer.ts';
import { answerReport, type CommitmentScpOptions } from './commitment-scp.ts';
import { DimseError, protocolViolation, statusFailure } from './dimse-error.ts';
import { exchange } from './exchange.ts';
import { encodeIdentifier, IDENTIFIER_SYNTAXES } from './identifier.ts';
import { DATA_SET_FOLLOWS } from './message/command-set.ts';
import type { Message } from './message/message-assembler.ts';
import { COMMAND_FIELD } from './message/message-types.ts';
import type { OpenAssociation, PeerAddress } from './request-association.ts';
import { requestAssociation } from './request-association.ts';
import { sendResponse } from './send-response.ts';
import { releaseWithin, requiredContext } from './single-operation.ts';
import type { CommitmentReport, CommitmentRequest } from './storage-commitment.ts';
import {
  checkReportStatus,
  eventCommand,
  reportFields,
  REQUEST_STORAGE_COMMITMENT,
  requestFields,
  STORAGE_COMMITMENT_INSTANCE,
} from './storage-commitment.ts';
import { STORAGE_COMMITMENT_SOP_CLASS } from './well-known-uids.ts';
import { dimseStatus } from '../../../shared/dicom/dimse-status.ts';

const CONTEXT_ID = 1;
const RELEASE_MS = 10_000;
const CONTEXT = {
  id: CONTEXT_ID,
  abstractSyntax: STORAGE_COMMITMENT_SOP_CLASS,
  transferSyntaxes: IDENTIFIER_SYNTAXES,
};

export interface AskOptions extends AssociationOptions {
  /** How long the association stays for a report after the peer has taken the request, milliseconds. */
  readonly reportMs: number;
  /** Reports that come over this association, also such as come before the response. */
  readonly onReport: CommitmentScpOptions['onReport'];
}

/**
 * Asks a peer to keep instances.
 * @returns once the peer has taken the request, and the report was waited for
 * @throws DimseError as `requestAssociation` and `exchange`; status-failure when the peer doesn't take it
 */
export async function askForCommitment(
  peer: PeerAddress,
  request: CommitmentRequest,
  options: AskOptions,
  signal?: AbortSignal,
): Promise<void> {
  const { association } = await requestAssociation(peer, [CONTEXT], options, signal);
  try {
    const { transferSyntax } = requiredContext(association, CONTEXT_ID, 'storage commitment');
    const command = {
      RequestedSOPClassUID: STORAGE_COMMITMENT_SOP_CLASS,
      CommandField: COMMAND_FIELD['N-ACTION-RQ'],
      MessageID: association.nextMessageId(),
      CommandDataSetType: DATA_SET_FOLLOWS,
      RequestedSOPInstanceUID: STORAGE_COMMITMENT_INSTANCE,
      ActionTypeID: REQUEST_STORAGE_COMMITMENT,
    };
    const dataset = encodeIdentifier(requestFields(request), transferSyntax);
    const conversation = new Conversation(association, options, request.transactionUid);
    const tell = observed(association, 'scu', command.CommandField);
    try {
      const status = await association.operation(signal, async () => {
        await association.send({ contextId: CONTEXT_ID, command, dataset });
        return conversation.responseTo(command.MessageID);
      });
      tell(status);
      const { category, words } = dimseStatus('N-ACTION', status);
      if (category !== 'success' && category !== 'warning') throw statusFailure(status, words);
    } finally {
      tell(undefined);
    }
    await conversation.report(options.reportMs);
  } finally {
    await releaseWithin(association, RELEASE_MS);
  }
}

/** What comes over an association of ours: the response, and reports before or behind it. */
class Conversation {
  readonly #association: Association;
  readonly #options: AskOptions;
  readonly #transactionUid: string;
  #isReported = false;

  constructor(association: Association, options: AskOptions, transactionUid: string) {
    this.#association = association;
    this.#options = options;
    this.#transactionUid = transactionUid;
  }

  /** @throws DimseError what ended the association */
  async responseTo(messageId: number): Promise<number> {
    for (;;) {
      const message = await this.#association.nextMessage(this.#association.timers.dimseReplyMs);
      if (!message) {
        const words = 'The peer released the association instead of answering.';
        throw new DimseError('association-released', words);
      }
      const { name, command } = message;
      if (name === 'N-ACTION-RSP' && command.MessageIDBeingRespondedTo === messageId) {
        message.dataset?.discard();
        return command.Status ?? 0;
      }
      await this.#take(message);
    }
  }

  /** Waits for the report; a peer that goes, or breaks off, has taken the request all the same. */
  async report(withinMs: number): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), withinMs);
    try {
      while (!this.#isReported) {
        const message = await Promise.race([this.#association.nextMessage(), late]);
        if (!message) return;
        await this.#take(message);
      }
    } catch (error) {
      if (!(error instanceof DimseError)) throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #take(message: Message): Promise<void> {
    const association = this.#association;
    const { name, command, dataset, contextId } = message;
    const context = association.contexts.accepted.get(contextId);
    if (name !== 'N-EVENT-REPORT-RQ' || !context) {
      const error = protocolViolation(`${name} that answers nothing we asked`);
      association.abort(error);
      throw error;
    }
    const tell = observed(association, 'scp', command.CommandField);
    const response = await answerReport({ command, dataset, context }, (report) => {
      if (report.transactionUid === this.#transactionUid) this.#isReported = true;
      return this.#options.onReport(report);
    });
    await sendResponse(association, message, response);
    tell(response.status);
  }
}

/**
 * Tells a peer that has asked what became of its instances, over an association of Gantry's own.
 * @throws DimseError as `requestAssociation` and `exchange`; status-failure when the peer doesn't take it
 */
export async function reportCommitment(
  peer: PeerAddress,
  report: CommitmentReport,
  options: AssociationOptions = {},
  signal?: AbortSignal,
): Promise<void> {
  // PS3.4 section J.3.3: who reports is the SCP, which the requestor of an association is only if that was agreed on.
  const role = { sopClassUid: STORAGE_COMMITMENT_SOP_CLASS, scuRole: false, scpRole: true };
  const open = await requestAssociation(peer, [CONTEXT], options, signal, {
    roleSelections: [role],
  });
  const { association } = open;
  try {
    checkRole(open);
    const { transferSyntax } = requiredContext(association, CONTEXT_ID, 'storage commitment');
    const command = { ...eventCommand(report), MessageID: association.nextMessageId() };
    const dataset = encodeIdentifier(reportFields(report), transferSyntax);
    const message = { contextId: CONTEXT_ID, command, dataset };
    const response = await exchange(association, message, signal);
    checkReportStatus(response.command.Status ?? 0);
  } finally {
    await releaseWithin(association, RELEASE_MS);
  }
}

/** A peer that says nothing of roles takes reports all the same, as a rule: only a plain no counts. */
function checkRole({ answer }: OpenAssociation): void {
  const answered = answer.userInformation.roleSelections?.find(
    ({ sopClassUid }) => sopClassUid === STORAGE_COMMITMENT_SOP_CLASS,
  );
  if (!answered || answered.scpRole) return;
  const message = 'The peer does not agree to be told the result over an association of ours.';
  throw new DimseError('no-presentation-context', message);
}
