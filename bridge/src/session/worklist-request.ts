import { openEnded } from '../../../shared/dicom/query-keys.ts';
import { WORKLIST_OPEN_ENDED } from '../../../shared/dicom/worklist-keys.ts';
import type { ClientMessage, DoneResult } from '../../../shared/protocol/messages.ts';
import type { AssociationOptions } from '../dimse/association-settings.ts';
import type { PeerAddress } from '../dimse/request-association.ts';
import { worklist } from '../dimse/worklist-scu.ts';
import type { RequestContext } from './page-connection.ts';
import type { QueryRules } from './query-request.ts';
import { streamMatches } from './row-batches.ts';

type Message = Extract<ClientMessage, { type: 'worklist' }>;

/**
 * The modality worklist of a peer for a page. Unlike a query it needs no key: it holds what is scheduled, not all that
 * there is.
 */
export async function runWorklist(
  peer: PeerAddress,
  rules: QueryRules,
  message: Message,
  options: AssociationOptions,
  context: RequestContext,
): Promise<DoneResult> {
  const keys = rules.appendWildcard ? openEnded(message.keys, WORKLIST_OPEN_ENDED) : message.keys;
  const request = { keys, characterSet: rules.queryCharacterSet };
  const entries = worklist(peer, request, options, context.signal);
  return { of: 'worklist', matches: await streamMatches(entries, message.credits, context) };
}
