import { BATCHES_IN_FLIGHT } from '../../../shared/protocol/limits.ts';
import {
  uidSchema,
  type ServerMessage,
  type StoreContext,
  type StoreOutcome,
} from '../../../shared/protocol/messages.ts';
import { batchBody, BatchBuilder, type BatchEntry } from './batch.ts';
import { BridgeError, type BridgeClient, type Request } from './bridge-client.ts';

/** What became of one input of a transfer. Inputs without one have not been tried, or their result is unknown. */
export type ItemOutcome =
  | StoreOutcome
  /** It was not sent, by a rule: the profile, a damaged file. */
  | { readonly kind: 'withheld'; readonly reason: string };

/** One input of a transfer, as the transfer sees it. */
export interface TransferItem {
  readonly index: number;
  /** Makes it ready: opens the file, de-identifies, checks. Resolves in any case. */
  prepare(): Promise<
    | {
        readonly kind: 'ready';
        readonly sopClassUid: string;
        readonly sopInstanceUid: string;
        readonly transferSyntaxUid: string;
        readonly dataset: Blob;
      }
    | { readonly kind: 'withheld'; readonly reason: string }
    | { readonly kind: 'failed'; readonly reason: string }
  >;
  /** Whether its file can still be read: a changed file breaks a POST just as a dead network does. */
  probe(): Promise<boolean>;
}

export type Convert = (
  dataset: Blob,
  transferSyntaxUid: string,
  targetUid: string,
) => Promise<Blob | undefined>;

export interface TransferOptions {
  readonly client: BridgeClient;
  readonly peer: string;
  /** What the bridge knows it by, however often it goes on. */
  readonly id: string;
  /** What the transfer may hold, so that the bridge can negotiate before the first instance. */
  readonly contexts: readonly StoreContext[];
  readonly items: readonly TransferItem[];
  /** Decodes or encodes the pixels of a data set; undefined when it can't. */
  readonly convert: Convert;
  readonly signal: AbortSignal;
  readonly onOutcome: (index: number, outcome: ItemOutcome) => void;
  readonly onBytesSent: (bytes: number) => void;
}

type PreparedItem = Awaited<ReturnType<TransferItem['prepare']>>;

type StoreReady = Extract<ServerMessage, { type: 'storeReady' }>;

/** Instances made ready ahead of the network. */
const PREPARED_AHEAD = 8;

/**
 * Sends items to a peer. Each item gets at most one outcome; when the transfer rejects, those without one are to be
 * sent again. Rejects with a BridgeError that says why it could not go on, or with an AbortError when cancelled.
 */
