import { TurnQueue } from '../../../shared/concurrency/turn-queue.ts';
import type { Peer, Settings } from '../../../shared/protocol/settings.ts';
import { maxTransfers } from './association-rules.ts';

/** Turns with each peer: no more transfers side by side than its settings say, whoever has asked for them. */
export class TransferTurns {
  readonly #settings: { readonly current: Settings };
  /** By the peer's name. */
  readonly #turns = new Map<string, TurnQueue>();

  constructor(settings: { readonly current: Settings }) {
    this.#settings = settings;
  }

  /** What waits for its turn. */
  get waiting(): number {
    return [...this.#turns.values()].reduce((sum, queue) => sum + queue.waiting, 0);
  }

  /**
   * Waits for a turn.
   * @returns what ends it
   * @throws the signal's reason
   */
  enter({ name }: Pick<Peer, 'name'>, signal: AbortSignal): Promise<() => void> {
    let turns = this.#turns.get(name);
    if (!turns) {
      turns = new TurnQueue(() => this.#limit(name));
      this.#turns.set(name, turns);
    }
    return turns.enter(signal);
  }

  /** The settings have changed. */
  refresh(): void {
    for (const turns of this.#turns.values()) turns.refresh();
  }

  #limit(name: string): number {
    const { peers, preset } = this.#settings.current;
    const peer = peers.find((candidate) => candidate.name === name);
    // A peer that is removed meanwhile holds nobody back: each of its transfers then fails by itself.
    return peer ? maxTransfers(preset, peer) : Infinity;
  }
}
