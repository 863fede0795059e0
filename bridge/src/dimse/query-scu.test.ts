import { describe, expect, it } from 'vitest';
import { encodeDataset } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import type { DimseError } from './dimse-error.ts';
import type { FindMatch } from './find-scu.ts';
import type { QueryOptions } from './query-scu.ts';
import { query } from './query-scu.ts';
import type { PeerAddress } from './request-association.ts';
import * as raw from './testing/raw-connection.ts';
import { response, takeMessage, takeRelease } from './testing/raw-messages.ts';
import { rawPeer } from './testing/raw-peer.ts';

const PENDING = 0xff00;
const CANCEL_RQ = 0x0fff;
const request = {
  informationModel: 'study-root',
  level: 'STUDY',
  keys: { PatientName: '*' },
} as const;

const named = (name: string) =>
  encodeDataset({ [Tag.PatientName]: name, [Tag.StudyInstanceUID]: '1.2' }, ExplicitVrLittleEndian);

async function matches(
  peer: PeerAddress,
  options: QueryOptions = {},
  signal?: AbortSignal,
): Promise<FindMatch[]> {
  const found: FindMatch[] = [];
  for await (const match of query(peer, request, options, signal)) found.push(match);
  return found;
}

async function failure(promise: Promise<unknown>): Promise<DimseError> {
  return promise.then(
    () => expect.fail('did not fail'),
    (error: unknown) => error as DimseError,
  );
}

