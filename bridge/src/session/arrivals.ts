import type { RetrieveTarget } from '../dimse/retrieve.ts';
import type { IncomingInstance } from '../dimse/storage-scp.ts';
import { peekUids } from './peek-uids.ts';

/** A C-MOVE of ours that is under way. */
export interface OpenRetrieve {
  /** Ours: what the peer repeats as the originator. */
  readonly aeTitle: string;
  readonly messageId: number;
  readonly peerAeTitle: string;
  readonly target: RetrieveTarget;
}

/** What comes in for one retrieve. */
export class Arriving {
  readonly retrieve: OpenRetrieve;
  readonly #onArrival: () => void;
  #arrived = 0;
  #underWay = 0;
  #moved: () => void = () => undefined;

  constructor(retrieve: OpenRetrieve, onArrival: () => void) {
    this.retrieve = retrieve;
    this.#onArrival = onArrival;
  }

  /** Instances that are on disk. */
  readonly count = (): number => this.#arrived;

  /** An instance begins to come in; what is returned is told how it ended. */
  begin(): (isHere: boolean) => void {
    this.#underWay++;
    this.#moved();
    return (isHere) => {
      this.#underWay--;
      if (isHere) {
        this.#arrived++;
        this.#onArrival();
      }
      this.#moved();
    };
  }

  /**
   * Waits for so many instances. Ends at once when they are here, and otherwise when nothing has begun or ended to
   * come in for `quietMs`, and nothing is under way: what hangs there has a timer of its own.
   */
  async settle(expected: number, quietMs: number, signal: AbortSignal): Promise<void> {
    while (this.#arrived < expected && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<'moved' | 'quiet'>();
      const wake = () => resolve('moved');
      this.#moved = wake;
      signal.addEventListener('abort', wake, { once: true });
      const timer = setTimeout(() => resolve('quiet'), quietMs);
      const outcome = await promise;
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      this.#moved = () => undefined;
      if (outcome === 'quiet' && this.#underWay === 0) return;
    }
  }
}

/** An instance on its way in, and the retrieve that it belongs to, if any. */
export interface Attributed {
  readonly incoming: IncomingInstance;
  readonly arriving: Arriving | undefined;
}

/**
 * Tells which retrieve an instance belongs to: by the AE title and Message ID that the peer repeats (PS3.7 section
 * 9.1.1.1, where both are optional), and for a peer that doesn't repeat them by its AE title and the UIDs.
 */
export class Arrivals {
  readonly #open = new Set<Arriving>();
  #lastMessageId = 0;

  /** A Message ID that no other retrieve under way has: 1 to 65535 (PS3.7 table E.1-1). */
  nextMessageId(): number {
    this.#lastMessageId = (this.#lastMessageId % 0xffff) + 1;
    return this.#lastMessageId;
  }

  /** Begins to count for a retrieve; `end` forgets it. */
  expect(retrieve: OpenRetrieve, onArrival: () => void): { arriving: Arriving; end: () => void } {
    const arriving = new Arriving(retrieve, onArrival);
    this.#open.add(arriving);
    return { arriving, end: () => this.#open.delete(arriving) };
  }

  /** The data set of the instance may have been read in part: the one that is given back is whole. */
  async attribute(incoming: IncomingInstance): Promise<Attributed> {
    const { moveOriginator, callingAeTitle } = incoming;
    const open = [...this.#open];
    const named = open.find(
      ({ retrieve }) =>
        retrieve.messageId === moveOriginator?.messageId &&
        retrieve.aeTitle.trim() === moveOriginator.aeTitle.trim(),
    );
    if (named) return { incoming, arriving: named };
    const candidates = open.filter(
      ({ retrieve }) =>
        retrieve.peerAeTitle.trim() === callingAeTitle.trim() &&
        // Somebody else's C-MOVE brings it here.
        (!moveOriginator || moveOriginator.aeTitle.trim() === retrieve.aeTitle.trim()),
    );
    if (candidates.length === 0) return { incoming, arriving: undefined };
    const peeked = await peekUids(incoming.dataset, incoming.transferSyntaxUid);
    const uids = { ...peeked, sopInstanceUid: incoming.sopInstanceUid };
    return {
      incoming: { ...incoming, dataset: peeked.dataset },
      arriving: candidates.find(({ retrieve }) => isWithin(retrieve.target, uids)),
    };
  }
}

interface Uids {
  readonly studyInstanceUid: string | undefined;
  readonly seriesInstanceUid: string | undefined;
  readonly sopInstanceUid: string;
}

function isWithin(target: RetrieveTarget, uids: Uids): boolean {
  if (target.level === 'IMAGE')
    return target.sopInstanceUid.split('\\').includes(uids.sopInstanceUid);
  if (target.studyInstanceUid !== uids.studyInstanceUid) return false;
  return target.level === 'STUDY' || target.seriesInstanceUid === uids.seriesInstanceUid;
}
