import { setTimeout as delay } from 'node:timers/promises';
import { MAX_BATCH_BYTES, MAX_BATCH_INSTANCES } from '../../../shared/protocol/limits.ts';
import type {
  ServerMessage,
  StoreContext,
  StoreOutcome,
} from '../../../shared/protocol/messages.ts';
import { decodeUpload, type UploadedInstance } from '../../../shared/protocol/upload.ts';
import type { AssociationOptions } from '../dimse/association-settings.ts';
import { DimseError, type DimseErrorCode } from '../dimse/dimse-error.ts';
import type { PeerAddress } from '../dimse/request-association.ts';
import {
  StorageScu,
  type StoragePair,
  type StoreRequest,
  type StoreResult,
} from '../dimse/storage-scu.ts';
import {
  firstSendable,
  otherSyntaxes,
  recodingTarget,
  type Convert,
  withOtherSyntaxes,
} from './other-syntax.ts';

/** What a peer's settings say of a transfer. */
export interface ProposalRules {
  /** What is proposed and sent, in order of preference. Undefined: what instances are in, and what that can be written in. */
  readonly transferSyntaxes: readonly string[] | undefined;
  /** Others aren't proposed. Undefined: all. */
  readonly sopClasses: readonly string[] | undefined;
  /** Infinity: one association for all. */
  readonly maxInstancesPerAssociation: number;
}

/** An instance that a peer has taken. */
export type SentInstance = Pick<StoreRequest, 'sopClassUid' | 'sopInstanceUid'>;

export interface StoreTransferOptions {
  readonly peer: PeerAddress;
  /** Default: no rules. */
  readonly rules?: ProposalRules;
  /** The C-MOVE that the transfer is part of. */
  readonly moveOriginator?: StoreRequest['moveOriginator'];
  /** Ends the transfer with the first instance that fails. Default: it goes on. */
  readonly stopsOnFailure?: boolean;
  readonly contexts: readonly StoreContext[];
  readonly association: AssociationOptions;
  readonly results: (results: Extract<ServerMessage, { type: 'storeResults' }>['results']) => void;
  /** For a peer that takes neither an instance's transfer syntax nor one that differs in its encoding alone. */
  readonly convert: Convert;
  readonly signal: AbortSignal;
}

/** What a transfer is told once its association stands. */
export type OpenedTransfer = Pick<
  Extract<ServerMessage, { type: 'storeReady' }>,
  'refused' | 'recoded'
>;

/** Instances up to this size are taken whole before their C-STORE starts: a page that stalls then costs nothing. */
const MAX_WHOLE_BYTES = MAX_BATCH_BYTES;

/** Associations that may be lost in a row before the transfer gives up. */
const MAX_LOSSES = 3;

/** Wait before an association is opened again, by losses in a row. */
const REOPEN_MS = [0, 250, 1000];

/** Results wait this long for others, so that a fast transfer isn't one message for each. */
const RESULT_INTERVAL_MS = 50;

/** These are about one instance, or about nothing at all; the association lives. */
const ABOUT_THE_INSTANCE: ReadonlySet<DimseErrorCode> = new Set([
  'invalid-dataset',
  'source-failed',
  'source-stalled',
]);

/** A transfer to one peer: takes batches, stores their instances one after another, tells each result. */
export class StoreTransfer {
  readonly #options: StoreTransferOptions;
  readonly #stopped = new AbortController();
  readonly #signal: AbortSignal;
  #scu: StorageScu;
  #turn: Promise<unknown> = Promise.resolve();
  #losses = 0;
  /** Instances that went over the association at hand. */
  #sent = 0;
  #batches = 0;
  #waitingResults: { index: number; outcome: StoreOutcome }[] = [];
  #flush: NodeJS.Timeout | undefined;
  /** What the peer has taken. */
  readonly sent: SentInstance[] = [];
  stored = 0;
  failed = 0;

  constructor(options: StoreTransferOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#stopped.signal]);
    this.#scu = this.#newScu();
  }

  /** Aborts when the transfer can't go on or was cancelled: whoever sends to it must stop. */
  get ended(): AbortSignal {
    return this.#signal;
  }

  /** Aborts when the transfer can't go on; its reason is the error to report. */
  get stopped(): AbortSignal {
    return this.#stopped.signal;
  }

