// Storage as SCU (PS3.4 annex B): C-STORE of data sets that pass through as bytes.
//
// Session code: `const storage = new StorageScu(peer, pairs, options)` with the (SOP class, transfer syntax) pairs
// of a job, `await storage.store(instance, signal)` for each instance, `await storage.release()` at the end. A
// result is about one instance; a thrown DimseError means that the association is lost and with it this object:
// make a new one for what is left. `invalid-dataset` alone is about the instance, and nothing was sent.
import type { Association } from './association.ts';
import type { AssociationOptions } from './association-settings.ts';
import { DimseError } from './dimse-error.ts';
import { exchange } from './exchange.ts';
import { DATA_SET_FOLLOWS, type CommandSet } from './message/command-set.ts';
import { COMMAND_FIELD, PRIORITY } from './message/message-types.ts';
import { evenDataset } from './message/outgoing-dataset.ts';
import { MAX_CONTEXTS } from './negotiation.ts';
import type { ProposedContext } from './pdu/pdu.ts';
import type { PeerAddress } from './request-association.ts';
import { requestAssociation } from './request-association.ts';
import { responseStatus } from './response-status.ts';

export interface StoragePair {
  readonly sopClassUid: string;
  readonly transferSyntaxUid: string;
}

export interface StoreRequest extends StoragePair {
  readonly sopInstanceUid: string;
  /** The data set in its transfer syntax, without preamble and file meta information. */
  readonly dataset: AsyncIterable<Uint8Array> | Uint8Array;
  /** Bytes of `dataset`; undefined where only their end tells: they are even then. */
  readonly length: number | undefined;
  /** For a C-STORE that is part of a C-MOVE (PS3.7 table 9.3-1). */
  readonly moveOriginator?: { readonly aeTitle: string; readonly messageId: number };
}

export type StoreResult =
  /** The peer has it. A status of the warning category carries its words. */
  | { readonly kind: 'stored'; readonly status: number; readonly warning?: string }
  /** The peer answered with a failure. */
  | { readonly kind: 'refused'; readonly status: number; readonly words: string }
  /** The peer doesn't take this SOP class in this transfer syntax. */
  | { readonly kind: 'no-context'; readonly reason: string };

/** Presentation contexts that fit into one association, which is opened when its first instance comes. */
interface Part {
  readonly contexts: readonly ProposedContext[];
  association?: Promise<Association> | undefined;
  /** What the peer said to them, which is known beyond the association. */
  answer?: Association['contexts'];
}

export class StorageScu {
  readonly #peer: PeerAddress;
  readonly #options: AssociationOptions;
  readonly #contexts = new Map<string, { readonly part: Part; readonly contextId: number }>();
  readonly #parts: Part[] = [];
  #lastTurn: Promise<unknown> = Promise.resolve();

