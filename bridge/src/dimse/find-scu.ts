// C-FIND as SCU, whatever information model is asked (PS3.4 sections C.4.1 and K.4.1; PS3.7 section 9.1.2).
//
// The peer is slowed down while a match isn't taken. An AbortSignal, or leaving the loop, sends C-CANCEL and waits a
// moment for the peer's last word. All that goes wrong is thrown as a DimseError.
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import { textOf } from '../../../shared/dicom/dataset.ts';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import type { Fields } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { isText } from '../../../shared/dicom/vr.ts';
import type { AssociationOptions } from './association-settings.ts';
import { cancelled, statusFailure } from './dimse-error.ts';
import { IDENTIFIER_SYNTAXES, encodeIdentifier, readIdentifier } from './identifier.ts';
import { DATA_SET_FOLLOWS } from './message/command-set.ts';
import type { Message } from './message/message-assembler.ts';
import { COMMAND_FIELD, PRIORITY } from './message/message-types.ts';
import type { AssociateAc, ExtendedNegotiation } from './pdu/pdu.ts';
import type { PeerAddress } from './request-association.ts';
import { requestAssociation } from './request-association.ts';
import { responseStatus } from './response-status.ts';
import { DEFAULT_CANCEL_REPLY_MS, isPending, responses } from './responses.ts';
import { releaseWithin, requiredContext } from './single-operation.ts';

const FIND_CONTEXT_ID = 1;
const SUCCESS = 0x0000;

export interface FindOptions extends AssociationOptions {
  /** How long the peer may take to end a cancelled query, and to release: milliseconds, default 10,000. */
  readonly cancelReplyMs?: number;
}

export interface FindRequest {
  readonly sopClassUid: string;
  readonly extendedNegotiations?: readonly ExtendedNegotiation[];
  /** The identifier, by what the peer has agreed to. */
  readonly identifier: (answer: AssociateAc) => Fields;
}

/**
 * One match: its values by keyword, several joined by backslashes, numbers in decimal. What is empty, private, binary
 * or a sequence is left out; so is Specific Character Set, for the text is decoded.
 */
export type FindMatch = Readonly<Record<string, string>>;

/**
 * Asks a peer over an association of its own, and gives each match as it comes.
 * @throws DimseError any code of an association; no-presentation-context; status-failure when the peer ends with
 *   anything but success; cancelled
 */
export async function* find(
  peer: PeerAddress,
  { sopClassUid, extendedNegotiations = [], identifier }: FindRequest,
  options: FindOptions,
  signal?: AbortSignal,
): AsyncGenerator<Dataset, void, undefined> {
  const { cancelReplyMs = DEFAULT_CANCEL_REPLY_MS } = options;
  const proposed = { id: FIND_CONTEXT_ID, abstractSyntax: sopClassUid };
  const contexts = [{ ...proposed, transferSyntaxes: IDENTIFIER_SYNTAXES }];
  const { association, answer } = await requestAssociation(peer, contexts, options, signal, {
    extendedNegotiations,
  });
  try {
    const { transferSyntax } = requiredContext(association, FIND_CONTEXT_ID, 'C-FIND');
    const command = {
      AffectedSOPClassUID: sopClassUid,
      CommandField: COMMAND_FIELD['C-FIND-RQ'],
      MessageID: association.nextMessageId(),
      Priority: PRIORITY.medium,
      CommandDataSetType: DATA_SET_FOLLOWS,
    };
    const dataset = encodeIdentifier(identifier(answer), transferSyntax);
    const replyMs = association.timers.dimseReplyMs;
    const answers = responses(
      association,
      { contextId: FIND_CONTEXT_ID, command, dataset },
      { responseName: 'C-FIND-RSP', replyMs, cancelReplyMs, signal },
    );
    for await (const response of answers) {
      if (isPending(response)) yield await readIdentifier(association, response);
      else if (signal?.aborted) throw cancelled(signal.reason);
      else checkFinal(response);
    }
  } finally {
    await releaseWithin(association, cancelReplyMs);
  }
}

/** An end that the peer cuts short, without being asked to, is no success: the list would look complete. */
function checkFinal({ command }: Message): void {
  const status = command.Status ?? SUCCESS;
  if (status !== SUCCESS) throw statusFailure(status, responseStatus('C-FIND', command).words);
}

export function valuesOf(dataset: Dataset): FindMatch {
  const match: Record<string, string> = {};
  for (const element of dataset.elements) {
    const { tag, vr } = element;
    const keyword = dictionaryEntry(tag)?.keyword;
    if (!keyword || tag === Tag.SpecificCharacterSet) continue;
    const isBinary = vr === 'SQ' || vr === 'UN' || vr.startsWith('O');
    if (isBinary) continue;
    const text = isText(vr) ? trimmed(textOf(element, dataset)) : dataset.numbers(tag).join('\\');
    if (text !== '') match[keyword] = text;
  }
  return match;
}

/** Spaces around a value mean nothing (PS3.5 section 6.2). */
function trimmed(text: string): string {
  if (!text.includes('\\')) return text.trim();
  return text
    .split('\\')
    .map((value) => value.trim())
    .join('\\');
}
