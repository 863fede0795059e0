// node relaying-listener.ts [PORT]: a listener in a process of its own, for tests and benchmarks that measure it. What it
// is sent it passes on to the peer at PORT while it comes in, or drops. Prints its port; each line that it is sent it
// answers with its memory.
import { createInterface } from 'node:readline';
import { listen } from '../listener.ts';
import { StorageScu } from '../storage-scu.ts';
import { storageScp, type IncomingInstance } from '../storage-scp.ts';
import { verificationScp } from '../verification.ts';

const port = Number(process.argv[2] ?? 0);
const destination = { host: '127.0.0.1', port, calledAeTitle: 'STORESCP', callingAeTitle: 'RELAY' };

async function relay(incoming: IncomingInstance) {
  const { dataset } = incoming;
  if (port === 0) {
    for await (const _ of dataset) continue;
    return { kind: 'stored' } as const;
  }
  const scu = new StorageScu(destination, [incoming]);
  const result = await scu.store({ ...incoming, length: undefined });
  await scu.release();
  return { kind: result.kind === 'stored' ? 'stored' : 'out-of-resources' } as const;
}

const listener = await listen({
  host: '127.0.0.1',
  port: 0,
  aeTitles: ['GANTRY'],
  services: [verificationScp, storageScp({ sink: relay, acceptUnknownClasses: false })],
  maxAssociationsPerHost: 64,
});
const say = (text: string) => process.stdout.write(`${text}\n`);
say(`port ${listener.port}`);
createInterface(process.stdin).on('line', () => {
  const { rss } = process.memoryUsage();
  // In kilobytes, as the system tells it.
  say(`memory ${rss} ${process.resourceUsage().maxRSS * 1024}`);
});
