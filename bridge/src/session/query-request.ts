import type { ClientMessage, DoneResult, Row } from '../../../shared/protocol/messages.ts';
import type { AssociationOptions } from '../dimse/association-settings.ts';
import { query } from '../dimse/query-scu.ts';
import type { PeerAddress } from '../dimse/request-association.ts';
import type { RequestContext } from './page-connection.ts';
import { RowBatches } from './row-batches.ts';

/** C-FIND for a page: its rows stream against the page's credits, its cancel reaches the peer. */
export async function runQuery(
  peer: PeerAddress,
  message: Extract<ClientMessage, { type: 'query' }>,
  association: AssociationOptions,
  { requestId, signal, send, credits }: RequestContext,
): Promise<DoneResult> {
  const batches = new RowBatches((rows) => send({ type: 'rows', requestId, rows }));
  credits.add(message.credits);
  let matches = 0;
  const { level, keys } = message;
  const request = { informationModel: 'study-root', level, keys } as const;
  try {
    for await (const match of query(peer, request, association, signal)) {
      await credits.take(signal);
      batches.add(textOnly(match));
      matches++;
    }
  } finally {
    batches.flush();
  }
  return { of: 'query', matches };
}

function textOnly(match: Readonly<Record<string, string>>): Row {
  return Object.fromEntries(
    Object.entries(match).filter(([keyword]) => /^[A-Za-z0-9]+$/.test(keyword)),
  );
}
