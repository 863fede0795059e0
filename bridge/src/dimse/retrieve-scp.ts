// Retrieve (PS3.4 sections C.4.2 and C.4.3) as an SCP: C-MOVE and C-GET of others.
//
// Session code: `moveScp(options)` and `getScp(options)` go into the services of a listener, the latter before Storage.
// What sends the instances is handed over: it yields what became of each.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part04.html#sect_C.4.2
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { EntityLevel, MatchKey } from '../archive/match-query.ts';
import type { Archive } from '../archive/store.ts';
import { encodeIdentifier } from './identifier.ts';
import type { CommandSet } from './message/command-set.ts';
import type { AssociateRq } from './pdu/pdu.ts';
import { isNegotiated, QUERY_MODELS, type QueryModel, UNIQUE_KEYWORD } from './query-model.ts';
import { levelOf, type IdentifierProblem } from './query-scp-identifier.ts';
import { QUERY_SYNTAXES, readRequest } from './query-scp.ts';
import type { ScpRequest, ScpResponse, ScpService } from './scp-service.ts';

/** PS3.4 tables C.4-2 and C.4-3. */
export const RETRIEVE_STATUS = {
  success: 0x0000,
  pending: 0xff00,
  someFailed: 0xb000,
  allFailed: 0xa702,
  unknownDestination: 0xa801,
  cancel: 0xfe00,
} as const;

/** Between two responses that tell of progress, milliseconds; of so few instances each is told. */
const PROGRESS_MS = 500;
const FEW = 20;

/** A C-MOVE of which there is nothing new says so this often: a requestor may give up on one that it hears nothing of. */
const ALIVE_MS = 10_000;

/** Counts of sub-operations have 16 bits. */
const MAX_COUNT = 0xffff;
/** A value of VR UI has fewer bytes than this in Explicit VR. */
const MAX_LIST_LENGTH = 0xfffe;

/** Instances that are read from the index at a time. */
const PAGE = 1000;

/** An instance that is to be sent. */
export interface Retrievable {
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly transferSyntaxUid: string;
}

/** What became of an instance. */
export interface SubOperation {
  readonly sopInstanceUid: string;
  /** `warning`: it was stored, but with a warning. */
  readonly outcome: 'completed' | 'failed' | 'warning';
}

/**
 * Sends instances one after another. Those that it says nothing of have failed. It isn't asked for more once the signal
 * has aborted.
 */
export type RetrieveSender = (
  instances: readonly Retrievable[],
  request: ScpRequest,
) => AsyncIterable<SubOperation>;

/** A C-MOVE or C-GET of another that is over. */
export interface RetrieveReport {
  /** Names the association in logs. */
  readonly association: string;
  readonly operation: 'C-MOVE' | 'C-GET';
  /** AE title of who asked. */
  readonly by: string;
  /** AE title of who got the instances. */
  readonly destination: string;
  readonly status: number;
  readonly completed: number;
  readonly failed: number;
  readonly warning: number;
}

export interface RetrieveScpOptions {
  readonly archive: Pick<Archive, 'match' | 'matchRows'>;
  readonly onEnd: (report: RetrieveReport) => void;
}

export interface MoveScpOptions extends RetrieveScpOptions {
  /** Who sends to an AE title; undefined where nobody knows it. */
  readonly senderTo: (aeTitle: string) => RetrieveSender | undefined;
  /** Between two pending responses while nothing is sent, milliseconds; default 10 s. */
  readonly aliveMs?: number;
}

export interface GetScpOptions extends RetrieveScpOptions {
  /** Sends over the association of the request. */
  readonly sendBack: RetrieveSender;
  /** In which a class is sent back, in order of preference; undefined: it isn't. */
  readonly storageSyntaxesFor: (sopClassUid: string) => readonly string[] | undefined;
}

/** Relational retrieves alone (PS3.4 tables C.5-4 to C.5-6). */
const relationalOnly = (proposed: Uint8Array): Uint8Array =>
  Uint8Array.from(proposed.subarray(0, 1), (byte) => (byte === 1 ? 1 : 0));

/** Answers C-MOVE of others in all information models. Priority is ignored: all are served as they come. */
export function moveScp(options: MoveScpOptions): ScpService {
  return {
    transferSyntaxesFor: (uid) =>
      QUERY_MODELS.some(({ move }) => move === uid) ? QUERY_SYNTAXES : undefined,
    applicationInformation: relationalOnly,
    requests: ['C-MOVE-RQ'],
    handle: async (request) => {
      const destination = request.command.MoveDestination ?? '';
      const sender = options.senderTo(destination);
      if (!sender) {
        const comment = 'The move destination is no peer in the settings';
        return { status: RETRIEVE_STATUS.unknownDestination, elements: { ErrorComment: comment } };
      }
      const model = modelOf(request, 'move');
      return answerRetrieve(request, model, sender, {
        ...options,
        operation: 'C-MOVE',
        destination,
        aliveMs: options.aliveMs ?? ALIVE_MS,
      });
    },
  };
}

