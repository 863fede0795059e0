import type { AdmissionRules, Archive, Origin } from '../archive/store.ts';
import type { IncomingInstance, StorageSink } from '../dimse/storage-scp.ts';
import type { Arrivals } from './arrivals.ts';

/** How a listener takes what comes. */
interface TakenAs {
  readonly keepAs?: 'by-origin' | Origin | undefined;
  readonly rules?: AdmissionRules | undefined;
}

/**
 * Where a listener puts what peers send. What a retrieval of ours brings can be had again and is cache; what
 * somebody else has sent is in our care. A listener may have it all as one or the other.
 * @param isOwnAeTitle whether it is one that Gantry retrieves as
 * @param onKept told what somebody else has sent, before it is acknowledged
 */
export const incomingSink =
  (
    archive: Pick<Archive, 'store'>,
    arrivals: Arrivals,
    isOwnAeTitle: (aeTitle: string) => boolean,
    { keepAs = 'by-origin', rules }: TakenAs = {},
    onKept: (incoming: Omit<IncomingInstance, 'dataset'>) => Promise<void> = () =>
      Promise.resolve(),
  ): StorageSink =>
  async (received) => {
    const { incoming, arriving } = await arrivals.attribute(received);
    const { moveOriginator } = received;
    const isOurs =
      arriving !== undefined || (moveOriginator && isOwnAeTitle(moveOriginator.aeTitle));
    const end = arriving?.begin();
    let isHere = false;
    try {
      const origin = keepAs === 'by-origin' ? (isOurs ? 'cache' : 'archive') : keepAs;
      const receipt = await archive.store({ ...incoming, origin, rules });
      isHere = ['stored', 'kept', 'final'].includes(receipt.kind);
      // What was discarded is nothing new, whoever hears of it.
      if (isHere && receipt.kind !== 'final' && !isOurs) await onKept(received);
      return receipt;
    } finally {
      end?.(isHere);
    }
  };
