import { hasKey, openEnded } from '../../../shared/dicom/query-keys.ts';
import type { ClientMessage, DoneResult } from '../../../shared/protocol/messages.ts';
import { levelSchema, type Peer } from '../../../shared/protocol/settings.ts';
import type { QueryRequest } from '../dimse/query-identifier.ts';
import { query, type QueryOptions } from '../dimse/query-scu.ts';
import type { PeerAddress } from '../dimse/request-association.ts';
import type { RequestContext } from './page-connection.ts';
import { RequestError } from './request-error.ts';
import { streamMatches } from './row-batches.ts';

type Message = Extract<ClientMessage, { type: 'query' }>;

/** What a peer's settings say of queries. */
export type QueryRules = Pick<
  Peer,
  'allowQueryWithoutKeys' | 'appendWildcard' | 'queryCharacterSet' | 'queryLevel'
>;

/** C-FIND for a page: its rows stream against the page's credits, its cancel reaches the peer. */
export async function runQuery(
  peer: PeerAddress,
  rules: QueryRules,
  message: Message,
  options: QueryOptions,
  context: RequestContext,
): Promise<DoneResult> {
  const request = requestOf(message, rules);
  const matches = query(peer, request, options, context.signal);
  return { of: 'query', matches: await streamMatches(matches, message.credits, context) };
}

/**
 * The query as it goes to the peer.
 * @throws RequestError query-without-keys: below the study level the study narrows the query; query-too-deep
 */
export function requestOf({ level, keys }: Message, rules: QueryRules): QueryRequest {
  if (level === 'STUDY' && !rules.allowQueryWithoutKeys && !hasKey(keys)) {
    throw new RequestError(
      'query-without-keys',
      'The query has no key: give a name, an ID, a date or another key. This peer’s settings don’t allow to ask for all studies.',
    );
  }
  const levels = levelSchema.options;
  if (levels.indexOf(level) > levels.indexOf(rules.queryLevel ?? 'IMAGE')) {
    throw new RequestError(
      'query-too-deep',
      'This peer’s settings say that it isn’t asked what is in a study or a series. What is ticked is retrieved as a whole.',
    );
  }
  return {
    informationModel: 'study-root',
    level,
    keys: rules.appendWildcard ? openEnded(keys) : keys,
    characterSet: rules.queryCharacterSet,
  };
}