/**
 * Answers C-GET of others. Instances go over the contexts of the association in which the other side wants to be the SCP
 * (PS3.7 section D.3.3.4), and only over these.
 */
export function getScp(options: GetScpOptions): ScpService {
  const isGet = (uid: string): boolean => QUERY_MODELS.some(({ get }) => get === uid);
  return {
    transferSyntaxesFor: (uid, request) => {
      if (isGet(uid)) return QUERY_SYNTAXES;
      const isForGet = request.presentationContexts.some((context) =>
        isGet(context.abstractSyntax),
      );
      return isForGet && wantsToReceive(request, uid) ? options.storageSyntaxesFor(uid) : undefined;
    },
    applicationInformation: relationalOnly,
    acceptsScpRole: true,
    requests: ['C-GET-RQ'],
    handle: (request) =>
      answerRetrieve(request, modelOf(request, 'get'), options.sendBack, {
        ...options,
        operation: 'C-GET',
        destination: request.peer.callingAeTitle,
      }),
  };
}

/** Whether the requestor is the SCP of a class. */
export const wantsToReceive = ({ userInformation }: AssociateRq, uid: string): boolean =>
  userInformation.roleSelections?.some((role) => role.sopClassUid === uid && role.scpRole) ?? false;

function modelOf({ context }: ScpRequest, service: 'move' | 'get'): QueryModel {
  const model = QUERY_MODELS.find((candidate) => candidate[service] === context.abstractSyntax);
  if (!model) throw new TypeError('A retrieve came through on a context for something else.');
  return model;
}

interface About extends RetrieveScpOptions {
  readonly operation: RetrieveReport['operation'];
  readonly destination: string;
  /** Missing where instances go over the association of the request, which shows by itself that they do. */
  readonly aliveMs?: number;
}

