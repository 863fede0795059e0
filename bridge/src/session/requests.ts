import { randomUUID } from 'node:crypto';
import { TurnQueue } from '../../../shared/concurrency/turn-queue.ts';
import type { ClientMessage, DoneResult } from '../../../shared/protocol/messages.ts';
import type { ListenerState, Peer, Settings } from '../../../shared/protocol/settings.ts';
import type { Archive } from '../archive/store.ts';
import type { SettingsStore } from '../configuration/settings-store.ts';
import type { AssociationOptions } from '../dimse/association-settings.ts';
import { DimseError } from '../dimse/dimse-error.ts';
import { examinePeer } from '../dimse/examine-peer.ts';
import type { ExtendedQuery } from '../dimse/query-scu.ts';
import type { PeerAddress } from '../dimse/request-association.ts';
import type { RetrieveTarget } from '../dimse/retrieve.ts';
import type { StorageSink } from '../dimse/storage-scp.ts';
import { echo } from '../dimse/verification.ts';
import { proposalRules } from './association-rules.ts';
import { countOf, deleteStudy, listInstances, listStudies } from './archive-requests.ts';
import type { Arrivals } from './arrivals.ts';
import type { Metrics } from './metrics.ts';
import type { BackgroundTasks } from './background-tasks.ts';
import type { RequestContext } from './page-connection.ts';
import type { PeerDirectory, PeerNegotiation } from './peer-directory.ts';
import { runQuery } from './query-request.ts';
import type { Convert } from './other-syntax.ts';
import { RequestError } from './request-error.ts';
import { runRetrieve } from './retrieve-request.ts';
import { startSamples, type SampleParts } from './samples-request.ts';
import { StoreTransfer } from './store-transfer.ts';
import { runWorklist } from './worklist-request.ts';
import type { TransferTurns } from './transfer-turns.ts';

export interface RequestDependencies {
  readonly version: string;
  readonly settings: SettingsStore;
  readonly peers: PeerDirectory;
  readonly tasks: Pick<BackgroundTasks, 'handle' | 'sent' | 'marksOf' | 'tell'>;
  /** What is proposed to peers beside contexts, by their names. */
  readonly negotiation: Readonly<Record<string, PeerNegotiation>>;
  readonly metrics: Metrics;
  readonly archive: Archive;
  readonly arrivals: Arrivals;
  readonly transferTurns: TransferTurns;
  /** As "HOST:PORT"; undefined when DICOM is off. */
  readonly dicomListener: () => string | undefined;
  /** Whether other computers can reach a listener that speaks plain DICOM. */
  readonly isDicomExposed: () => boolean;
  /** Of the settings, in their order. */
  readonly listenerStates: () => ListenerState[];
  readonly samples: SampleParts;
  readonly convert: Convert;
  readonly onSettingsChanged: (settings: Settings) => void;
}

const NOTHING_YET = { completed: 0, failed: 0, warning: 0, arrived: 0 };

/** What pages ask over the WebSocket, and the transfers that their batches belong to. */
export class Requests {
  readonly #dependencies: RequestDependencies;
  readonly #transfers = new Map<string, StoreTransfer>();
  /** Of retrieves, by the peer's name. */
  readonly #turns = new Map<string, TurnQueue>();

  constructor(dependencies: RequestDependencies) {
    this.#dependencies = dependencies;
  }

  /** The transfer that a batch is for; undefined when it has ended. */
  transfer(id: string): StoreTransfer | undefined {
    return this.#transfers.get(id);
  }