describe('Query SCU', () => {
  it('gives each match and releases', async () => {
    let heard: Awaited<ReturnType<typeof takeMessage>> | undefined;
    const peer = await rawPeer(async (connection) => {
      heard = await takeMessage(connection);
      connection.write(response(heard.command, PENDING, named('A^B')));
      connection.write(response(heard.command, 0xff01, named('C^D ')));
      connection.write(response(heard.command, 0));
      await takeRelease(connection);
    });
    expect(await matches(peer)).toEqual([
      { PatientName: 'A^B', StudyInstanceUID: '1.2' },
      { PatientName: 'C^D', StudyInstanceUID: '1.2' },
    ]);
    expect(heard?.command).toMatchObject({
      CommandField: 0x0020,
      AffectedSOPClassUID: '1.2.840.10008.5.1.4.1.2.2.1',
    });
    const asked = { [Tag.PatientName]: '*', [Tag.QueryRetrieveLevel]: 'STUDY' };
    const identifier = encodeDataset(
      { ...asked, [Tag.StudyInstanceUID]: '' },
      ExplicitVrLittleEndian,
    );
    expect(heard?.dataset.equals(identifier)).toBe(true);
  });

  it('has its result without waiting long for a peer that leaves the release unanswered', async () => {
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      connection.write(response(command, PENDING, named('A^B')));
      connection.write(response(command, 0));
      await connection.pdu();
      await connection.pdu();
    });
    const started = performance.now();
    expect(await matches(peer, { cancelReplyMs: 60_000 })).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(4000);
  });

  it('decodes each match by its own character set', async () => {
    const greek = encodeDataset(
      {
        [Tag.SpecificCharacterSet]: 'ISO_IR 126',
        [Tag.PatientName]: { vr: 'PN', value: Uint8Array.of(0xc4, 0xe9, 0xef, 0xed) },
      },
      ExplicitVrLittleEndian,
    );
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      connection.write(response(command, PENDING, greek));
      connection.write(response(command, 0));
      await takeRelease(connection);
    });
    expect(await matches(peer)).toEqual([{ PatientName: 'Διον' }]);
  });

  it.each([
    [0xa700, 'The peer answered: Refused: out of resources (A700H).'],
    [0xfe00, 'The peer answered: Cancelled (FE00H).'],
    [0xc123, 'The peer answered: Unable to process the query (C123H).'],
  ])('fails with the final status %i, after the matches before it', async (status, message) => {
    const found: FindMatch[] = [];
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      connection.write(response(command, PENDING, named('A')));
      connection.write(response(command, status));
      await takeRelease(connection);
    });
    const error = await failure(
      (async () => {
        for await (const match of query(peer, request)) found.push(match);
      })(),
    );
    expect(error).toMatchObject({ name: 'DimseError', code: 'status-failure', status, message });
    expect(found).toHaveLength(1);
  });

  it('drops a data set that comes with the final response', async () => {
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      connection.write(response(command, 0, Buffer.from('garbage!')));
      await takeRelease(connection);
    });
    expect(await matches(peer)).toEqual([]);
  });

  const violations: [string, (request: Parameters<typeof response>[0]) => Buffer][] = [
    ['a match without data set', (command) => response(command, PENDING)],
    ['a match that is garbage', (command) => response(command, PENDING, Buffer.alloc(64, 0xee))],
    [
      'an answer to something else',
      (command) => response({ ...command, MessageID: 77 }, PENDING, named('A')),
    ],
    ['the answer of another service', (command) => response({ ...command, CommandField: 0x21 }, 0)],
    ['a request', () => raw.commandTf(1, raw.echoRq(1))],
  ];
  it.each(violations)('aborts when the peer sends %s', async (_, answer) => {
    let last: raw.RawPdu | undefined;
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      connection.write(answer(command));
      last = await connection.pdu();
      connection.end();
    });
    expect(await failure(matches(peer))).toMatchObject({ code: 'protocol-violation' });
    await expect.poll(() => last?.type).toBe(7);
  });

  const ends: [string, string, (connection: raw.RawConnection) => Promise<void> | void][] = [
    ['aborts', 'association-aborted', (connection) => connection.write(raw.ABORT)],
    ['closes', 'connection-lost', (connection) => connection.end()],
    ['releases', 'association-released', (connection) => connection.write(raw.RELEASE_RQ)],
    ['falls silent', 'reply-timeout', () => undefined],
  ];
  it.each(ends)('ends when the peer %s between two matches', async (_, code, act) => {
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      connection.write(response(command, PENDING, named('A')));
      await act(connection);
    });
    const found: FindMatch[] = [];
    const error = await failure(
      (async () => {
        const options = { timers: { dimseReplyMs: 200 } };
        for await (const match of query(peer, request, options)) found.push(match);
      })(),
    );
    expect(error).toMatchObject({ code });
    expect(found).toHaveLength(1);
  });

  it('cancels with C-CANCEL when the signal aborts, and takes no more matches', async () => {
    let cancel: raw.RawPdu | Awaited<ReturnType<typeof takeMessage>> | undefined;
    let released = false;
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      connection.write(response(command, PENDING, named('A')));
      cancel = await takeMessage(connection);
      connection.write(response(command, PENDING, named('TOO LATE')));
      connection.write(response(command, 0xfe00));
      await takeRelease(connection);
      released = true;
    });
    const controller = new AbortController();
    const found: FindMatch[] = [];
    const error = await failure(
      (async () => {
        for await (const match of query(peer, request, {}, controller.signal)) {
          found.push(match);
          controller.abort();
        }
      })(),
    );
    expect(error).toMatchObject({ code: 'cancelled' });
    expect(found).toHaveLength(1);
    expect(cancel).toMatchObject({ command: { CommandField: CANCEL_RQ } });
    expect(cancel).toMatchObject({ command: { MessageIDBeingRespondedTo: 1 } });
    expect(released).toBe(true);
  });

  it('cancels while it waits for a match', async () => {
    const controller = new AbortController();
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      controller.abort();
      await takeMessage(connection);
      connection.write(response(command, 0xfe00));
      await takeRelease(connection);
    });
    expect(await failure(matches(peer, {}, controller.signal))).toMatchObject({
      code: 'cancelled',
    });
  });

  it('aborts when the peer ignores the cancellation', async () => {
    const controller = new AbortController();
    let last: raw.RawPdu | undefined;
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      controller.abort();
      await takeMessage(connection);
      connection.write(response(command, PENDING, named('A')));
      last = await connection.pdu();
    });
    const options = { cancelReplyMs: 100 };
    expect(await failure(matches(peer, options, controller.signal))).toMatchObject({
      code: 'cancelled',
    });
    await expect.poll(() => last?.type).toBe(7);
  });

  it('aborts after a while when nobody asks for the end of a cancelled query', async () => {
    const controller = new AbortController();
    let last: raw.RawPdu | undefined;
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      connection.write(response(command, PENDING, named('A')));
      await takeMessage(connection);
      last = await connection.pdu();
    });
    const asking = query(peer, request, { cancelReplyMs: 100 }, controller.signal);
    expect(await asking.next()).toMatchObject({ value: { PatientName: 'A' } });
    controller.abort();
    await expect.poll(() => last?.type).toBe(7);
    expect(await failure(asking.next())).toMatchObject({ code: 'cancelled' });
  });

  it('asks nothing with a signal that has aborted before', async () => {
    const peer = { host: '127.0.0.1', port: 1, calledAeTitle: 'A', callingAeTitle: 'B' };
    const signal = AbortSignal.abort();
    expect(await failure(matches(peer, {}, signal))).toMatchObject({ code: 'cancelled' });
  });

  it('cancels when the loop is left, and slows the peer down meanwhile', async () => {
    const total = 10_000;
    let written = 0;
    let sawCancel = false;
    const row = 'X'.repeat(2_000);
    const dataset = encodeDataset(
      { [Tag.StudyDescription]: row },
      ExplicitVrLittleEndian,
      'as they are',
    );
    let stopped: () => void = () => undefined;
    const backPressure = new Promise<void>((resolve) => (stopped = resolve));
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      const cancel = takeMessage(connection).then(() => (sawCancel = true));
      while (written < total && !sawCancel) {
        await connection.writeWithin(response(command, PENDING, dataset), stopped);
        written++;
      }
      await cancel;
      connection.write(response(command, 0xfe00));
      await takeRelease(connection);
    });
    for await (const match of query(peer, request)) {
      expect(match['StudyDescription']).toHaveLength(2_000);
      // The first row is held until the peer can't write any more.
      await backPressure;
      expect(written).toBeLessThan(total);
      break;
    }
    expect(sawCancel).toBe(true);
  });

  it('takes 10,000 matches one by one', async () => {
    const total = 10_000;
    const dataset = named('A');
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      const row = response(command, PENDING, dataset);
      connection.write(...Array.from({ length: total }, () => row), response(command, 0));
      await takeRelease(connection);
    });
    let count = 0;
    for await (const match of query(peer, request)) {
      if (count++ % 100 === 0) await new Promise(setImmediate);
      expect(match['PatientName']).toBe('A');
    }
    expect(count).toBe(total);
  });
});
