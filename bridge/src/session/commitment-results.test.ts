import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../../e2e/support/peers.ts';
import { encodeDataset, type Fields } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { commitmentScp } from '../dimse/commitment-scp.ts';
import { listen } from '../dimse/listener.ts';
import type { CommandSet } from '../dimse/message/command-set.ts';
import { reportFields } from '../dimse/storage-commitment.ts';
import * as raw from '../dimse/testing/raw-connection.ts';
import { response, takeMessage, takeRelease } from '../dimse/testing/raw-messages.ts';
import { CommitmentAsks, type TransferCommitment } from '../tasks/commitment-asks.ts';
import { openTaskDatabase } from '../tasks/task-database.ts';
import { CommitmentResults, type CommitmentResultOptions } from './commitment-results.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const COMMITMENT = '1.2.840.10008.1.20.1';
const CONTEXT = {
  id: 1,
  abstractSyntax: COMMITMENT,
  transferSyntaxes: [ExplicitVrLittleEndian.uid],
};
const references = ['1.2.1', '1.2.2', '1.2.3'].map((sopInstanceUid) => ({
  sopClassUid: CT,
  sopInstanceUid,
}));

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-results-'));
  endings.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A peer that answers N-ACTION as it is told, once for each association. */
async function startPeer(
  script: (
    connection: raw.RawConnection,
    asked: { readonly command: Parameters<typeof response>[0]; readonly transactionUid: string },
  ) => Promise<void> | void,
  port?: number,
) {
  let calls = 0;
  const server = await raw.rawServer(async (connection) => {
    await connection.pdu();
    calls++;
    connection.write(raw.associateAc());
    const { command, dataset } = await takeMessage(connection);
    const text = dataset.toString('latin1');
    const transactionUid = /2\.25\.\d+/.exec(text)?.[0] ?? '';
    await script(connection, { command, transactionUid });
  }, port);
  endings.push(() => server.close());
  return {
    port: server.port,
    get calls() {
      return calls;
    },
  };
}

function reportBytes(fields: Fields, eventType: number, messageId = 77): Buffer {
  const command = {
    AffectedSOPClassUID: COMMITMENT,
    CommandField: 0x0100,
    MessageID: messageId,
    CommandDataSetType: 1,
    AffectedSOPInstanceUID: '1.2.840.10008.1.20.1.1',
    EventTypeID: eventType,
  };
  const bytes = encodeDataset(fields, ExplicitVrLittleEndian);
  return Buffer.concat([raw.commandTf(1, command), raw.dataTf(raw.pdv(1, raw.LAST, bytes))]);
}

const success = (transactionUid: string, committed = references): Buffer =>
  reportBytes(reportFields({ transactionUid, committed, failed: [] }), 1);

/** The status of what Gantry's listener answers to a report. */
const reportTo = async (...report: Parameters<typeof answerTo>): Promise<number | undefined> =>
  (await answerTo(...report)).Status;

/** What Gantry's listener answers to a report over an association of the peer's. */
async function answerTo(
  port: number,
  bytes: Buffer,
  roleSelections: { sopClassUid: string; scuRole: boolean; scpRole: boolean }[] = [],
): Promise<CommandSet> {
  const connection = await raw.rawClient(port);
  const userInformation = { maxPduLength: 16384, implementationClassUid: '1.2.3', roleSelections };
  connection.write(raw.associateRq({ presentationContexts: [CONTEXT], userInformation }));
  const accepted = await connection.pdu();
  if (roleSelections.length > 0) {
    // PS3.7 section D.3.3.4.2: SCU role 0, SCP role 1, as they were proposed.
    expect(accepted?.body.includes(Buffer.from(`${COMMITMENT}\x00\x01`, 'latin1'))).toBe(true);
  }
  connection.write(bytes);
  const { command } = await takeMessage(connection);
  connection.write(raw.RELEASE_RQ);
  await connection.pdu();
  connection.end();
  return command;
}

