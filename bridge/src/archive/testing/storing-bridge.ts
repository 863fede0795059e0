// node storing-bridge.ts DIR: a listener with an archive and nothing else, for tests that kill it. Prints its port.
import { listen } from '../../dimse/listener.ts';
import { storageScp } from '../../dimse/storage-scp.ts';
import { openArchive } from '../local-archive.ts';

const archive = await openArchive({ dataDirectory: process.argv[2] ?? '' });
const listener = await listen({
  host: '127.0.0.1',
  port: 0,
  aeTitles: ['GANTRY'],
  services: [
    storageScp({
      acceptUnknownClasses: false,
      sink: (incoming) => archive.store({ ...incoming, origin: 'archive' }),
    }),
  ],
});
process.stdout.write(`port ${listener.port}\n`);
