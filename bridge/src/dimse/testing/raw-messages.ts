// DIMSE messages for peers that are written by hand.
import { decodeCommandSet, type CommandSet } from '../message/command-set.ts';
import * as raw from './raw-connection.ts';

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
