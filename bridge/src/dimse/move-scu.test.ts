import { describe, expect, it } from 'vitest';
import { encodeDataset } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import type { DimseError } from './dimse-error.ts';
import type { MoveOptions } from './move-scu.ts';
import { move } from './move-scu.ts';
import type { PeerAddress } from './request-association.ts';
import type { RetrieveResult, SubOperations } from './retrieve.ts';
import * as raw from './testing/raw-connection.ts';
import { response, takeMessage, takeRelease } from './testing/raw-messages.ts';
import { rawPeer } from './testing/raw-peer.ts';

const PENDING = 0xff00;
const study = { level: 'STUDY', studyInstanceUid: '1.2.3', destination: 'GANTRY' } as const;

const counts = (remaining: number, completed: number, failed = 0, warning = 0) => ({
  NumberOfRemainingSuboperations: remaining,
  NumberOfCompletedSuboperations: completed,
  NumberOfFailedSuboperations: failed,
  NumberOfWarningSuboperations: warning,
});

async function moved(peer: PeerAddress, options: MoveOptions = {}, signal?: AbortSignal) {
  const progress: SubOperations[] = [];
  const moving = move(peer, study, options, signal);
  for (;;) {
    const step = await moving.next();
    if (step.done === true) return { progress, result: step.value };
    progress.push(step.value);
  }
}

async function failure(promise: Promise<unknown>): Promise<DimseError> {
  return promise.then(
    () => expect.fail('did not fail'),
    (error: unknown) => error as DimseError,
  );
}

/** A peer that answers a C-MOVE with these bytes. */
const answering = (answer: (command: Parameters<typeof response>[0]) => Uint8Array[]) =>
  rawPeer(async (connection) => {
    const { command } = await takeMessage(connection);
    connection.write(...answer(command));
    await takeRelease(connection);
  });