  /**
   * Nothing is connected yet.
   * @param pairs one presentation context for each, so that the peer's answer to each is known; more than 128 are
   *   spread over several associations
   */
  constructor(peer: PeerAddress, pairs: readonly StoragePair[], options: AssociationOptions = {}) {
    this.#peer = peer;
    this.#options = options;
    const unique = new Map(pairs.map((pair) => [keyOf(pair), pair]));
    const all = [...unique.values()];
    for (let at = 0; at < all.length; at += MAX_CONTEXTS) {
      const group = all.slice(at, at + MAX_CONTEXTS);
      const contexts = group.map(({ sopClassUid, transferSyntaxUid }, index) => {
        const id = 2 * index + 1;
        return { id, abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntaxUid] };
      });
      const part: Part = { contexts };
      this.#parts.push(part);
      group.forEach((pair, index) =>
        this.#contexts.set(keyOf(pair), { part, contextId: 2 * index + 1 }),
      );
    }
  }

  /**
   * Opens the first association ahead of the first instance, to learn early that a peer is down.
   * @throws DimseError as `requestAssociation`
   */
  async connect(signal?: AbortSignal): Promise<void> {
    if (this.#parts[0]) await this.#open(this.#parts[0], signal);
  }

  /** The pairs that the peer did not accept, as far as it was asked: after connect(), of the first 128. */
  refusedPairs(): StoragePair[] {
    const refused: StoragePair[] = [];
    for (const { contexts, answer } of this.#parts) {
      const ids = new Set(answer?.refused.map(({ id }) => id));
      for (const { id, abstractSyntax, transferSyntaxes } of contexts) {
        const [transferSyntaxUid] = transferSyntaxes;
        if (!ids.has(id) || transferSyntaxUid === undefined) continue;
        refused.push({ sopClassUid: abstractSyntax, transferSyntaxUid });
      }
    }
    return refused;
  }

  /** Whether the peer takes a pair; undefined where that association has not been opened yet. */
  answerTo(pair: StoragePair): boolean | undefined {
    const found = this.#contexts.get(keyOf(pair));
    return found ? found.part.answer?.accepted.has(found.contextId) : false;
  }

  /**
   * Whether the peer takes a pair; asks it, where that has not been done.
   * @throws DimseError as `requestAssociation`
   */
  async accepts(pair: StoragePair, signal?: AbortSignal): Promise<boolean> {
    const found = this.#contexts.get(keyOf(pair));
    const answer = this.answerTo(pair);
    if (!found || answer !== undefined) return answer ?? false;
    const { contexts } = await this.#inTurn(() => this.#open(found.part, signal));
    return contexts.accepted.has(found.contextId);
  }

  /**
   * Stores one instance. Calls may overlap: they are served one after another, in the order of the calls.
   * @throws DimseError when the association is lost or cancelled, `source-failed` when the data set couldn't be
   *   read, `invalid-dataset` when it can't be sent
   */
  async store(request: StoreRequest, signal?: AbortSignal): Promise<StoreResult> {
    return this.#inTurn(() => this.#store(request, signal));
  }

  /**
   * Releases in order, after the stores that were asked for.
   * @throws DimseError when an association ended otherwise
   */
  async release(): Promise<void> {
    await this.#lastTurn;
    const open = await this.#openAssociations();
    await Promise.all(open.map((association) => association.release()));
  }

  async #openAssociations(): Promise<Association[]> {
    const opening = this.#parts.flatMap(({ association }) => association ?? []);
    const opened = await Promise.allSettled(opening);
    return opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  /** One association at a time: there are peers that let another wait until the first has ended. */
  async #open(part: Part, signal: AbortSignal | undefined): Promise<Association> {
    if (!part.association) {
      for (const other of this.#parts) await close(other);
      part.association = requestAssociation(this.#peer, part.contexts, this.#options, signal).then(
        ({ association }) => {
          part.answer = association.contexts;
          return association;
        },
      );
    }
    return part.association;
  }

  async #store(request: StoreRequest, signal: AbortSignal | undefined): Promise<StoreResult> {
    const { sopClassUid, sopInstanceUid, transferSyntaxUid, moveOriginator } = request;
    const dataset = evenDataset(
      { bytes: request.dataset, length: request.length },
      transferSyntaxUid,
    );
    const found = this.#contexts.get(keyOf(request));
    if (!found) return { kind: 'no-context', reason: 'it was not proposed to the peer' };
    const association = await this.#open(found.part, signal);
    const { accepted, refused } = association.contexts;
    if (!accepted.has(found.contextId)) {
      const reason = refused.find(({ id }) => id === found.contextId)?.reason ?? 'not accepted';
      return { kind: 'no-context', reason };
    }
    const command = {
      AffectedSOPClassUID: sopClassUid,
      CommandField: COMMAND_FIELD['C-STORE-RQ'],
      MessageID: association.nextMessageId(),
      Priority: PRIORITY.medium,
      CommandDataSetType: DATA_SET_FOLLOWS,
      AffectedSOPInstanceUID: sopInstanceUid,
      ...(moveOriginator && {
        MoveOriginatorApplicationEntityTitle: moveOriginator.aeTitle,
        MoveOriginatorMessageID: moveOriginator.messageId,
      }),
    };
    const message = { contextId: found.contextId, command, dataset };
    const response = await exchange(association, message, signal);
    return storeResult(response.command);
  }
}

/** Ends what stands of a part; one that was lost has ended. */
async function close(part: Part): Promise<void> {
  const { association } = part;
  part.association = undefined;
  try {
    await (await association)?.release();
  } catch (error) {
    if (!(error instanceof DimseError)) throw error;
  }
}

/** PS3.4 table B.2-1: a warning means that the instance was stored. */
function storeResult(command: CommandSet): StoreResult {
  const { Status: status = 0 } = command;
  const { category, words } = responseStatus('C-STORE', command);
  if (category === 'success') return { kind: 'stored', status };
  if (category === 'warning') return { kind: 'stored', status, warning: words };
  return { kind: 'refused', status, words };
}

function keyOf({ sopClassUid, transferSyntaxUid }: StoragePair): string {
  return `${sopClassUid} ${transferSyntaxUid}`;
}