  /**
   * Opens the association.
   * @returns of the pairs that the peer doesn't take as they are: those that it takes in no syntax that they can be written
   *   in, and those whose pixels must be decoded or encoded for it, with the syntax for that
   * @throws DimseError
   */
  async open(): Promise<OpenedTransfer> {
    const scu = this.#scu;
    await scu.connect(this.#signal);
    const proposed = new Set(this.#options.contexts.map(keyOf));
    const refused: StoreContext[] = [];
    const recoded: OpenedTransfer['recoded'] = [];
    for (const pair of scu.refusedPairs()) {
      if (!proposed.has(keyOf(pair))) continue;
      // What another association proposes may be accepted: that shows when such an instance is there.
      const likely = otherSyntaxes(pair).find((candidate) => scu.answerTo(candidate) !== false);
      if (!likely) refused.push(pair);
      else if (scu.answerTo(likely) === true) {
        const targetUid = recodingTarget(pair.transferSyntaxUid, likely.transferSyntaxUid);
        if (targetUid !== undefined) recoded.push({ ...pair, targetUid });
      }
    }
    return { refused, recoded };
  }

  /** What an instance can be sent in: its own transfer syntax where the peer takes it, else those that it can be written in. */
  async *#accepted(pair: StoragePair): AsyncGenerator<StoragePair, void, undefined> {
    // What needn't be written anew goes first, wherever its transfer syntax stands among those that are wanted.
    const own = this.#wanted([pair]);
    for (const candidate of [...own, ...this.#wanted(otherSyntaxes(pair))]) {
      if (await this.#scu.accepts(candidate, this.#signal)) yield candidate;
    }
  }

  /** An instance as it is sent: in the first of the transfer syntaxes that the peer takes and that can hold it. */
  async #sendable(
    request: StoreRequest & { readonly length: number },
    chunks: readonly Uint8Array[] | undefined,
  ): Promise<StoreRequest> {
    return firstSendable(request, chunks, this.#accepted(request), this.#options.convert);
  }

  /**
   * Stores the instances of a batch; resolves when each has its result.
   * @throws UploadFramingError, or what stopped the transfer
   */
  async receive(body: AsyncIterable<Uint8Array>): Promise<void> {
    this.#batches++;
    try {
      for await (const instance of decodeUpload(body)) {
        this.#signal.throwIfAborted();
        const outcome = await this.store(instance);
        this.#tell(instance.header.index, outcome);
        if (outcome.kind === 'failed' && this.#options.stopsOnFailure) {
          await this.#stopAfter(outcome);
        }
      }
    } finally {
      this.#batches--;
      this.#flushResults();
    }
  }

  /** Releases the association; the results of every batch have been told. */
  async finish(): Promise<void> {
    this.#flushResults();
    // A peer that drops the association instead of releasing it has all instances nevertheless.
    await this.#scu.release().catch((error: unknown) => {
      if (!(error instanceof DimseError)) throw error;
    });
  }

  get isReceiving(): boolean {
    return this.#batches > 0;
  }

  /**
   * Stores one instance, in its turn.
   * @throws what stopped the transfer
   */
  async store({ header, dataset }: UploadedInstance): Promise<StoreOutcome> {
    const isWhole = header.length <= MAX_WHOLE_BYTES;
    const chunks = isWhole ? await Array.fromAsync(dataset) : undefined;
    // Batches arrive side by side, the association takes one instance at a time.
    const turn = this.#turn.then(() => this.#storeWithRetry(header, chunks, dataset));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #stopAfter({ message }: StoreOutcome & { kind: 'failed' }): Promise<void> {
    this.#flushResults();
    const words = `Stopped at an instance that failed, as the settings of the peer say. ${message}`;
    this.#stopped.abort(new DimseError('status-failure', words));
    // The association stands: nobody else would end it.
    await this.finish();
  }

  async #storeWithRetry(
    header: UploadedInstance['header'],
    chunks: Uint8Array[] | undefined,
    dataset: AsyncIterable<Uint8Array>,
  ): Promise<StoreOutcome> {
    const { length, sopClassUid, sopInstanceUid, transferSyntaxUid } = header;
    const { moveOriginator } = this.#options;
    const instance = { length, sopClassUid, sopInstanceUid, transferSyntaxUid };
    const request = { ...instance, ...(moveOriginator && { moveOriginator }) };
    for (let attempt = 1; ; attempt++) {
      this.#signal.throwIfAborted();
      try {
        await this.#renewAssociation();
        const source = chunks ? iterate(chunks) : dataset;
        const sent = await this.#sendable({ ...request, dataset: source }, chunks);
        const result = await this.#scu.store(sent, this.#signal);
        this.#losses = 0;
        this.#sent++;
        if (result.kind === 'stored') {
          const { sopClassUid, sopInstanceUid } = request;
          this.sent.push({ sopClassUid, sopInstanceUid });
        }
        return outcomeOf(result);
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!(error instanceof DimseError)) throw error;
        if (error.code === 'invalid-dataset') return failure(error);
        await this.#reopen(error);
        // A second loss by the same instance: it may be what the peer can't stand. A stream can't be sent again.
        if (attempt > 1 || !chunks || ABOUT_THE_INSTANCE.has(error.code)) return failure(error);
      }
    }
  }

  /** Opens another association after one was lost, or stops the transfer when that doesn't help. */
  async #reopen(error: DimseError): Promise<void> {
    // An association that was released for idleness was not lost.
    if (error.code !== 'association-released' && error.code !== 'idle-timeout') this.#losses++;
    try {
      if (this.#losses >= MAX_LOSSES) throw error;
      await delay(REOPEN_MS[this.#losses], undefined, { signal: this.#signal });
      this.#scu = this.#newScu();
      await this.#scu.connect(this.#signal);
    } catch (reason) {
      this.#stopped.abort(reason);
      throw reason;
    }
  }

  #newScu(): StorageScu {
    const { peer, contexts, association } = this.#options;
    this.#sent = 0;
    return new StorageScu(peer, this.#wanted(withOtherSyntaxes(contexts)), association);
  }

  /** A full association is released in order, and the next one opened. */
  async #renewAssociation(): Promise<void> {
    const { rules } = this.#options;
    if (!rules || this.#sent < rules.maxInstancesPerAssociation) return;
    const full = this.#scu;
    this.#scu = this.#newScu();
    // Its instances are with the peer, however it takes the release.
    await full.release().catch(() => undefined);
    await this.#scu.connect(this.#signal);
  }

  /** Of these, what the rules let be proposed; those of one class in the order of the rules. */
  #wanted(pairs: readonly StoragePair[]): StoragePair[] {
    const { transferSyntaxes, sopClasses } = this.#options.rules ?? {};
    const classes = sopClasses
      ? pairs.filter((p) => sopClasses.includes(p.sopClassUid))
      : [...pairs];
    if (!transferSyntaxes) return classes;
    const rank = ({ transferSyntaxUid }: StoragePair) =>
      transferSyntaxes.indexOf(transferSyntaxUid);
    return classes.filter((pair) => rank(pair) >= 0).sort((a, b) => rank(a) - rank(b));
  }

  #tell(index: number, outcome: StoreOutcome): void {
    if (outcome.kind === 'stored') this.stored++;
    else this.failed++;
    this.#waitingResults.push({ index, outcome });
    if (this.#waitingResults.length >= MAX_BATCH_INSTANCES) this.#flushResults();
    else this.#flush ??= setTimeout(() => this.#flushResults(), RESULT_INTERVAL_MS);
  }

  #flushResults(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    const results = this.#waitingResults;
    this.#waitingResults = [];
    if (results.length > 0) this.#options.results(results);
  }
}

async function* iterate(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

function outcomeOf(result: StoreResult): StoreOutcome {
  switch (result.kind) {
    case 'stored':
      return result;
    case 'refused':
      return {
        kind: 'failed',
        code: 'status-failure',
        status: result.status,
        message: `The peer refused it: ${result.words}.`,
      };
    case 'no-context':
      return {
        kind: 'failed',
        code: 'no-presentation-context',
        message: `The peer does not take this kind of object in its transfer syntax: ${result.reason}.`,
      };
  }
}

const keyOf = ({ sopClassUid, transferSyntaxUid }: StoragePair): string =>
  `${sopClassUid} ${transferSyntaxUid}`;

const failure = (error: DimseError): StoreOutcome => ({
  kind: 'failed',
  code: protocolCode(error.code),
  message: error.message,
});

/** The codes of the protocol are those of the network, less what can't cross it. */
export function protocolCode(code: DimseErrorCode) {
  return code === 'cancelled' || code === 'listen-failed' || code === 'invalid-configuration'
    ? 'internal'
    : code;
}
