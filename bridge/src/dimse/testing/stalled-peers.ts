// For tests and benchmarks: peers that stop in the middle, and how long others are kept waiting.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { madeInstance } from './part10.ts';
import * as raw from './raw-connection.ts';

/** Half of them stop in a PDU, half in a data set behind a megabyte of it. */
export async function stall(port: number, count: number): Promise<Socket[]> {
  const instance = madeInstance(1, 100);
  const command = raw.commandTf(1, {
    AffectedSOPClassUID: instance.sopClassUid,
    CommandField: 1,
    MessageID: 1,
    Priority: 0,
    CommandDataSetType: 1,
    AffectedSOPInstanceUID: instance.sopInstanceUid,
  });
  const context = { id: 1, abstractSyntax: instance.sopClassUid };
  const request = raw.associateRq({
    presentationContexts: [{ ...context, transferSyntaxes: [instance.transferSyntaxUid] }],
  });
  const sockets: Socket[] = [];
  for (let number = 0; number < count; number++) {
    const socket = connect({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    socket.write(request);
    await once(socket, 'data');
    if (number % 2 === 0) {
      socket.write(command.subarray(0, 20));
    } else {
      socket.write(command);
      const piece = raw.dataTf(raw.pdv(1, 0, new Uint8Array(100_000)));
      for (let sent = 0; sent < 10; sent++) socket.write(piece);
    }
    sockets.push(socket);
  }
  return sockets;
}

/** The value below which a share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
