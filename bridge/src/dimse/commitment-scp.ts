// Storage commitment as whoever is called (PS3.4 annex J): takes N-ACTION, which asks Gantry to keep instances, and
// N-EVENT-REPORT, which tells what became of a request of Gantry's own.
//
// Session code: `commitmentScp({ onRequest, onReport })` goes into the services of a listener. Both are answered once the
// callback has ended, so that what is acknowledged is kept.
import { DimseError } from './dimse-error.ts';
import { IDENTIFIER_SYNTAXES, encodeIdentifier, wholeIdentifier } from './identifier.ts';
import type { ScpPeer, ScpRequest, ScpResponse, ScpService } from './scp-service.ts';
import type { CommitmentReport, CommitmentRequest, Flaw } from './storage-commitment.ts';
import {
  checkReportStatus,
  EVENT,
  eventCommand,
  readReport,
  readRequest,
  reportFields,
  REQUEST_STORAGE_COMMITMENT,
  STORAGE_COMMITMENT_INSTANCE,
} from './storage-commitment.ts';
import { STORAGE_COMMITMENT_SOP_CLASS } from './well-known-uids.ts';

/** PS3.7 annex C. */
export const COMMITMENT_STATUS = {
  success: 0x0000,
  noSuchInstance: 0x0112,
  noSuchEventType: 0x0113,
  invalidArgumentValue: 0x0115,
  noSuchActionType: 0x0123,
  notAuthorized: 0x0124,
  resourceLimitation: 0x0213,
} as const;

/** Why a request isn't taken. */
export type RequestReceipt =
  | 'taken'
  /** There is nobody to report to. */
  | 'unknown-peer'
  /** Too many requests are open. */
  | 'busy';

/** What a report was about. */
export type ReportReceipt =
  | 'taken'
  /** Nothing of this transaction is open, or the instances are others. */
  | 'unknown';

export interface CommitmentScpOptions {
  /**
   * Resolves when the request is kept, whatever happens then.
   * @param report tells the result over the association of the request, while that lasts; fails with a DimseError
   */
  readonly onRequest: (
    request: CommitmentRequest,
    peer: ScpPeer,
    report: (report: CommitmentReport) => Promise<void>,
  ) => Promise<RequestReceipt>;
  readonly onReport: (report: CommitmentReport) => Promise<ReportReceipt>;
}

const RECEIPTS: Readonly<Record<RequestReceipt | ReportReceipt, ScpResponse>> = {
  taken: { status: COMMITMENT_STATUS.success },
  'unknown-peer': {
    status: COMMITMENT_STATUS.notAuthorized,
    elements: { ErrorComment: 'No peer of this AE title is known to report to' },
  },
  busy: { status: COMMITMENT_STATUS.resourceLimitation },
  /** Nothing was asked for by this Transaction UID. */
  unknown: { status: COMMITMENT_STATUS.invalidArgumentValue },
};

export const commitmentScp = ({ onRequest, onReport }: CommitmentScpOptions): ScpService => ({
  transferSyntaxesFor: (uid) =>
    uid === STORAGE_COMMITMENT_SOP_CLASS ? IDENTIFIER_SYNTAXES : undefined,
  // A peer that reports is the SCP, though it calls. Some don't say so: they are heard all the same.
  acceptsScpRole: true,
  requests: ['N-ACTION-RQ', 'N-EVENT-REPORT-RQ'],
  handle: async (request) => {
    const { peer } = request;
    if (request.name === 'N-EVENT-REPORT-RQ') return answerReport(request, onReport);
    const { RequestedSOPInstanceUID, ActionTypeID } = request.command;
    if (RequestedSOPInstanceUID !== STORAGE_COMMITMENT_INSTANCE) {
      return { status: COMMITMENT_STATUS.noSuchInstance };
    }
    if (ActionTypeID !== REQUEST_STORAGE_COMMITMENT)
      return { status: COMMITMENT_STATUS.noSuchActionType };
    const asked = await readOf(request, readRequest);
    if ('status' in asked) return refusal(asked);
    return RECEIPTS[await onRequest(asked, peer, (report) => reportBehind(request, report))];
  },
});

/** @throws DimseError what ended the association, status-failure */
async function reportBehind(
  { askLater, context }: ScpRequest,
  report: CommitmentReport,
): Promise<void> {
  const dataset = encodeIdentifier(reportFields(report), context.transferSyntax);
  const status = await askLater?.(eventCommand(report), dataset);
  if (status === undefined) throw new TypeError('A listener can ask its peers.');
  checkReportStatus(status);
}

/** Answers a report that comes over any association, of the peer's or of ours. */
export async function answerReport(
  request: Pick<ScpRequest, 'command' | 'context' | 'dataset'>,
  onReport: CommitmentScpOptions['onReport'],
): Promise<ScpResponse> {
  const { EventTypeID } = request.command;
  if (EventTypeID !== EVENT.success && EventTypeID !== EVENT.failuresExist) {
    return { status: COMMITMENT_STATUS.noSuchEventType };
  }
  const report = await readOf(request, readReport);
  return 'status' in report ? refusal(report) : RECEIPTS[await onReport(report)];
}

async function readOf<Read>(
  { dataset, context }: Pick<ScpRequest, 'context' | 'dataset'>,
  read: (dataset: Awaited<ReturnType<typeof wholeIdentifier>>) => Read | Flaw,
): Promise<Read | Flaw> {
  if (!dataset) return { status: COMMITMENT_STATUS.invalidArgumentValue };
  try {
    return read(await wholeIdentifier(dataset, context.transferSyntax));
  } catch (error) {
    if (!(error instanceof DimseError) || error.code !== 'protocol-violation') throw error;
    // It can't be read, or is too long.
    return { status: COMMITMENT_STATUS.invalidArgumentValue };
  }
}

const refusal = ({ status, lacking }: Flaw): ScpResponse => ({
  status,
  ...(lacking !== undefined && { elements: { AttributeIdentifierList: [lacking] } }),
});
