/**
 * What the status of a DIMSE response means, by service, each table under the section of the standard that it
 * comes from (edition 2026d). Pure.
 * https://dicom.nema.org/medical/dicom/2026d/output/html/part07.html#chapter_C
 */

type DimseStatusCategory = 'success' | 'pending' | 'cancel' | 'warning' | 'failure';

export type DimseService =
  | 'C-ECHO'
  | 'C-STORE'
  | 'C-FIND'
  | 'C-MOVE'
  | 'C-GET'
  | 'N-ACTION'
  | 'N-EVENT-REPORT'
  | 'N-CREATE'
  | 'N-SET'
  | 'N-GET'
  | 'N-DELETE';

export interface DimseStatus {
  readonly category: DimseStatusCategory;
  /** For a person: what it means, and the code. */
  readonly words: string;
  /** Where the standard defines it; undefined when it doesn't. */
  readonly section: string | undefined;
  /** What a response may say beside it. */
  readonly fields: readonly StatusField[];
}

/**
 * What a response may say beside a status, by the keywords of PS3.7 table E.1-1. The UIDs of class and instance belong to
 * any response and aren't repeated here; nor are data sets, which belong to a message.
 */
export type StatusField =
  | 'OffendingElement'
  | 'ErrorComment'
  | 'ErrorID'
  | 'AttributeIdentifierList'
  | 'EventTypeID'
  | 'ActionTypeID'
  | 'NumberOfRemainingSuboperations'
  | 'NumberOfCompletedSuboperations'
  | 'NumberOfFailedSuboperations'
  | 'NumberOfWarningSuboperations';

/** First code, last code, category, words, related fields. */
type Row = readonly [number, number, DimseStatusCategory, string, readonly StatusField[]];

interface Table {
  readonly section: string;
  readonly rows: readonly Row[];
}

const one = (
  code: number,
  category: DimseStatusCategory,
  words: string,
  ...fields: readonly StatusField[]
): Row => [code, code, category, words, fields];

/** PS3.7 sections C.4.1 and C.5.1 to C.5.3: warnings and failures that a service defines. */
const ABOUT_ELEMENTS: readonly StatusField[] = ['OffendingElement', 'ErrorComment'];

/** PS3.4 tables C.4-2 and C.4-3. */
const COUNTS: readonly StatusField[] = [
  'NumberOfRemainingSuboperations',
  'NumberOfCompletedSuboperations',
  'NumberOfFailedSuboperations',
  'NumberOfWarningSuboperations',
];

/** What every service may answer. */
const GENERAL: Table = {
  section: 'PS3.7 annex C',
  rows: [
    one(0x0000, 'success', 'Success'),
    one(0x0105, 'failure', 'No such attribute', 'AttributeIdentifierList'),
    one(0x0106, 'failure', 'Invalid attribute value'),
    one(
      0x0107,
      'warning',
      'Attribute list error: some attributes were not recognized',
      'AttributeIdentifierList',
    ),
    one(0x0110, 'failure', 'Processing failure', 'ErrorComment', 'ErrorID'),
    one(0x0111, 'failure', 'Duplicate SOP Instance: the peer has this UID already'),
    one(0x0112, 'failure', 'No such SOP Instance'),
    one(0x0113, 'failure', 'No such event type', 'EventTypeID'),
    one(0x0114, 'failure', 'No such argument', 'EventTypeID', 'ActionTypeID'),
    one(0x0115, 'failure', 'Invalid argument value', 'EventTypeID', 'ActionTypeID'),
    one(0x0116, 'warning', 'Attribute value out of range'),
    one(0x0117, 'failure', 'Invalid SOP Instance UID'),
    one(0x0118, 'failure', 'No such SOP class'),
    one(0x0119, 'failure', 'The SOP Instance is not of this SOP class'),
    one(0x0120, 'failure', 'Missing attribute', 'AttributeIdentifierList'),
    one(0x0121, 'failure', 'Missing attribute value', 'AttributeIdentifierList'),
    one(0x0122, 'failure', 'Refused: SOP class not supported', 'ErrorComment'),
    one(0x0123, 'failure', 'No such action type', 'ActionTypeID'),
    one(0x0124, 'failure', 'Refused: not authorized', 'ErrorComment'),
    one(0x0210, 'failure', 'Duplicate invocation: the Message ID is in use'),
    one(0x0211, 'failure', 'Unrecognized operation'),
    one(0x0212, 'failure', 'Mistyped argument'),
    one(0x0213, 'failure', 'Resource limitation'),
    one(0xfe00, 'cancel', 'Cancelled'),
  ],
};

const STORE: Table = {
  section: 'PS3.4 table B.2-1',
  rows: [
    [0xa700, 0xa7ff, 'failure', 'Refused: out of resources', ['ErrorComment']],
    [0xa900, 0xa9ff, 'failure', 'Data set does not match SOP class', ABOUT_ELEMENTS],
    [0xc000, 0xcfff, 'failure', 'Cannot understand the data set', ABOUT_ELEMENTS],
    one(0xb000, 'warning', 'Stored, with data elements changed (coercion)', ...ABOUT_ELEMENTS),
    one(0xb006, 'warning', 'Stored, with data elements discarded', ...ABOUT_ELEMENTS),
    one(
      0xb007,
      'warning',
      'Stored, although the data set does not match its SOP class',
      ...ABOUT_ELEMENTS,
    ),
  ],
};