describe('Move SCU', () => {
  it('asks with a Message ID that is known before, and gives progress and result', async () => {
    let heard: Awaited<ReturnType<typeof takeMessage>> | undefined;
    const peer = await rawPeer(async (connection) => {
      const { command } = (heard = await takeMessage(connection));
      connection.write(response(command, PENDING, undefined, counts(2, 0)));
      connection.write(response(command, PENDING, undefined, counts(1, 1)));
      connection.write(response(command, 0, undefined, counts(0, 2)));
      await takeRelease(connection);
    });
    let told = 0;
    const { progress, result } = await moved(peer, {
      onRequest: (messageId) => (told = messageId),
    });
    expect(progress).toEqual([
      { remaining: 2, completed: 0, failed: 0, warning: 0 },
      { remaining: 1, completed: 1, failed: 0, warning: 0 },
    ]);
    expect(result).toEqual({
      kind: 'complete',
      status: 0,
      words: 'Success (0000H)',
      isCounted: true,
      completed: 2,
      failed: 0,
      warning: 0,
      failedSopInstanceUids: [],
    });
    expect(heard?.command).toMatchObject({
      AffectedSOPClassUID: '1.2.840.10008.5.1.4.1.2.2.2',
      CommandField: 0x0021,
      MoveDestination: 'GANTRY',
      MessageID: told,
    });
    const identifier = encodeDataset(
      { [Tag.QueryRetrieveLevel]: 'STUDY', [Tag.StudyInstanceUID]: '1.2.3' },
      ExplicitVrLittleEndian,
    );
    expect(heard?.dataset.equals(identifier)).toBe(true);
  });

  it.each<[number, RetrieveResult['kind'], string]>([
    [
      0xa801,
      'failed',
      'Refused: the peer does not know the move destination (our AE title) (A801H)',
    ],
    [0xa701, 'failed', 'Refused: out of resources, the matches cannot be counted (A701H)'],
    [0xa702, 'failed', 'Refused: out of resources, no sub-operations can be made (A702H)'],
    [0xb000, 'incomplete', 'Sub-operations complete, one or more failures or warnings (B000H)'],
    [0xfe00, 'cancelled', 'Cancelled (FE00H)'],
    [0xc001, 'failed', 'Unable to process the retrieval (C001H)'],
  ])('explains the final status %i', async (status, kind, words) => {
    const peer = await answering((command) => [response(command, status)]);
    const { result } = await moved(peer);
    expect(result).toMatchObject({ kind, status, words, isCounted: false });
  });

  it('tells which instances failed', async () => {
    const list = encodeDataset(
      { [Tag.FailedSOPInstanceUIDList]: ['1.2.3.4', '1.2.3.5'] },
      ExplicitVrLittleEndian,
    );
    const peer = await answering((command) => [
      response(command, 0xb000, list, counts(0, 5, 2, 1)),
    ]);
    expect((await moved(peer)).result).toMatchObject({
      kind: 'incomplete',
      completed: 5,
      failed: 2,
      warning: 1,
      failedSopInstanceUids: ['1.2.3.4', '1.2.3.5'],
    });
  });

  it('does not take a success with failures for complete', async () => {
    const peer = await answering((command) => [
      response(command, PENDING, undefined, counts(1, 1, 1)),
      response(command, 0),
    ]);
    const { result } = await moved(peer);
    expect(result).toMatchObject({ kind: 'incomplete', completed: 1, failed: 1 });
    expect(result).not.toHaveProperty('remaining');
  });

  it('keeps the result when the list behind it is garbage', async () => {
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      connection.write(response(command, 0xb000, Buffer.alloc(64, 0xee), counts(0, 1, 1)));
      await connection.pdu();
      connection.end();
    });
    expect((await moved(peer)).result).toMatchObject({
      kind: 'incomplete',
      failed: 1,
      failedSopInstanceUids: [],
    });
  });

  it('waits longer for sub-operations than for the answers of other services', async () => {
    const dimseReplyMs = 50;
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      await new Promise((resolve) => setTimeout(resolve, 4 * dimseReplyMs));
      connection.write(response(command, 0));
      await takeRelease(connection);
    });
    const { result } = await moved(peer, { timers: { dimseReplyMs } });
    expect(result).toMatchObject({ kind: 'complete' });
  });

  it('gives the result of what it has cancelled', async () => {
    const controller = new AbortController();
    let cancel: Awaited<ReturnType<typeof takeMessage>> | undefined;
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      controller.abort();
      cancel = await takeMessage(connection);
      connection.write(response(command, 0xfe00, undefined, counts(3, 1)));
      await takeRelease(connection);
    });
    const { result } = await moved(peer, { messageId: 77 }, controller.signal);
    expect(result).toMatchObject({ kind: 'cancelled', remaining: 3, completed: 1 });
    expect(cancel?.command).toEqual({
      CommandField: 0x0fff,
      MessageIDBeingRespondedTo: 77,
      CommandDataSetType: 0x0101,
    });
  });

  it('has an own limit for a peer that falls silent', async () => {
    const peer = await rawPeer(async (connection) => {
      await takeMessage(connection);
    });
    expect(await failure(moved(peer, { timers: { retrieveReplyMs: 100 } }))).toMatchObject({
      code: 'reply-timeout',
    });
  });

  it('aborts when the peer ignores the cancellation', async () => {
    const controller = new AbortController();
    let last: raw.RawPdu | undefined;
    const peer = await rawPeer(async (connection) => {
      await takeMessage(connection);
      controller.abort();
      await takeMessage(connection);
      last = await connection.pdu();
    });
    const options = { cancelReplyMs: 100 };
    expect(await failure(moved(peer, options, controller.signal))).toMatchObject({
      code: 'cancelled',
    });
    await expect.poll(() => last?.type).toBe(7);
  });

  it.each<[string, string, Uint8Array]>([
    ['aborts', 'association-aborted', raw.ABORT],
    ['releases', 'association-released', raw.RELEASE_RQ],
    ['asks something', 'protocol-violation', raw.commandTf(1, raw.echoRq(1))],
  ])('fails when the peer %s between two responses', async (_, code, bytes) => {
    const peer = await rawPeer(async (connection) => {
      const { command } = await takeMessage(connection);
      connection.write(response(command, PENDING, undefined, counts(1, 1)), bytes);
    });
    expect(await failure(moved(peer))).toMatchObject({ code });
  });

  it.each<[string, { destination?: string }, MoveOptions]>([
    ['destination', { destination: '' }, {}],
    ['Message ID', {}, { messageId: 0 }],
  ])('refuses an impossible %s before it connects', async (_, changes, options) => {
    const peer = { host: '127.0.0.1', port: 1, calledAeTitle: 'A', callingAeTitle: 'B' };
    const moving = move(peer, { ...study, ...changes }, options);
    expect(await failure(moving.next())).toMatchObject({ code: 'invalid-configuration' });
  });
});
