// For tests: a raw peer that takes one association and follows a script.
import { afterEach } from 'vitest';
import type { PeerAddress } from '../request-association.ts';
import * as raw from './raw-connection.ts';

let server: raw.RawServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Starts a peer that accepts the association, then follows the script with each connection. */
export async function rawPeer(
  script: (connection: raw.RawConnection) => Promise<void> | void,
  changes: Parameters<typeof raw.associateAc>[0] = {},
): Promise<PeerAddress> {
  server = await raw.rawServer(async (connection) => {
    await connection.pdu();
    connection.write(raw.associateAc(changes));
    await script(connection);
  });
  const { port } = server;
  return { host: '127.0.0.1', port, calledAeTitle: 'RAW', callingAeTitle: 'GANTRY' };
}
