// Query (PS3.4 section C.4.1) as an SCP: answers C-FIND of others from an index.
//
// Session code: `queryScp({ archive, keys, rules })` goes into the services of a listener. Answers go out page by page, as
// fast as the peer takes them.
import type { Archive } from '../archive/store.ts';
import type { UnknownMatches } from '../archive/match-query.ts';
import { encodeIdentifier, wholeIdentifier } from './identifier.ts';
import { DimseError } from './dimse-error.ts';
import { answerFields, readKeywords } from './query-scp-answer.ts';
import type { FindIdentifier, IdentifierProblem, QueryableKeys } from './query-scp-identifier.ts';
import { findIdentifier, isProblem } from './query-scp-identifier.ts';
import { isNegotiated, QUERY_MODELS } from './query-model.ts';
import type { ScpRequest, ScpResponse, ScpService } from './scp-service.ts';
import {
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from './well-known-uids.ts';

/** Of identifiers, in order of preference. */
export const QUERY_SYNTAXES = [
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
];

/** PS3.4 table C.4-1. */
export const FIND_STATUS = {
  success: 0x0000,
  pending: 0xff00,
  /** Optional keys were asked for that aren't known here. */
  pendingWithoutSome: 0xff01,
  outOfResources: 0xa700,
  mismatch: 0xa900,
  unableToProcess: 0xc000,
  cancel: 0xfe00,
} as const;

/** Matches that are read from the index at a time. */
const PAGE = 200;

export interface QueryRules {
  /** A query with more matches is refused, without any of them. Default: no limit. */
  readonly maxMatches?: number | undefined;
  /** Default: never. */
  readonly unknownMatches?: UnknownMatches | undefined;
}

export interface QueryScpOptions {
  readonly archive: Pick<Archive, 'match' | 'matchRows'>;
  readonly keys: QueryableKeys;
  readonly rules?: QueryRules | undefined;
}

/** Answers C-FIND of others in all information models. */
export const queryScp = (options: QueryScpOptions): ScpService => ({
  transferSyntaxesFor: (uid) =>
    QUERY_MODELS.some(({ find }) => find === uid) ? QUERY_SYNTAXES : undefined,
  // Relational queries, dates with times; neither names by their sound nor time zones (PS3.4 table C.5-3).
  applicationInformation: (proposed) =>
    Uint8Array.from(proposed.subarray(0, 4), (byte, index) => (index < 2 && byte === 1 ? 1 : 0)),
  requests: ['C-FIND-RQ'],
  handle: (request) => answerFind(request, options),
});

async function answerFind(request: ScpRequest, options: QueryScpOptions): Promise<ScpResponse> {
  const { peer, context } = request;
  const model = QUERY_MODELS.find(({ find }) => find === context.abstractSyntax);
  if (!model) throw new TypeError('A C-FIND came through on a context for something else.');
  const identifier = await readRequest(request, (dataset) =>
    findIdentifier(dataset, model, options.keys, {
      isRelational: isNegotiated(peer, model.find, 0),
      isCombined: isNegotiated(peer, model.find, 1),
    }),
  );
  if ('status' in identifier) return identifier;
  try {
    return await answerMatches(request, identifier, options);
  } catch (error) {
    if (request.signal.aborted) return { status: FIND_STATUS.cancel };
    throw error;
  }
}

/**
 * The identifier of a request, or the response that says what is wrong with it (PS3.4 tables C.4-1 to C.4-3).
 */
export async function readRequest<T extends object>(
  { dataset, context }: ScpRequest,
  read: (dataset: Awaited<ReturnType<typeof wholeIdentifier>>) => T | IdentifierProblem,
): Promise<T | ScpResponse> {
  if (!dataset) throw new TypeError('A request came through without its identifier.');
  try {
    const found = read(await wholeIdentifier(dataset, context.transferSyntax));
    if (!isProblem(found)) return found;
    const { offending, comment } = found;
    return {
      status: FIND_STATUS.mismatch,
      elements: { OffendingElement: [offending], ErrorComment: comment },
    };
  } catch (error) {
    if (!(error instanceof DimseError) || error.code !== 'protocol-violation') throw error;
    const comment = 'The identifier can not be read';
    return { status: FIND_STATUS.unableToProcess, elements: { ErrorComment: comment } };
  }
}

async function answerMatches(
  { peer, context, signal, respondPending }: ScpRequest,
  identifier: FindIdentifier,
  { archive, keys: known, rules = {} }: QueryScpOptions,
): Promise<ScpResponse> {
  const { level, keys, hasUnsupported } = identifier;
  const { maxMatches, unknownMatches = 'never' } = rules;
  const limit = maxMatches === undefined ? undefined : maxMatches + 1;
  const matches = await archive.match({ level, keys, unknownMatches, limit }, signal);
  if (maxMatches !== undefined && matches.length > maxMatches) {
    const comment = `More than ${maxMatches} matches: narrow the query`;
    return { status: FIND_STATUS.outOfResources, elements: { ErrorComment: comment } };
  }
  const status = hasUnsupported ? FIND_STATUS.pendingWithoutSome : FIND_STATUS.pending;
  const keywords = readKeywords(identifier, (keyword) => known.levels[level].has(keyword));
  const pageAt = (at: number) => {
    const page = archive.matchRows(level, matches.slice(at, at + PAGE), keywords, signal);
    // It may fail while nobody waits for it yet.
    page.catch(() => undefined);
    return page;
  };
  let next = pageAt(0);
  for (let at = 0; at < matches.length; at += PAGE) {
    const rows = await next;
    next = pageAt(at + PAGE);
    for (const row of rows) {
      if (signal.aborted) return { status: FIND_STATUS.cancel };
      const fields = answerFields(identifier, row, peer.calledAeTitle);
      await respondPending({ status, dataset: encodeIdentifier(fields, context.transferSyntax) });
    }
  }
  return { status: signal.aborted ? FIND_STATUS.cancel : FIND_STATUS.success };
}