async function startResults(
  port: number,
  options: Partial<CommitmentResultOptions> = {},
  folder?: string,
) {
  const database = openTaskDatabase(folder ?? (await temporaryFolder()));
  const asks = new CommitmentAsks(database);
  const waiters = new Set<() => void>();
  const results = new CommitmentResults({
    asks,
    find: () => Promise.resolve([]),
    addressOf: () => ({
      peer: { host: '127.0.0.1', port, calledAeTitle: 'PACS', callingAeTitle: 'GANTRY' },
      association: { timers: { dimseReplyMs: 2000 } },
    }),
    waitMs: 2000,
    expireMs: 60_000,
    retryUnitMs: 10,
    onFault: (error) => {
      throw error;
    },
    onChange: () => {
      for (const look of waiters) look();
    },
    ...options,
  });
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    aeTitles: ['GANTRY'],
    services: [commitmentScp({ onRequest: () => Promise.resolve('busy'), onReport: results.take })],
  });
  const stop = async (): Promise<void> => {
    await results.stop();
    await listener.close(0);
    database.close();
  };
  let isStopped = false;
  const stopOnce = async (): Promise<void> => {
    if (!isStopped) await stop();
    isStopped = true;
  };
  endings.push(stopOnce);
  results.start();
  const until = async (
    isWanted: (state: TransferCommitment) => boolean,
  ): Promise<TransferCommitment> => {
    for (;;) {
      const [state] = asks.transfers(1);
      if (state && isWanted(state)) return state;
      await new Promise<void>((resolve) => waiters.add(resolve));
    }
  };
  return { results, listenerPort: listener.port, until, stop: stopOnce };
}

const isOver = ({ waiting }: TransferCommitment) => waiting === 0;