  /** What waits for its turn with a peer. */
  get queues(): { readonly retrieves: number; readonly transfers: number } {
    const retrieves = [...this.#turns.values()].reduce((sum, queue) => sum + queue.waiting, 0);
    return { retrieves, transfers: this.#dependencies.transferTurns.waiting };
  }

  async handle(message: ClientMessage, context: RequestContext): Promise<DoneResult> {
    switch (message.type) {
      case 'hello':
        void this.#dependencies.tasks.tell(context.send);
        return {
          of: 'hello',
          bridgeVersion: this.#dependencies.version,
          settings: this.#dependencies.settings.current,
          dicomListener: this.#dependencies.dicomListener() ?? null,
          isDicomExposed: this.#dependencies.isDicomExposed(),
          listeners: this.#dependencies.listenerStates(),
        };
      case 'saveSettings':
        return this.#saveSettings(message.settings);
      case 'echo':
        return this.#echo(message.peer, context);
      case 'store':
        return this.#store(message, context);
      case 'listStudies':
        return listStudies(this.#dependencies.archive, message, context, (uid) =>
          this.#dependencies.tasks.marksOf(uid),
        );
      case 'listInstances':
        return listInstances(this.#dependencies.archive, message, context);
      case 'deleteStudy':
        return deleteStudy(this.#dependencies.archive, message);
      case 'query':
        return runQuery(
          this.#address(message.peer),
          this.#peer(message.peer),
          message,
          { ...this.#association(message.peer), extended: this.#extendedQuery(message.peer) },
          context,
        );
      case 'worklist':
        return runWorklist(
          this.#address(message.peer),
          this.#peer(message.peer),
          message,
          this.#association(message.peer),
          context,
        );
      case 'retrieve':
        return this.#retrieve(message, context);
      case 'startSamples': {
        const { samples, archive, settings } = this.#dependencies;
        const save = (changed: Settings) => this.#saveSettings(changed);
        return startSamples(samples, archive, settings.current, save, context);
      }
      case 'examine':
        return this.#examine(message.peer, context);
      case 'retryForward':
      case 'deleteForward':
      case 'dismissCommitment':
        return this.#dependencies.tasks.handle(message);
      case 'finishStore':
      case 'credit':
      case 'cancel':
        throw new RequestError('unknown-request', 'The request has ended.');
    }
  }

  async #saveSettings(settings: Settings): Promise<DoneResult> {
    try {
      await this.#dependencies.settings.save(settings);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new RequestError('settings-unwritable', `The settings could not be saved: ${detail}`, {
        cause: error,
      });
    }
    for (const turns of this.#turns.values()) turns.refresh();
    this.#dependencies.transferTurns.refresh();
    this.#dependencies.onSettingsChanged(settings);
    return { of: 'saveSettings', settings };
  }

  async #echo(peer: string, { signal }: RequestContext): Promise<DoneResult> {
    const { status, totalMs } = await echo(this.#address(peer), this.#association(peer), signal);
    if (status !== 0) {
      const hex = status.toString(16).toUpperCase().padStart(4, '0');
      throw new RequestError('status-failure', `The peer answered the echo with status ${hex}.`);
    }
    return { of: 'echo', milliseconds: totalMs };
  }

  async #examine(peer: string, { requestId, signal, send }: RequestContext): Promise<DoneResult> {
    // What the peer takes is asked, not what is to be proposed to it.
    const { transferSyntaxes: _, ...association } = this.#association(peer);
    const onProgress = (done: number, total: number) =>
      send({ type: 'examineProgress', requestId, done, total });
    const report = await examinePeer(this.#address(peer), association, signal, onProgress);
    return { of: 'examine', report };
  }

  async #store(
    message: Extract<ClientMessage, { type: 'store' }>,
    { requestId, signal, send, finished }: RequestContext,
  ): Promise<DoneResult> {
    const endTurn = await this.#dependencies.transferTurns.enter(this.#peer(message.peer), signal);
    const id = randomUUID();
    const peer = this.#peer(message.peer);
    let transfer: StoreTransfer | undefined;
    try {
      transfer = new StoreTransfer({
        peer: this.#address(message.peer),
        contexts: message.contexts,
        rules: proposalRules(this.#dependencies.settings.current.preset, peer),
        stopsOnFailure: peer.onFailure === 'stop',
        association: this.#association(message.peer),
        signal,
        convert: this.#dependencies.convert,
        results: (results) => {
          this.#dependencies.metrics.countResults(results.map(({ outcome }) => outcome));
          send({ type: 'storeResults', requestId, results });
        },
      });
      this.#transfers.set(id, transfer);
      const opened = await transfer.open();
      send({ type: 'storeReady', requestId, path: `/api/transfers/${id}/batches`, ...opened });
      await Promise.race([finished, rejectionOf(AbortSignal.any([signal, transfer.stopped]))]);
      await transfer.finish();
      return { of: 'store', stored: transfer.stored, failed: transfer.failed };
    } finally {
      this.#transfers.delete(id);
      endTurn();
      // Also of a transfer that was interrupted: what the peer has, it has.
      if (transfer) this.#dependencies.tasks.sent(peer, message.transfer ?? id, transfer.sent);
    }
  }

  /** Waits until the peer's limit lets it, then retrieves. */
  async #retrieve(
    message: Extract<ClientMessage, { type: 'retrieve' }>,
    context: RequestContext,
  ): Promise<DoneResult> {
    const { archive, arrivals, dicomListener } = this.#dependencies;
    const sink: StorageSink = (incoming) => archive.store({ ...incoming, origin: 'cache' });
    const { requestId, signal, send } = context;
    const wait = { hasBegun: false };
    const endTurn = await this.#turnsOf(message.peer).enter(signal, (ahead) => {
      wait.hasBegun = true;
      send({ type: 'retrieveWaiting', requestId, ahead });
    });
    // The page must hear that the waiting is over, however long the peer's first word takes.
    if (wait.hasBegun) send({ type: 'retrieveProgress', requestId, ...NOTHING_YET });
    const parts = {
      association: this.#association(message.peer),
      arrivals,
      sink,
      isListening: dicomListener() !== undefined,
      countHere: (target: RetrieveTarget) => countOf(archive, target),
    };
    const { retrieve } = this.#peer(message.peer);
    try {
      return await runRetrieve(this.#address(message.peer), retrieve, message, parts, context);
    } finally {
      endTurn();
    }
  }

  #turnsOf(name: string): TurnQueue {
    this.#peer(name);
    let turns = this.#turns.get(name);
    if (!turns) {
      // A peer that is removed meanwhile holds nobody back: each of its retrieves then fails by itself.
      turns = new TurnQueue(() => this.#dependencies.peers.find(name)?.maxRetrieves ?? Infinity);
      this.#turns.set(name, turns);
    }
    return turns;
  }

  #peer(name: string): Peer {
    const peer = this.#dependencies.peers.find(name);
    if (!peer) throw new RequestError('unknown-peer', 'The settings have no peer of this name.');
    return peer;
  }

  #extendedQuery(name: string): ExtendedQuery {
    const { relationalQueries, fuzzyNames } = this.#dependencies.negotiation[name] ?? {};
    return { relational: relationalQueries, fuzzyNames };
  }

  #address(name: string): PeerAddress {
    return this.#dependencies.peers.calling(this.#peer(name)).peer;
  }

  #association(name: string): AssociationOptions {
    return this.#dependencies.peers.calling(this.#peer(name)).association;
  }
}

/** Rejects with the signal's reason when it aborts. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => {
      const reason: unknown = signal.reason;
      reject(reason instanceof Error ? reason : new DimseError('cancelled', 'Cancelled.'));
    };
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
