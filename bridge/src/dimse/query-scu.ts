// Query as SCU (PS3.4 section C.4.1): C-FIND.
//
// Session code: `for await (const match of query(peer, { informationModel: 'study-root', level: 'STUDY', keys }))`.
import type { FindMatch, FindOptions } from './find-scu.ts';
import { find, valuesOf } from './find-scu.ts';
import type { AssociateAc, ExtendedNegotiation } from './pdu/pdu.ts';
import type { InformationModel, QueryRequest } from './query-identifier.ts';
import { queryFields } from './query-identifier.ts';
import type { PeerAddress } from './request-association.ts';

/** PS3.4 table C.6.1.3-1 and C.6.2.3-1: Query/Retrieve Information Model, FIND. */
export const FIND_CLASS: Readonly<Record<InformationModel, string>> = {
  'patient-root': '1.2.840.10008.5.1.4.1.2.1.1',
  'study-root': '1.2.840.10008.5.1.4.1.2.2.1',
};

export interface QueryOptions extends FindOptions {
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
 * Asks a peer over an association of its own, and gives each match as it comes.
 * @throws DimseError as `find`; invalid-dataset
 */
export async function* query(
  peer: PeerAddress,
  request: QueryRequest,
  options: QueryOptions = {},
  signal?: AbortSignal,
): AsyncGenerator<FindMatch, void, undefined> {
  const { extended = {} } = options;
  // What can't be sent whatever the peer agrees to is told before it is asked.
  queryFields(request, extended.relational);
  const sopClassUid = FIND_CLASS[request.informationModel];
  const isExtended = extended.relational === true || extended.fuzzyNames === true;
  const wanted = {
    sopClassUid,
    extendedNegotiations: isExtended ? [findInformation(sopClassUid, extended)] : [],
    identifier: (answer: AssociateAc) =>
      queryFields(request, agreesToRelational(answer, sopClassUid)),
  };
  for await (const match of find(peer, wanted, options, signal)) yield valuesOf(match);
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