export async function runTransfer(options: TransferOptions): Promise<void> {
  const { client, peer, contexts, signal } = options;
  signal.throwIfAborted();
  if (contexts.length === 0) {
    for (const { index } of options.items) options.onOutcome(index, INVALID_UIDS);
    return;
  }
  const ready = Promise.withResolvers<StoreReady>();
  // The rejection is handled where `ended` is awaited; alone it would count as unhandled.
  ready.promise.catch(() => undefined);
  const parts = { peer, contexts: [...contexts], transfer: options.id };
  const store: Request = { type: 'store', ...parts };
  const request = client.request(store, (message) => {
    if (message.type === 'storeReady') {
      ready.resolve(message);
      return;
    }
    if (message.type !== 'storeResults') return;
    for (const { index, outcome } of message.results) options.onOutcome(index, outcome);
  });
  const cancel = () => {
    client.cancel(request.requestId);
  };
  signal.addEventListener('abort', cancel, { once: true });
  const broken = new AbortController();
  const ended = request.ended.then(
    () => undefined,
    (error: unknown) => {
      ready.reject(error);
      broken.abort(error);
      throw error;
    },
  );
  // Awaited below; an uploader that fails first must not leave this one unhandled.
  ended.catch(() => undefined);
  try {
    await new Uploader(
      await ready.promise,
      options,
      AbortSignal.any([signal, broken.signal]),
    ).run();
    client.finishStore(request.requestId);
    await ended;
  } catch (error) {
    client.cancel(request.requestId);
    // The end of the request says more than a broken POST does.
    if (broken.signal.aborted) throw broken.signal.reason;
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Fills batches and keeps some of them in flight. */
class Uploader {
  readonly #path: string;
  /** Pairs of SOP class and transfer syntax that the peer doesn't take: nothing of them is uploaded. */
  readonly #refused: ReadonlySet<string>;
  /** The transfer syntax that a pair must be brought into for the peer. */
  readonly #targets: ReadonlyMap<string, string>;
  readonly #options: TransferOptions;
  readonly #signal: AbortSignal;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #failure = new AbortController();

  constructor(ready: StoreReady, options: TransferOptions, signal: AbortSignal) {
    this.#path = ready.path;
    this.#refused = new Set(ready.refused.map(pairKey));
    this.#targets = new Map(ready.recoded.map((pair) => [pairKey(pair), pair.targetUid]));
    this.#options = options;
    this.#signal = AbortSignal.any([signal, this.#failure.signal]);
  }

  async run(): Promise<void> {
    const batch = new BatchBuilder();
    for await (const entry of this.#preparedEntries()) {
      batch.add(entry);
      if (batch.isFull) await this.#start(batch.take());
    }
    if (!batch.isEmpty) await this.#start(batch.take());
    await Promise.all(this.#inFlight);
    this.#signal.throwIfAborted();
  }

  /** In the order of the items, some of them made ready ahead. */
  async *#preparedEntries(): AsyncGenerator<BatchEntry> {
    const ahead: { item: TransferItem; prepared: Promise<PreparedItem> }[] = [];
    const items = this.#options.items[Symbol.iterator]();
    for (;;) {
      while (ahead.length < PREPARED_AHEAD) {
        const next = items.next();
        if (next.done) break;
        ahead.push({ item: next.value, prepared: this.#prepared(next.value) });
      }
      const first = ahead.shift();
      if (!first) return;
      const prepared = await first.prepared;
      this.#signal.throwIfAborted();
      const { index } = first.item;
      if (prepared.kind === 'ready' && !hasValidUids(prepared)) {
        this.#options.onOutcome(index, INVALID_UIDS);
      } else if (prepared.kind === 'ready' && this.#refused.has(pairKey(prepared))) {
        this.#options.onOutcome(index, NOT_ACCEPTED);
      } else if (prepared.kind === 'ready') {
        const { kind: _, ...entry } = prepared;
        yield { index, ...entry };
      } else if (prepared.kind === 'withheld') {
        this.#options.onOutcome(index, prepared);
      } else {
        this.#options.onOutcome(index, {
          kind: 'failed',
          code: 'upload-broken',
          message: prepared.reason,
        });
      }
    }
  }

  /** An item made ready, in the transfer syntax that the peer takes; what can't be converted goes as it is. */
  async #prepared(item: TransferItem): Promise<PreparedItem> {
    const prepared = await item.prepare();
    const targetUid = prepared.kind === 'ready' ? this.#targets.get(pairKey(prepared)) : undefined;
    if (prepared.kind !== 'ready' || targetUid === undefined || this.#signal.aborted)
      return prepared;
    const { dataset: own, transferSyntaxUid } = prepared;
    const dataset = await this.#options.convert(own, transferSyntaxUid, targetUid);
    return dataset ? { ...prepared, dataset, transferSyntaxUid: targetUid } : prepared;
  }

  async #start(entries: BatchEntry[]): Promise<void> {
    const task = this.#send(entries)
      .catch((error: unknown) => {
        // Seen by run() through the signal; the other batches stop.
        this.#failure.abort(error);
      })
      .finally(() => this.#inFlight.delete(task));
    this.#inFlight.add(task);
    if (this.#inFlight.size >= BATCHES_IN_FLIGHT) await Promise.race(this.#inFlight);
    this.#signal.throwIfAborted();
  }

  async #send(entries: BatchEntry[]): Promise<void> {
    const body = batchBody(entries);
    let response: Response;
    try {
      response = await fetch(this.#path, { method: 'POST', body, signal: this.#signal });
    } catch (error) {
      this.#signal.throwIfAborted();
      await this.#sendWhatCanBeRead(entries, error);
      return;
    }
    if (!response.ok) {
      throw new BridgeError(
        'upload-broken',
        `The bridge refused a batch (HTTP ${response.status}).`,
      );
    }
    this.#options.onBytesSent(body.size);
  }

  /** Finds the files that can't be read any more, gives them their outcome, and sends the others. */
  async #sendWhatCanBeRead(entries: BatchEntry[], cause: unknown): Promise<void> {
    const items = new Map(this.#options.items.map((item) => [item.index, item]));
    const readable: BatchEntry[] = [];
    for (const entry of entries) {
      if (await items.get(entry.index)?.probe()) readable.push(entry);
      else this.#options.onOutcome(entry.index, CHANGED_ON_DISK);
    }
    if (readable.length === entries.length) {
      throw new BridgeError('bridge-unreachable', 'The upload to the bridge broke off.', { cause });
    }
    if (readable.length > 0) await this.#send(readable);
  }
}

const pairKey = ({ sopClassUid, transferSyntaxUid }: StoreContext) =>
  `${sopClassUid} ${transferSyntaxUid}`;

/** One UID that the protocol doesn't allow would break the batch of many. */
const hasValidUids = (entry: StoreContext & { readonly sopInstanceUid: string }) =>
  [entry.sopClassUid, entry.sopInstanceUid, entry.transferSyntaxUid].every(
    (uid) => uidSchema.safeParse(uid).success,
  );

const INVALID_UIDS: ItemOutcome = {
  kind: 'failed',
  code: 'invalid-dataset',
  message:
    'Its SOP Class UID, SOP Instance UID or transfer syntax is no UID: no peer could store it.',
};

const NOT_ACCEPTED: ItemOutcome = {
  kind: 'failed',
  code: 'no-presentation-context',
  message: 'The peer does not take this kind of object in its transfer syntax.',
};

const CHANGED_ON_DISK: ItemOutcome = {
  kind: 'failed',
  code: 'upload-broken',
  message: 'The file was changed or removed while it was sent.',
};
