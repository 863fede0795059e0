// The Query/Retrieve information models as an SCP sees them: PS3.4 section C.6.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part04.html#sect_C.6
import type { EntityLevel } from '../archive/match-query.ts';
import type { ScpPeer } from './scp-service.ts';

export interface QueryModel {
  /** From the top. */
  readonly levels: readonly EntityLevel[];
  /** SOP classes by UID (PS3.4 tables C.6.1.3-1 to C.6.3.3-1). */
  readonly find: string;
  readonly move: string;
  readonly get: string;
}

export const QUERY_MODELS: readonly QueryModel[] = [
  {
    levels: ['PATIENT', 'STUDY', 'SERIES', 'IMAGE'],
    find: '1.2.840.10008.5.1.4.1.2.1.1',
    move: '1.2.840.10008.5.1.4.1.2.1.2',
    get: '1.2.840.10008.5.1.4.1.2.1.3',
  },
  {
    levels: ['STUDY', 'SERIES', 'IMAGE'],
    find: '1.2.840.10008.5.1.4.1.2.2.1',
    move: '1.2.840.10008.5.1.4.1.2.2.2',
    get: '1.2.840.10008.5.1.4.1.2.2.3',
  },
  // Patient/Study Only, retired.
  {
    levels: ['PATIENT', 'STUDY'],
    find: '1.2.840.10008.5.1.4.1.2.3.1',
    move: '1.2.840.10008.5.1.4.1.2.3.2',
    get: '1.2.840.10008.5.1.4.1.2.3.3',
  },
];

/** PS3.4 tables C.6-1 to C.6-5. */
export const UNIQUE_KEYWORD = {
  PATIENT: 'PatientID',
  STUDY: 'StudyInstanceUID',
  SERIES: 'SeriesInstanceUID',
  IMAGE: 'SOPInstanceUID',
} as const satisfies Record<EntityLevel, string>;

/**
 * A bit of what the peer proposed in SOP Class Extended Negotiation; what it proposes is what it gets.
 * @param index 0: relational queries or retrieves, 1: dates and times as one (PS3.4 tables C.5-1 to C.5-3)
 */
export function isNegotiated({ request }: ScpPeer, sopClassUid: string, index: 0 | 1): boolean {
  const negotiation = request.userInformation.extendedNegotiations?.find(
    (candidate) => candidate.sopClassUid === sopClassUid,
  );
  return negotiation?.information[index] === 1;
}
