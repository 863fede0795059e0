import type { Archive } from '../archive/store.ts';
import type { StorageSink } from '../dimse/storage-scp.ts';
import type { Arrivals } from './arrivals.ts';

/**
 * Where the listener puts what peers send. What a retrieval of ours brings can be had again and is cache; what
 * somebody else has sent is in our care.
 */
export const incomingSink =
  (archive: Pick<Archive, 'store'>, arrivals: Arrivals, ownAeTitle: () => string): StorageSink =>
  async (received) => {
    const { incoming, arriving } = await arrivals.attribute(received);
    const isOurs = arriving !== undefined || received.moveOriginator?.aeTitle === ownAeTitle();
    const end = arriving?.begin();
    let isHere = false;
    try {
      const receipt = await archive.store({ ...incoming, origin: isOurs ? 'cache' : 'archive' });
      isHere = receipt.kind === 'stored' || receipt.kind === 'kept';
      return receipt;
    } finally {
      end?.(isHere);
    }
  };