async function answerRetrieve(
  request: ScpRequest,
  model: QueryModel,
  sender: RetrieveSender,
  about: About,
): Promise<ScpResponse> {
  const { peer, context, signal } = request;
  const isRelational = isNegotiated(peer, context.abstractSyntax, 0);
  const identifier = await readRequest(request, (dataset) =>
    retrieveKeys(dataset, model, isRelational),
  );
  if ('status' in identifier) return identifier;
  const counts = new Counts();
  let failedUids: readonly string[] = [];
  try {
    const instances = await instancesOf(about.archive, identifier.keys, signal);
    counts.remaining = instances.length;
    failedUids = await sendAll(request, instances, sender, counts, about.aliveMs);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  const status = statusOf(counts, signal.aborted);
  const { operation, destination, onEnd } = about;
  const { completed, failed, warning } = counts;
  const { associationId: association, callingAeTitle: by } = peer;
  onEnd({ association, operation, by, destination, status, completed, failed, warning });
  return {
    status,
    elements: counts.elements(status === RETRIEVE_STATUS.cancel),
    ...(failedUids.length > 0 && {
      dataset: encodeIdentifier(
        { [Tag.FailedSOPInstanceUIDList]: fitting(failedUids) },
        context.transferSyntax,
      ),
    }),
  };
}

/** The unique keys of a level, and those above it (PS3.4 section C.4.2.2.1); others are left alone. */
function retrieveKeys(
  dataset: Dataset,
  model: QueryModel,
  isRelational: boolean,
): { readonly level: EntityLevel; readonly keys: readonly MatchKey[] } | IdentifierProblem {
  const level = levelOf(dataset, model, isRelational);
  if (typeof level !== 'string') return level;
  const keys: MatchKey[] = [];
  for (const at of model.levels.slice(0, model.levels.indexOf(level) + 1)) {
    const keyword = UNIQUE_KEYWORD[at];
    const values = dataset.strings(Tag[keyword]).filter((value) => value !== '');
    const isMissing = at === level && values.length === 0;
    if (isMissing || values.some((value) => /[*?]/.test(value))) {
      return { offending: Tag[keyword], comment: `${level} level needs values of ${keyword}` };
    }
    if (values.length > 0) keys.push({ keyword, matching: { kind: 'values', values } });
  }
  return { level, keys };
}

async function instancesOf(
  archive: RetrieveScpOptions['archive'],
  keys: readonly MatchKey[],
  signal: AbortSignal,
): Promise<Retrievable[]> {
  const matches = await archive.match({ level: 'IMAGE', keys, unknownMatches: 'never' }, signal);
  const keywords = ['SOPInstanceUID', 'SOPClassUID', 'AvailableTransferSyntaxUID'];
  // Of many instances the same few classes and syntaxes: kept once.
  const texts = new Map<string, string>();
  const once = (value: unknown): string => {
    const text = String(value);
    const kept = texts.get(text) ?? text;
    texts.set(text, kept);
    return kept;
  };
  const instances: Retrievable[] = [];
  for (let at = 0; at < matches.length; at += PAGE) {
    const page = matches.slice(at, at + PAGE);
    for (const row of await archive.matchRows('IMAGE', page, keywords, signal)) {
      instances.push({
        sopInstanceUid: String(row['SOPInstanceUID']),
        sopClassUid: once(row['SOPClassUID']),
        transferSyntaxUid: once(row['AvailableTransferSyntaxUID']),
      });
    }
  }
  return instances;
}

/** @returns the UIDs of what failed */
async function sendAll(
  request: ScpRequest,
  instances: readonly Retrievable[],
  sender: RetrieveSender,
  counts: Counts,
  aliveMs: number | undefined,
): Promise<readonly string[]> {
  const { signal, respondPending } = request;
  const rest = new Set(instances.map(({ sopInstanceUid }) => sopInstanceUid));
  const failed: string[] = [];
  if (instances.length === 0) return failed;
  const tell = () =>
    respondPending({ status: RETRIEVE_STATUS.pending, elements: counts.elements(true) });
  let toldMs = performance.now();
  await tell();
  const outcomes = withReminders(sender(instances, request), aliveMs, tell);
  for await (const { sopInstanceUid, outcome } of outcomes) {
    rest.delete(sopInstanceUid);
    counts.add(outcome);
    if (outcome === 'failed') failed.push(sopInstanceUid);
    if (signal.aborted) return failed;
    const isDue = instances.length <= FEW || performance.now() - toldMs >= PROGRESS_MS;
    if (!isDue || rest.size === 0) continue;
    toldMs = performance.now();
    await tell();
  }
  if (signal.aborted) return failed;
  for (let left = rest.size; left > 0; left--) counts.add('failed');
  return [...failed, ...rest];
}

/** Yields what `items` yields; calls `remind`, one at a time, whenever the next one takes so long. */
async function* withReminders<Item>(
  items: AsyncIterable<Item>,
  ms: number | undefined,
  remind: () => Promise<void>,
): AsyncGenerator<Item, void, undefined> {
  if (ms === undefined) {
    yield* items;
    return;
  }
  let reminding: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const start = (): void => {
    // A peer that doesn't take them ends the association, and with it what is being sent.
    const again = (): void => void (reminding = remind().then(start, () => undefined));
    timer = setTimeout(again, ms);
  };
  start();
  try {
    for await (const item of items) {
      clearTimeout(timer);
      await reminding;
      clearTimeout(timer);
      yield item;
      start();
    }
  } finally {
    clearTimeout(timer);
    await reminding;
    clearTimeout(timer);
  }
}

/** Numbers of sub-operations (PS3.7 section 9.1.4.1). */
class Counts {
  remaining = 0;
  completed = 0;
  failed = 0;
  warning = 0;

  add(outcome: SubOperation['outcome']): void {
    this[outcome]++;
    this.remaining--;
  }

  /** @param hasRemaining of pending and cancelled ones alone (PS3.7 section C.1.4) */
  elements(hasRemaining: boolean): CommandSet {
    const count = (value: number) => Math.min(value, MAX_COUNT);
    return {
      ...(hasRemaining && { NumberOfRemainingSuboperations: count(this.remaining) }),
      NumberOfCompletedSuboperations: count(this.completed),
      NumberOfFailedSuboperations: count(this.failed),
      NumberOfWarningSuboperations: count(this.warning),
    };
  }
}

function statusOf({ completed, failed, warning }: Counts, isCancelled: boolean): number {
  if (isCancelled) return RETRIEVE_STATUS.cancel;
  if (failed > 0 && completed + warning === 0) return RETRIEVE_STATUS.allFailed;
  return failed + warning > 0 ? RETRIEVE_STATUS.someFailed : RETRIEVE_STATUS.success;
}

/** As many as one value holds; the count of failures says how many there are. */
function fitting(uids: readonly string[]): string[] {
  let length = 0;
  return uids.filter((uid) => (length += uid.length + 1) <= MAX_LIST_LENGTH);
}
