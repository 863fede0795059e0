import { COMMITMENT_STATUS } from '../../bridge/src/dimse/commitment-scp.ts';
import { FIND_STATUS } from '../../bridge/src/dimse/query-scp.ts';
import { RETRIEVE_STATUS } from '../../bridge/src/dimse/retrieve-scp.ts';
import { STORE_STATUS } from '../../bridge/src/dimse/storage-scp.ts';
import { FAILURE_REASON, failureWords } from '../../bridge/src/dimse/storage-commitment.ts';
import {
  dimseStatus,
  GENERAL_STATUS_ROWS,
  statusRows,
  type DimseService,
} from '../../shared/dicom/dimse-status.ts';
import { document, statusCode, table } from './markdown.ts';

const answered = (service: DimseService, statuses: Iterable<number>): (string | number)[][] =>
  [...new Set(statuses)]
    .sort((a, b) => a - b)
    .map((status) => {
      const { category, words } = dimseStatus(service, status);
      return [service, statusCode(status), category, words.replace(/ \([0-9A-F]{4}H\)$/, '')];
    });

/** What Gantry answers as an SCP. */
export const answeredStatuses = (): string =>
  table(
    ['Service', 'Status', 'Category', 'Meaning'],
    [
      ...answered('C-ECHO', [0]),
      ...answered('C-STORE', [...Object.values(STORE_STATUS), 0x0110]),
      ...answered('C-FIND', [...Object.values(FIND_STATUS), 0x0110]),
      ...answered('C-MOVE', [...Object.values(RETRIEVE_STATUS), FIND_STATUS.mismatch, 0x0110]),
      ...answered(
        'C-GET',
        [...Object.values(RETRIEVE_STATUS), FIND_STATUS.mismatch, 0x0110].filter(
          (status) => status !== RETRIEVE_STATUS.unknownDestination,
        ),
      ),
      ...answered('N-ACTION', Object.values(COMMITMENT_STATUS)),
    ],
  );

const TREATED: readonly (readonly [DimseService, string, string])[] = [
  [
    'C-STORE',
    'success: stored; warning: stored, with the words beside it in the report',
    'the instance counts as failed; the transfer ends, goes on or tries again, as the peer is set',
  ],
  [
    'C-FIND',
    'pending: a match; success: the list is complete',
    'the matches so far stay, and the status is told in words',
  ],
  [
    'C-MOVE',
    'pending: progress; warning: the counts of what failed are told',
    'the status is told in words; what has arrived stays',
  ],
  ['C-GET', 'as C-MOVE', 'as C-MOVE'],
  [
    'N-ACTION',
    'success, warning: the report is waited for',
    'asked again later, unless the peer does not do storage commitment',
  ],
];

const rowsOf = (service: DimseService): (string | number)[][] =>
  statusRows(service).map(([first, last, category, words, fields]) => [
    service,
    first === last ? statusCode(first) : `${statusCode(first)} to ${statusCode(last)}`,
    category,
    words,
    fields.join(', '),
  ]);

/** What Gantry makes of statuses of others. */
export const treatedStatuses = (): string =>
  document(
    table(
      ['Service', 'Success, pending, warning', 'Failure'],
      TREATED.map((row) => [...row]),
    ),
    'Each status is told in the words of this table; a code that it lacks is told by its class (PS3.7 annex C).',
    table(
      ['Service', 'Status', 'Category', 'Words', 'Related fields'],
      [
        ...(['C-STORE', 'C-FIND', 'C-MOVE', 'C-GET'] as const).flatMap(rowsOf),
        ...GENERAL_STATUS_ROWS.map(([first, , category, words, fields]) => [
          'all',
          statusCode(first),
          category,
          words,
          fields.join(', '),
        ]),
      ],
    ),
  );

export const commitmentFailures = (): string =>
  table(
    ['Failure Reason (0008,1197)', 'Words'],
    Object.values(FAILURE_REASON).map((reason) => [
      statusCode(reason),
      failureWords(reason).replace(/ \([0-9A-F]{4}H\)$/, ''),
    ]),
  );
