// What C-MOVE and C-GET share (PS3.4 sections C.4.2 and C.4.3): what is asked for, progress, and the result.
import type { DimseService } from '../../../shared/dicom/dimse-status.ts';
import type { Fields } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { Association, OutgoingMessage } from './association.ts';
import type { AssociationOptions } from './association-settings.ts';
import { DimseError } from './dimse-error.ts';
import { readIdentifier } from './identifier.ts';
import type { CommandSet } from './message/command-set.ts';
import type { Message } from './message/message-assembler.ts';
import { responseStatus } from './response-status.ts';
import { DEFAULT_CANCEL_REPLY_MS, isPending, responses } from './responses.ts';

const SUCCESS = 0x0000;

/** What is to be retrieved: a study, one of its series, or one instance. Lists are joined by backslashes. */
export type RetrieveTarget =
  | { readonly level: 'STUDY'; readonly studyInstanceUid: string }
  | {
      readonly level: 'SERIES';
      readonly studyInstanceUid: string;
      readonly seriesInstanceUid: string;
    }
  | {
      readonly level: 'IMAGE';
      readonly studyInstanceUid: string;
      readonly seriesInstanceUid: string;
      readonly sopInstanceUid: string;
    };

export interface RetrieveOptions extends AssociationOptions {
  /** How long the peer may take to end a cancelled retrieve, and to release: milliseconds, default 10,000. */
  readonly cancelReplyMs?: number;
}

/** Numbers of sub-operations, one for each instance; 0 where the peer doesn't say. */
export interface SubOperations {
  /** Missing where the peer doesn't say. */
  readonly remaining?: number;
  readonly completed: number;
  readonly failed: number;
  /** Stored, but with a warning. */
  readonly warning: number;
}

export interface RetrieveResult extends SubOperations {
  /**
   * `complete`: all went well. `incomplete`: some sub-operations failed. `failed`: the peer refused, or all failed.
   * `cancelled`: the peer ended it, most likely because it was asked to.
   */
  readonly kind: 'complete' | 'incomplete' | 'failed' | 'cancelled';
  readonly status: number;
  /** The status in words. */
  readonly words: string;
  /** False where the peer never gave a number: then only what has arrived can be counted. */
  readonly isCounted: boolean;
  /** As far as the peer names them. */
  readonly failedSopInstanceUids: readonly string[];
}

/** The identifier of a retrieve in the Study Root model (PS3.4 section C.4.2.1.4). */
export function retrieveFields(target: RetrieveTarget): Fields {
  return {
    [Tag.QueryRetrieveLevel]: target.level,
    [Tag.StudyInstanceUID]: target.studyInstanceUid,
    ...('seriesInstanceUid' in target && { [Tag.SeriesInstanceUID]: target.seriesInstanceUid }),
    ...('sopInstanceUid' in target && { [Tag.SOPInstanceUID]: target.sopInstanceUid }),
  };
}

/**
 * Asks for a retrieve over an open association, gives its progress and returns its result.
 * @param serve what answers the requests of the peer, for C-GET
 * @throws DimseError what ended the association; cancelled when the peer doesn't end within `cancelReplyMs`
 */
export async function* retrieval(
  association: Association,
  request: OutgoingMessage,
  service: DimseService & ('C-MOVE' | 'C-GET'),
  options: RetrieveOptions,
  signal: AbortSignal | undefined,
  serve?: (request: Message) => Promise<void>,
): AsyncGenerator<SubOperations, RetrieveResult, undefined> {
  const answers = responses(association, request, {
    responseName: `${service}-RSP`,
    replyMs: association.timers.retrieveReplyMs,
    cancelReplyMs: options.cancelReplyMs ?? DEFAULT_CANCEL_REPLY_MS,
    signal,
    ...(serve && { serve }),
  });
  let last: SubOperations | undefined;
  for await (const response of answers) {
    const { command } = response;
    last = subOperations(command) ?? last;
    if (!isPending(response)) {
      const failedSopInstanceUids = await failedUids(association, response);
      return { ...resultOf(service, command, last), failedSopInstanceUids };
    }
    yield last ?? NOTHING_SAID;
  }
  throw new TypeError('The responses ended without a final one.');
}

const NOTHING_SAID: SubOperations = { completed: 0, failed: 0, warning: 0 };

function subOperations(command: CommandSet): SubOperations | undefined {
  const remaining = command.NumberOfRemainingSuboperations;
  const completed = command.NumberOfCompletedSuboperations;
  const failed = command.NumberOfFailedSuboperations;
  const warning = command.NumberOfWarningSuboperations;
  const isSaid = [remaining, completed, failed, warning].some((count) => count !== undefined);
  if (!isSaid) return undefined;
  return {
    ...(remaining !== undefined && { remaining }),
    completed: completed ?? 0,
    failed: failed ?? 0,
    warning: warning ?? 0,
  };
}

function resultOf(
  service: DimseService,
  command: CommandSet,
  counts: SubOperations | undefined,
): Omit<RetrieveResult, 'failedSopInstanceUids'> {
  const { Status: status = SUCCESS } = command;
  const { category, words } = responseStatus(service, command);
  const { completed, failed, warning, remaining } = counts ?? NOTHING_SAID;
  const isCounted = counts !== undefined;
  // Remaining ones are only told of what was cancelled; otherwise the number is that of the last progress.
  const isCancelled = category === 'cancel';
  const left = isCancelled && remaining !== undefined && { remaining };
  const common = { status, words, isCounted, completed, failed, warning, ...left };
  if (isCancelled) return { kind: 'cancelled', ...common };
  // Some peers answer success although they count failures.
  if (category === 'success') return { kind: failed > 0 ? 'incomplete' : 'complete', ...common };
  return { kind: category === 'warning' ? 'incomplete' : 'failed', ...common };
}

/** The status stands, even where the list behind it can't be read. */
async function failedUids(association: Association, response: Message): Promise<string[]> {
  if (!response.dataset) return [];
  try {
    const identifier = await readIdentifier(association, response);
    return identifier.strings(Tag.FailedSOPInstanceUIDList);
  } catch (error) {
    if (error instanceof DimseError && error.code === 'protocol-violation') return [];
    throw error;
  }
}
