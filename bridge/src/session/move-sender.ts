import type { StoreOutcome } from '../../../shared/protocol/messages.ts';
import type { Peer, Settings } from '../../../shared/protocol/settings.ts';
import type { Archive } from '../archive/store.ts';
import { DimseError } from '../dimse/dimse-error.ts';
import type { Retrievable, RetrieveSender, SubOperation } from '../dimse/retrieve-scp.ts';
import type { StoragePair } from '../dimse/storage-scu.ts';
import { archivedInstance, type ArchivedInstance } from './archived-instance.ts';
import { proposalRules } from './association-rules.ts';
import type { Convert } from './other-syntax.ts';
import type { Calling } from './peer-directory.ts';
import { readAhead } from './read-ahead.ts';
import { ReadBuffers } from './read-buffers.ts';
import { StoreTransfer } from './store-transfer.ts';

/** How long the instance under way may take when a C-MOVE is cancelled; then the association to its destination ends. */
const CANCEL_GRACE_MS = 3000;

export interface MoveSenderOptions {
  readonly archive: Pick<Archive, 'locate'>;
  readonly settings: { readonly current: Settings };
  readonly peers: {
    withAeTitle(aeTitle: string): Peer | undefined;
    calling(peer: Peer): Calling;
  };
  readonly convert: Convert;
  /** Waits for a turn with a peer. @returns what ends the turn */
  readonly enter: (peer: Peer, signal: AbortSignal) => Promise<() => void>;
  readonly onOutcome: (outcome: StoreOutcome) => void;
}

/**
 * Sends what a C-MOVE asks for to the peer of an AE title, as Gantry sends anything else: over an association that is
 * opened anew when it is lost, as it is stored, or written anew where the peer doesn't take it so.
 */
export function moveSenderTo(
  options: MoveSenderOptions,
  aeTitle: string,
): RetrieveSender | undefined {
  const peer = options.peers.withAeTitle(aeTitle);
  if (!peer) return undefined;
  return (instances, { peer: by, command, signal }) =>
    send(options, peer, instances, signal, {
      aeTitle: by.callingAeTitle,
      messageId: command.MessageID ?? 0,
    });
}

async function* send(
  { archive, settings, peers, convert, enter, onOutcome }: MoveSenderOptions,
  to: Peer,
  instances: readonly Retrievable[],
  signal: AbortSignal,
  moveOriginator: { readonly aeTitle: string; readonly messageId: number },
): AsyncGenerator<SubOperation, void, undefined> {
  const endTurn = await enter(to, signal);
  const { peer, association } = peers.calling(to);
  const ending = new AbortController();
  const endSoon = () => setTimeout(() => ending.abort(), CANCEL_GRACE_MS).unref();
  signal.addEventListener('abort', endSoon, { once: true });
  const transfer = new StoreTransfer({
    peer,
    association,
    rules: proposalRules(settings.current.preset, to),
    contexts: pairsOf(instances),
    convert,
    moveOriginator,
    signal: ending.signal,
    results: () => undefined,
  });
  try {
    await transfer.open();
    const uids = instances.map(({ sopInstanceUid }) => sopInstanceUid);
    const buffers = new ReadBuffers();
    const load = (uid: string) => archivedInstance(archive, uid, buffers);
    for await (const { item: sopInstanceUid, loading } of readAhead(uids, load)) {
      const outcome = await outcomeOf(transfer, loading);
      onOutcome(outcome);
      yield { sopInstanceUid, outcome: subOperation(outcome) };
    }
  } catch (error) {
    // The peer can't be reached, or no longer: what is left has failed.
    if (!(error instanceof DimseError)) throw error;
  } finally {
    signal.removeEventListener('abort', endSoon);
    await transfer.finish();
    endTurn();
  }
}

/** @throws what stopped the transfer */
async function outcomeOf(
  transfer: StoreTransfer,
  loading: Promise<ArchivedInstance | undefined>,
): Promise<StoreOutcome> {
  const gone = { kind: 'failed', code: 'source-failed', message: 'It was deleted.' } as const;
  try {
    const found = await loading;
    if (!found) return gone;
    const { dataset, giveBack, ...header } = found;
    const outcome = await transfer.store({ header: { ...header, index: 0 }, dataset });
    if (outcome.kind === 'stored') giveBack();
    return outcome;
  } catch (error) {
    // Deleted between the look and the reading.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return gone;
    throw error;
  }
}

const subOperation = (outcome: StoreOutcome): SubOperation['outcome'] => {
  if (outcome.kind === 'failed') return 'failed';
  return outcome.warning === undefined ? 'completed' : 'warning';
};

function pairsOf(instances: readonly StoragePair[]): StoragePair[] {
  const pairs = new Map(
    instances.map(({ sopClassUid, transferSyntaxUid }) => [
      `${sopClassUid} ${transferSyntaxUid}`,
      { sopClassUid, transferSyntaxUid },
    ]),
  );
  return [...pairs.values()];
}