describe('storage commitment as SCU', () => {
  it('takes the report over the same association', async () => {
    const peer = await startPeer(async (connection, { command, transactionUid }) => {
      connection.write(response(command, 0), success(transactionUid));
      expect((await takeMessage(connection)).command).toMatchObject({ Status: 0 });
      await takeRelease(connection);
    });
    const { results, until } = await startResults(peer.port);
    results.ask('PACS', 'T', references);
    expect(await until(isOver)).toMatchObject({ asked: 3, committed: 3, failed: 0 });
  });

  it('takes a report that comes before the response to the request', async () => {
    const { promise: released, resolve } = Promise.withResolvers<undefined>();
    const peer = await startPeer(async (connection, { command, transactionUid }) => {
      connection.write(success(transactionUid));
      expect((await takeMessage(connection)).command).toMatchObject({ Status: 0 });
      connection.write(response(command, 0));
      await takeRelease(connection);
      resolve(undefined);
    });
    const { results, until } = await startResults(peer.port);
    results.ask('PACS', 'T', references);
    expect(await until(isOver)).toMatchObject({ committed: 3 });
    await released;
    expect(peer.calls).toBe(1);
  });

  it.each([
    ['with the role of an SCP', [{ sopClassUid: COMMITMENT, scuRole: false, scpRole: true }]],
    ['without a word of roles', []],
  ])('takes the report over another association, %s', async (_, roles) => {
    const { promise: asked, resolve } = Promise.withResolvers<string>();
    const peer = await startPeer(async (connection, { command, transactionUid }) => {
      connection.write(response(command, 0));
      await takeRelease(connection);
      resolve(transactionUid);
    });
    const { results, until, listenerPort } = await startResults(peer.port, { waitMs: 1 });
    results.ask('PACS', 'T', references);
    const transactionUid = await asked;
    const failed = [{ ...references[2]!, reason: 0x0112 }];
    const report = { transactionUid, committed: references.slice(0, 1), failed };
    const bytes = reportBytes(reportFields(report), 2);
    expect(await reportTo(listenerPort, bytes, roles)).toBe(0);
    const state = await until(isOver);
    expect(state).toMatchObject({ asked: 3, committed: 1, failed: 2 });
    expect(state.refused).toEqual([
      { sopInstanceUid: '1.2.3', reason: 'The peer does not have it (0112H)' },
      { sopInstanceUid: '1.2.2', reason: 'The peer’s report leaves it out' },
    ]);
    // A peer that has missed the answer says it again.
    expect(await reportTo(listenerPort, bytes)).toBe(0);
  });

  it('refuses reports of what was not asked for', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<string>();
    const peer = await startPeer(async (connection, { command, transactionUid }) => {
      connection.write(response(command, 0));
      await takeRelease(connection);
      resolve(transactionUid);
    });
    const { results, until, listenerPort } = await startResults(peer.port, { waitMs: 1 });
    results.ask('PACS', 'T', references);
    const transactionUid = await asked;
    // PS3.7 sections C.5.10, C.5.13, C.5.18: what it was about, and no more than that.
    const unknown = await answerTo(listenerPort, success('1.2.9'));
    expect(unknown).toMatchObject({ Status: 0x0115, EventTypeID: 1 });
    expect(unknown).not.toHaveProperty('ErrorComment');
    const others = [{ sopClassUid: CT, sopInstanceUid: '1.2.99' }];
    expect(await reportTo(listenerPort, success(transactionUid, others))).toBe(0x0115);
    const lacking = { Status: 0x0120, AttributeIdentifierList: [Tag.TransactionUID] };
    expect(await answerTo(listenerPort, reportBytes({}, 1))).toMatchObject(lacking);
    const noSuchType = { Status: 0x0113, EventTypeID: 3 };
    expect(await answerTo(listenerPort, reportBytes({}, 3))).toMatchObject(noSuchType);
    expect(await until(() => true)).toMatchObject({ waiting: 3, committed: 0 });
  });

  it('says so when no report comes', async () => {
    const peer = await startPeer(async (connection, { command }) => {
      connection.write(response(command, 0));
      await takeRelease(connection);
    });
    const { results, until } = await startResults(peer.port, { waitMs: 1, expireMs: 400 });
    results.ask('PACS', 'T', references);
    expect(await until(isOver)).toMatchObject({
      committed: 0,
      failed: 3,
      problem: 'The peer sent no report within a day.',
    });
  });

  it('asks again a peer that is down or busy, and not one that does not do it', async () => {
    const port = await freePort();
    const { results, until } = await startResults(port);
    results.ask('PACS', 'T', references);
    await until(({ problem }) => problem !== undefined);
    const statuses = [0x0213, 0x0110, 0x0000];
    const peer = await startPeer(async (connection, { command, transactionUid }) => {
      const status = statuses.shift() ?? 0;
      connection.write(response(command, status));
      if (status === 0) {
        connection.write(success(transactionUid));
        await takeMessage(connection);
      }
      await takeRelease(connection);
    }, port);
    expect(await until(isOver)).toMatchObject({ committed: 3, problem: undefined });
    expect(peer.calls).toBe(3);

    const other = await startPeer(async (connection, { command }) => {
      connection.write(response(command, 0x0211));
      await takeRelease(connection);
    });
    const second = await startResults(other.port);
    second.results.ask('PACS', 'T', references);
    const state = await second.until(isOver);
    expect(state).toMatchObject({ failed: 3 });
    expect(state.problem).toContain('Unrecognized operation');
    expect(other.calls).toBe(1);
  });

  it('knows after a restart what it has asked', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<string>();
    const peer = await startPeer(async (connection, { command, transactionUid }) => {
      connection.write(response(command, 0));
      await takeRelease(connection);
      resolve(transactionUid);
    });
    const folder = await temporaryFolder();
    const first = await startResults(peer.port, { waitMs: 1 }, folder);
    first.results.ask('PACS', 'T', references);
    const transactionUid = await asked;
    await first.stop();
    const second = await startResults(peer.port, {}, folder);
    expect(await reportTo(second.listenerPort, success(transactionUid))).toBe(0);
    expect(await second.until(isOver)).toMatchObject({ transfer: 'T', committed: 3 });
    expect(peer.calls).toBe(1);
  });

  it('splits what is more than a peer takes at once', async () => {
    const many = Array.from({ length: 4500 }, (_, index) => ({
      sopClassUid: CT,
      sopInstanceUid: `1.2.3.${index}`,
    }));
    let at = 0;
    const peer = await startPeer(async (connection, { command, transactionUid }) => {
      const part = many.slice(at, (at += 2000));
      connection.write(response(command, 0), success(transactionUid, part));
      await takeMessage(connection);
      await takeRelease(connection);
    });
    const onFault = vi.fn();
    const { results, until } = await startResults(peer.port, { onFault });
    results.ask('PACS', 'T', many);
    expect(await until(isOver)).toMatchObject({ asked: 4500, committed: 4500, failed: 0 });
    expect(peer.calls).toBe(3);
    expect(onFault).not.toHaveBeenCalled();
  });
});
