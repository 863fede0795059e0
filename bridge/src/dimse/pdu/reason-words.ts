// The words for the numbers of A-ASSOCIATE-RJ and A-ABORT.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part08.html

/** PS3.8 section 9.3.4, table 9-21: the reason depends on the source. */
const REJECTION_REASONS: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  1: {
    1: 'no reason given',
    2: 'the application context name is not supported',
    3: 'it does not recognize our AE title: ask for our calling AE title to be registered there',
    7: 'it does not recognize the AE title that we called: check the AE title configured for this peer',
  },
  2: {
    1: 'no reason given',
    2: 'the protocol version is not supported',
  },
  3: {
    1: 'temporary congestion: try again later',
    2: 'a local limit is exceeded (as a rule, too many associations): try again later',
  },
};

const REJECTION_SOURCES: Readonly<Record<number, string>> = {
  1: 'DICOM UL service user',
  2: 'DICOM UL service provider, ACSE',
  3: 'DICOM UL service provider, presentation',
};

const REJECTION_RESULTS: Readonly<Record<number, string>> = {
  1: 'permanent',
  2: 'transient',
};

/** PS3.8 section 9.3.8, table 9-26; meaningful for source 2 only. */
const ABORT_REASONS: Readonly<Record<number, string>> = {
  0: 'reason not specified',
  1: 'unrecognized PDU',
  2: 'unexpected PDU',
  4: 'unrecognized PDU parameter',
  5: 'unexpected PDU parameter',
  6: 'invalid PDU parameter value',
};

/** The words of PS3.8 table 9-21, and what to do where that is clear. */
export function rejectionWords(rejection: {
  readonly result: number;
  readonly source: number;
  readonly reason: number;
}): string {
  const { result, source, reason } = rejection;
  const words = REJECTION_REASONS[source]?.[reason] ?? `reserved reason ${reason}`;
  const resultWords = REJECTION_RESULTS[result] ?? `result ${result}`;
  const sourceWords = REJECTION_SOURCES[source] ?? `source ${source}`;
  return `${words} (rejected ${resultWords}, ${sourceWords}, reason ${reason})`;
}

/** The words of PS3.8 table 9-26. */
export function abortWords(abort: { readonly source: number; readonly reason: number }): string {
  const { source, reason } = abort;
  if (source === 0) return 'its application ended it without giving a reason (service user)';
  if (source !== 2) return `source ${source}, reason ${reason}`;
  const words = ABORT_REASONS[reason] ?? `reserved reason ${reason}`;
  return `${words} (service provider, reason ${reason})`;
}
