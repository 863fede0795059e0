import type { DoneResult } from '../../../shared/protocol/messages.ts';
import { SAMPLE_PACS, isSamplePacs, peerSchema } from '../../../shared/protocol/settings.ts';
import type { Settings } from '../../../shared/protocol/settings.ts';
import type { Archive } from '../archive/store.ts';
import type { SampleInstance } from '../samples/samples.ts';
import type { RequestContext } from './page-connection.ts';
import { RequestError } from './request-error.ts';

/** What samples need of the bridge. */
export interface SampleParts {
  /** How many instances `make` makes. */
  readonly count: number;
  readonly make: (signal: AbortSignal) => AsyncIterable<SampleInstance>;
  /** Starts the sample PACS on a port that is free, and returns it. */
  readonly startPacs: () => Promise<number>;
  /** Whether the sample PACS can send to Gantry's own AE; else it is asked by C-GET. */
  readonly canMove: () => boolean;
}

/** Phantoms for somebody who has no studies at hand: some in the archive, others in a PACS to query and retrieve. */
export async function startSamples(
  parts: SampleParts,
  archive: Archive,
  settings: Settings,
  save: (settings: Settings) => Promise<unknown>,
  { requestId, send, signal }: RequestContext,
): Promise<DoneResult> {
  if (!settings.peers.some(isSamplePacs)) {
    const port = await parts.startPacs();
    const retrieve = parts.canMove() ? 'move' : 'get';
    const name = freeName(SAMPLE_PACS.name, new Set(settings.peers.map((peer) => peer.name)));
    const peer = peerSchema.parse({
      ...SAMPLE_PACS,
      name,
      port,
      retrieve,
      // It holds little, and a newcomer shall see all of it.
      allowQueryWithoutKeys: true,
    });
    await save({ ...settings, peers: [...settings.peers, peer] });
  }
  let done = 0;
  for await (const { dataset, ...instance } of parts.make(signal)) {
    const receipt = await archive.store({
      ...instance,
      callingAeTitle: SAMPLE_PACS.aeTitle,
      origin: 'archive',
      dataset: once(dataset),
      signal,
    });
    if (receipt.kind === 'out-of-resources') {
      throw new RequestError('archive-failed', 'The archive has no room for the sample studies.');
    }
    done += 1;
    send({ type: 'samplesProgress', requestId, done, total: parts.count });
  }
  return { of: 'startSamples', instances: done };
}

// eslint-disable-next-line @typescript-eslint/require-await -- the archive takes data sets as they arrive
async function* once(dataset: Uint8Array): AsyncGenerator<Uint8Array> {
  yield dataset;
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  for (let number = 2, name = wanted; ; number++) {
    if (!taken.has(name)) return name;
    name = `${wanted} ${number}`;
  }
}
