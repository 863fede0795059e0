// Query as SCU (PS3.4 section C.4.1): C-FIND.
//
// Session code: `for await (const match of query(peer, { informationModel: 'study-root', level: 'STUDY', keys }))`.
// The peer is slowed down while a match isn't taken. An AbortSignal, or leaving the loop, sends C-CANCEL and waits a
// moment for the peer's last word. All that goes wrong is thrown as a DimseError.
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import { textOf } from '../../../shared/dicom/dataset.ts';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { isText } from '../../../shared/dicom/vr.ts';
import type { AssociationOptions } from './association-settings.ts';
import { cancelled, statusFailure } from './dimse-error.ts';
import { IDENTIFIER_SYNTAXES, encodeIdentifier, readIdentifier } from './identifier.ts';
import { DATA_SET_FOLLOWS } from './message/command-set.ts';
import type { Message } from './message/message-assembler.ts';
import { COMMAND_FIELD, PRIORITY } from './message/message-types.ts';
import type { AssociateAc, ExtendedNegotiation } from './pdu/pdu.ts';
import type { InformationModel, QueryRequest } from './query-identifier.ts';
import { queryFields } from './query-identifier.ts';
import type { PeerAddress } from './request-association.ts';
import { requestAssociation } from './request-association.ts';
import { DEFAULT_CANCEL_REPLY_MS, isPending, responses } from './responses.ts';
import { releaseWithin, requiredContext } from './single-operation.ts';
import { dimseStatus } from '../../../shared/dicom/dimse-status.ts';

/** PS3.4 table C.6.1.3-1 and C.6.2.3-1: Query/Retrieve Information Model, FIND. */
const FIND_CLASS: Readonly<Record<InformationModel, string>> = {
  'patient-root': '1.2.840.10008.5.1.4.1.2.1.1',
  'study-root': '1.2.840.10008.5.1.4.1.2.2.1',
};

const FIND_CONTEXT_ID = 1;
const SUCCESS = 0x0000;

export interface QueryOptions extends AssociationOptions {
  /** How long the peer may take to end a cancelled query, and to release: milliseconds, default 10,000. */
  readonly cancelReplyMs?: number;
  /** Proposed to the peer, which may agree or not: SOP Class Extended Negotiation. Default: nothing is proposed. */
  readonly extended?: ExtendedQuery | undefined;
}

/** PS3.4 section C.5.1.1. */
export interface ExtendedQuery {
  /** Keys of any level, without the unique keys of the levels above. */
  readonly relational?: boolean | undefined;
  /** Names are matched by how they sound or are written elsewhere, as the peer does it. */
  readonly fuzzyNames?: boolean | undefined;
}

/**
 * One match: its values by keyword, several joined by backslashes, numbers in decimal. What is empty, private, binary
 * or a sequence is left out; so is Specific Character Set, for the text is decoded.
 */
export type QueryMatch = Readonly<Record<string, string>>;

/**
 * Asks a peer over an association of its own, and gives each match as it comes.
 * @throws DimseError any code of an association; invalid-dataset; no-presentation-context; status-failure when the
 *   peer ends with anything but success; cancelled
 */
export async function* query(
  peer: PeerAddress,
  request: QueryRequest,
  options: QueryOptions = {},
  signal?: AbortSignal,
): AsyncGenerator<QueryMatch, void, undefined> {
  const { extended = {} } = options;
  // What can't be sent whatever the peer agrees to is told before it is asked.
  queryFields(request, extended.relational);
  const { cancelReplyMs = DEFAULT_CANCEL_REPLY_MS } = options;
  const abstractSyntax = FIND_CLASS[request.informationModel];
  const proposed = { id: FIND_CONTEXT_ID, abstractSyntax, transferSyntaxes: IDENTIFIER_SYNTAXES };
  const isExtended = extended.relational === true || extended.fuzzyNames === true;
  const { association, answer } = await requestAssociation(peer, [proposed], options, signal, {
    extendedNegotiations: isExtended ? [findInformation(abstractSyntax, extended)] : [],
  });
  try {
    const { transferSyntax } = requiredContext(association, FIND_CONTEXT_ID, 'C-FIND');
    const command = {
      AffectedSOPClassUID: abstractSyntax,
      CommandField: COMMAND_FIELD['C-FIND-RQ'],
      MessageID: association.nextMessageId(),
      Priority: PRIORITY.medium,
      CommandDataSetType: DATA_SET_FOLLOWS,
    };
    const isRelational = agreesToRelational(answer, abstractSyntax);
    const dataset = encodeIdentifier(queryFields(request, isRelational), transferSyntax);
    const replyMs = association.timers.dimseReplyMs;
    const answers = responses(
      association,
      { contextId: FIND_CONTEXT_ID, command, dataset },
      { responseName: 'C-FIND-RSP', replyMs, cancelReplyMs, signal },
    );
    for await (const response of answers) {
      if (isPending(response)) yield valuesOf(await readIdentifier(association, response));
      else if (signal?.aborted) throw cancelled(signal.reason);
      else checkFinal(response);
    }
  } finally {
    await releaseWithin(association, cancelReplyMs);
  }
}

/** PS3.4 table C.5-3: date and time as one, and time zones, are not asked for. */
function findInformation(
  sopClassUid: string,
  { relational = false, fuzzyNames = false }: ExtendedQuery,
): ExtendedNegotiation {
  return {
    sopClassUid,
    information: Uint8Array.of(Number(relational), 0, Number(fuzzyNames), 0),
  };
}

/** A peer that doesn't answer the negotiation keeps to the default, hierarchical queries. */
function agreesToRelational({ userInformation }: AssociateAc, abstractSyntax: string): boolean {
  const answer = userInformation.extendedNegotiations?.find(
    ({ sopClassUid }) => sopClassUid === abstractSyntax,
  );
  return answer?.information[0] === 1;
}

/** An end that the peer cuts short, without being asked to, is no success: the list would look complete. */
function checkFinal({ command }: Message): void {
  const status = command.Status ?? SUCCESS;
  if (status !== SUCCESS) throw statusFailure(status, dimseStatus('C-FIND', status).words);
}

function valuesOf(dataset: Dataset): QueryMatch {
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
