// For tests: a raw peer that takes one association, and what it says and hears of operations with several responses.
import { afterEach } from 'vitest';
import type { CommandSet } from '../message/command-set.ts';
import { decodeCommandSet } from '../message/command-set.ts';
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

/** The next command, and the whole data set behind it. */
export async function takeMessage(
  connection: raw.RawConnection,
): Promise<{ command: CommandSet; dataset: Buffer }> {
  const commands: Buffer[] = [];
  const datasets: Buffer[] = [];
  let command: CommandSet | undefined;
  for (;;) {
    const pdu = await connection.pdu();
    if (pdu?.type !== 4) throw new Error(`PDU type ${pdu?.type ?? 'none'} instead of a message`);
    const control = pdu.body.readUInt8(5);
    const isCommand = (control & raw.COMMAND) !== 0;
    (isCommand ? commands : datasets).push(pdu.body.subarray(6));
    if ((control & raw.LAST) === 0) continue;
    if (isCommand) command = decodeCommandSet(Buffer.concat(commands));
    if (command && (!isCommand || command.CommandDataSetType === 0x0101)) {
      return { command, dataset: Buffer.concat(datasets) };
    }
  }
}

/** Agrees to the release that must come next. */
export async function takeRelease(connection: raw.RawConnection): Promise<void> {
  const pdu = await connection.pdu();
  if (pdu?.type !== 5) throw new Error(`PDU type ${pdu?.type ?? 'none'} instead of a release`);
  connection.write(raw.RELEASE_RP);
}

/** A response in one PDU, or two with a data set. */
export function response(
  request: CommandSet,
  status: number,
  dataset?: Uint8Array,
  elements: CommandSet = {},
): Buffer {
  const command = raw.commandTf(1, {
    CommandField: (request.CommandField ?? 0) | 0x8000,
    MessageIDBeingRespondedTo: request.MessageID ?? 0,
    CommandDataSetType: dataset ? 1 : 0x0101,
    Status: status,
    ...elements,
  });
  return dataset ? Buffer.concat([command, raw.dataTf(raw.pdv(1, raw.LAST, dataset))]) : command;
}