const FIND: Table = {
  section: 'PS3.4 table C.4-1',
  rows: [
    one(0xa700, 'failure', 'Refused: out of resources', 'ErrorComment'),
    one(0xa900, 'failure', 'The query does not match the SOP class', ...ABOUT_ELEMENTS),
    [0xc000, 0xcfff, 'failure', 'Unable to process the query', ABOUT_ELEMENTS],
    one(0xff00, 'pending', 'Matches are continuing'),
    one(0xff01, 'pending', 'Matches are continuing; optional keys are not supported'),
  ],
};

/** PS3.4 annex Y (composite instance root) adds the AAxx codes to both C-MOVE and C-GET. */
const RETRIEVE_ROWS: readonly Row[] = [
  one(0x0000, 'success', 'Success', ...COUNTS),
  one(0xfe00, 'cancel', 'Cancelled', ...COUNTS),
  one(
    0xa701,
    'failure',
    'Refused: out of resources, the matches cannot be counted',
    'ErrorComment',
  ),
  one(0xa702, 'failure', 'Refused: out of resources, no sub-operations can be made', ...COUNTS),
  one(0xa900, 'failure', 'The identifier does not match the SOP class', ...ABOUT_ELEMENTS),
  one(
    0xaa00,
    'failure',
    'None of the frames asked for were found in the SOP Instance',
    'ErrorComment',
  ),
  one(0xaa01, 'failure', 'Unable to create a new object for this SOP class', 'ErrorComment'),
  one(0xaa02, 'failure', 'Unable to extract frames', 'ErrorComment'),
  one(
    0xaa03,
    'failure',
    'Frames by time were asked for of an instance without times',
    'ErrorComment',
  ),
  one(0xaa04, 'failure', 'Invalid request', 'ErrorComment'),
  [0xc000, 0xcfff, 'failure', 'Unable to process the retrieval', ABOUT_ELEMENTS],
  one(0xff00, 'pending', 'Sub-operations are continuing', ...COUNTS),
  one(0xb000, 'warning', 'Sub-operations complete, one or more failures or warnings', ...COUNTS),
];

const MOVE: Table = {
  section: 'PS3.4 table C.4-2',
  rows: [
    ...RETRIEVE_ROWS,
    one(
      0xa801,
      'failure',
      'Refused: the peer does not know the move destination (our AE title)',
      'ErrorComment',
    ),
  ],
};

const GET: Table = { section: 'PS3.4 table C.4-3', rows: RETRIEVE_ROWS };

/** Storage commitment answers with general statuses alone (PS3.4 section J.3.2.1.4). */
const NO_OWN: Table = { section: 'PS3.4 annex J', rows: [] };

const TABLES: Readonly<Record<DimseService, Table>> = {
  'C-ECHO': { section: 'PS3.7 section 9.1.5.1.4', rows: [] },
  'C-STORE': STORE,
  'C-FIND': FIND,
  'C-MOVE': MOVE,
  'C-GET': GET,
  'N-ACTION': NO_OWN,
  'N-EVENT-REPORT': NO_OWN,
  'N-CREATE': NO_OWN,
  'N-SET': NO_OWN,
  'N-GET': NO_OWN,
  'N-DELETE': NO_OWN,
};

/** PS3.7 section C.1: the classes of codes, for those that no table names. */
const CLASSES: readonly Row[] = [
  [0x0001, 0x0001, 'warning', 'Warning', ABOUT_ELEMENTS],
  [0xb000, 0xbfff, 'warning', 'Warning', ABOUT_ELEMENTS],
  [0xff00, 0xff01, 'pending', 'Pending', []],
];

/** What a service's own table has: first and last code, category, words, related fields. */
export const statusRows = (service: DimseService): readonly Row[] => TABLES[service].rows;

/** What every service may answer besides, as `statusRows`. */
export const GENERAL_STATUS_ROWS: readonly Row[] = GENERAL.rows;

/**
 * Looks a status up, in the table of its service first.
 * @param status 0 to FFFFH; one that no table has is a failure, unless its class says otherwise (PS3.7 section C.1)
 */
export function dimseStatus(service: DimseService, status: number): DimseStatus {
  const code = `${status.toString(16).toUpperCase().padStart(4, '0')}H`;
  for (const { section, rows } of [TABLES[service], GENERAL]) {
    const row = findRow(rows, status);
    if (row) return { category: row[2], words: `${row[3]} (${code})`, section, fields: row[4] };
  }
  const row = findRow(CLASSES, status);
  const words = `${row?.[3] ?? 'Failure'} that the standard does not define (${code})`;
  const fields = row?.[4] ?? ABOUT_ELEMENTS;
  return { category: row?.[2] ?? 'failure', words, section: undefined, fields };
}

function findRow(rows: readonly Row[], status: number): Row | undefined {
  return rows.find(([first, last]) => status >= first && status <= last);
}
