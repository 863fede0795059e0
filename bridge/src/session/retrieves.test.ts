import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeDataset } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import type { ServerMessage } from '../../../shared/protocol/messages.ts';
import { peerSchema } from '../../../shared/protocol/settings.ts';
import type { Archive } from '../archive/store.ts';
import { SettingsStore } from '../configuration/settings-store.ts';
import type { AssociationOptions } from '../dimse/association-settings.ts';
import { listen, type Listener } from '../dimse/listener.ts';
import { decodeControlPdu } from '../dimse/pdu/control-pdu.ts';
import type { UserInformation } from '../dimse/pdu/pdu.ts';
import { storageScp } from '../dimse/storage-scp.ts';
import * as raw from '../dimse/testing/raw-connection.ts';
import { response, takeMessage, takeRelease } from '../dimse/testing/raw-messages.ts';
import { rawPeer } from '../dimse/testing/raw-peer.ts';
import { Arrivals } from './arrivals.ts';
import { Credits } from './credits.ts';
import { incomingSink } from './incoming-sink.ts';
import { Metrics } from './metrics.ts';
import { PeerDirectory } from './peer-directory.ts';
import { TransferTurns } from './transfer-turns.ts';
import { Requests, type RequestDependencies } from './requests.ts';
import { runRetrieve } from './retrieve-request.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const STUDY = '1.2.3';
const SERIES = '1.2.3.4';
const ELE = ExplicitVrLittleEndian.uid;

/** What the archive was given: SOP Instance UIDs, each with its origin and length. */
let stored: { uid: string; origin: string; length: number }[] = [];
let listener: Listener;
let arrivals: Arrivals;
/** Held back before an instance is stored, where a test wants it. */
let holdStore: () => Promise<void>;

// A cast: of the archive only these are asked here.
const archive = {
  store: async ({ sopInstanceUid, origin, dataset }) => {
    let length = 0;
    for await (const part of dataset) length += part.length;
    await holdStore();
    stored.push({ uid: sopInstanceUid, origin, length });
    return { kind: 'stored' };
  },
  study: () => Promise.resolve(undefined),
  series: () => Promise.resolve([]),
  locate: () => Promise.resolve(undefined),
} as Pick<Archive, 'store' | 'study' | 'series' | 'locate'> as Archive;

beforeEach(async () => {
  stored = [];
  holdStore = () => Promise.resolve();
  arrivals = new Arrivals();
  const sink = incomingSink(archive, arrivals, (title) => title === 'GANTRY');
  const services = [storageScp({ sink, acceptUnknownClasses: false })];
  listener = await listen({ host: '127.0.0.1', port: 0, aeTitles: ['GANTRY'], services });
});
afterEach(() => listener.close(0));

interface Sent {
  readonly callingAeTitle?: string;
  readonly localAddress?: string;
  readonly originator?: { readonly aeTitle: string; readonly messageId: number };
  readonly studyInstanceUid?: string;
}

const datasetOf = (uid: string, studyInstanceUid: string) =>
  encodeDataset(
    {
      [Tag.SOPClassUID]: CT,
      [Tag.SOPInstanceUID]: uid,
      [Tag.PatientName]: 'PHANTOM^ANNA',
      [Tag.StudyInstanceUID]: studyInstanceUid,
      [Tag.SeriesInstanceUID]: SERIES,
      [Tag.PixelData]: { vr: 'OW', value: new Uint8Array(50_000) },
    },
    ExplicitVrLittleEndian,
    'as they are',
  );

/** Sends an instance to Gantry, as a peer does that was asked to; gives the status. */
async function store(uid: string, sent: Sent = {}): Promise<number | undefined> {
  const connection = await raw.rawClient(listener.port, sent.localAddress);
  const { callingAeTitle = 'RAW', originator, studyInstanceUid = STUDY } = sent;
  const presentationContexts = [{ id: 1, abstractSyntax: CT, transferSyntaxes: [ELE] }];
  connection.write(raw.associateRq({ callingAeTitle, presentationContexts }));
  await connection.pdu();
  const command = {
    AffectedSOPClassUID: CT,
    CommandField: 1,
    MessageID: 1,
    Priority: 0,
    CommandDataSetType: 1,
    AffectedSOPInstanceUID: uid,
    ...(originator && {
      MoveOriginatorApplicationEntityTitle: originator.aeTitle,
      MoveOriginatorMessageID: originator.messageId,
    }),
  };
  const dataset = datasetOf(uid, studyInstanceUid);
  connection.write(raw.commandTf(1, command));
  for (let at = 0; at < dataset.length; at += 16_000) {
    const control = at + 16_000 >= dataset.length ? raw.LAST : 0;
    connection.write(raw.dataTf(raw.pdv(1, control, dataset.subarray(at, at + 16_000))));
  }
  const { command: answer } = await takeMessage(connection);
  connection.destroy();
  return answer.Status;
}

const completed = (count: number) => ({
  NumberOfRemainingSuboperations: 0,
  NumberOfCompletedSuboperations: count,
  NumberOfFailedSuboperations: 0,
  NumberOfWarningSuboperations: 0,
});

/** A C-MOVE of the study; `script` answers it. */
async function retrieve(
  script: (
    answer: (status: number, elements?: object, dataset?: Uint8Array) => void,
    messageId: number,
    /** Lets the association of the C-MOVE end before the script does. */
    release: () => Promise<void>,
    drop: () => void,
  ) => Promise<void>,
  options: {
    association?: AssociationOptions;
    quietMs?: number;
    countHere?: () => Promise<number>;
    told?: ServerMessage[];
  } = {},
) {
  const peer = await rawPeer(async (connection) => {
    const { command } = await takeMessage(connection);
    let released: Promise<void> | undefined;
    const release = () => (released ??= takeRelease(connection));
    await script(
      (status, elements, dataset) =>
        connection.write(response(command, status, dataset, { ...elements })),
      command.MessageID ?? 0,
      release,
      () => {
        connection.destroy();
        released = Promise.resolve();
      },
    );
    await release();
  });
  const { told = [] } = options;
  const signal = new AbortController().signal;
  const send = (message: ServerMessage) => told.push(message);
  const context = { requestId: '1', signal, send, credits: new Credits() };
  const result = await runRetrieve(
    peer,
    'move',
    { type: 'retrieve', requestId: '1', peer: 'PACS', studyInstanceUid: STUDY },
    {
      association: options.association ?? {},
      arrivals,
      sink: () => Promise.reject(new Error('not by C-GET')),
      isListening: true,
      countHere: options.countHere ?? (() => Promise.resolve(0)),
      lastArrivalsQuietMs: options.quietMs ?? 10_000,
    },
    { ...context, finished: new Promise(() => undefined) },
  );
  return { result, told };
}

describe('A retrieve by C-MOVE', () => {
  it('counts instances that come when the peer has already said that it is done', async () => {
    const { result } = await retrieve(async (answer, _, release) => {
      answer(0, completed(3));
      await release();
      for (const uid of ['1', '2', '3']) await store(uid);
    });
    expect(result).toMatchObject({ completed: 3, arrived: 3 });
    expect(result).not.toHaveProperty('warningText');
  });

  it('is done at once when what the peer says and what arrived agree', async () => {
    const before = performance.now();
    await retrieve(async (answer) => {
      await store('1');
      answer(0, completed(1));
    });
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('waits for a slow instance as long as it is under way', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    holdStore = () => released;
    const { result } = await retrieve(
      async (answer, _, end) => {
        const storing = store('1');
        answer(0, completed(1));
        await end();
        // Longer than the quiet time: nothing moves meanwhile.
        setTimeout(() => release(undefined), 500);
        await storing;
      },
      { quietMs: 100 },
    );
    expect(result).toMatchObject({ arrived: 1 });
  });

  it('says what is missing when nothing comes any more', async () => {
    const { result } = await retrieve(
      async (answer) => {
        await store('1');
        answer(0, completed(3));
      },
      { quietMs: 50 },
    );
    expect(result).toMatchObject({
      arrived: 1,
      warningText: 'The peer sent 3, but only 1 arrived.',
    });
  });

  it('says that nothing arrived, though the peer has sent it somewhere', async () => {
    const nothing = retrieve(
      (answer) => {
        answer(0, completed(2));
        return Promise.resolve();
      },
      { quietMs: 50 },
    );
    const warningText = expect.stringContaining('nothing arrived') as unknown;
    expect((await nothing).result).toMatchObject({ arrived: 0, warningText });
  });

  it('counts what a peer sends that leaves out who asked, and files it as cache, whole', async () => {
    const { result } = await retrieve(async (answer) => {
      expect(await store('1')).toBe(0);
      answer(0, completed(1));
    });
    expect(result).toMatchObject({ arrived: 1 });
    const length = datasetOf('1', STUDY).length;
    expect(stored).toEqual([{ uid: '1', origin: 'cache', length }]);
  });

  it('counts what comes from another address under another AE title, when it names the request', async () => {
    const { result } = await retrieve(async (answer, messageId) => {
      const originator = { aeTitle: 'GANTRY', messageId };
      await store('1', { callingAeTitle: 'OTHER', localAddress: '127.0.0.2', originator });
      answer(0, completed(1));
    });
    expect(result).toMatchObject({ arrived: 1 });
    expect(stored).toMatchObject([{ origin: 'cache' }]);
  });

  it.each<[string, Sent]>([
    ['another AE title that names no request', { callingAeTitle: 'MODALITY' }],
    ['the peer, of another study', { studyInstanceUid: '9.9' }],
    ['the peer, for somebody else', { originator: { aeTitle: 'OTHER', messageId: 1 } }],
  ])('keeps in the archive, and counts not, what comes meanwhile from %s', async (_, sent) => {
    const { result } = await retrieve(async (answer) => {
      await store('7', sent);
      await store('1');
      answer(0, completed(1));
    });
    expect(result).toMatchObject({ arrived: 1 });
    expect(stored).toMatchObject([
      { uid: '7', origin: 'archive' },
      { uid: '1', origin: 'cache' },
    ]);
  });

  it('counts what comes under a name that tells nothing of it, and waits for no more', async () => {
    const { result } = await retrieve(
      async (answer) => {
        await store('1.1', { callingAeTitle: 'GATEWAY' });
        await store('1.2', { callingAeTitle: 'GATEWAY' });
        answer(0, completed(2));
      },
      // Longer than a test may last: nothing is waited for.
      { countHere: () => Promise.resolve(stored.length), quietMs: 600_000 },
    );
    expect(result).toMatchObject({ arrived: 2, failed: 0 });
    expect(result).not.toHaveProperty('warningText');
  });

  it('tells what is here when the connection is lost in the middle', async () => {
    const told: ServerMessage[] = [];
    const lost = retrieve(
      async (_answer, messageId, _release, drop) => {
        for (const uid of ['1', '2', '3']) {
          await store(uid, { originator: { aeTitle: 'GANTRY', messageId } });
        }
        drop();
      },
      { told },
    );
    await expect(lost).rejects.toThrow('connection closed');
    expect(told.at(-1)).toMatchObject({ type: 'retrieveProgress', arrived: 3 });
  });

  it('goes on without the counters of the peer', async () => {
    const { result, told } = await retrieve(async (answer) => {
      answer(0xff00);
      await store('1');
      answer(0xff00);
      answer(0);
    });
    expect(result).toMatchObject({ completed: 0, arrived: 1 });
    expect(result).not.toHaveProperty('warningText');
    expect(told[0]).toEqual({
      type: 'retrieveProgress',
      requestId: '1',
      completed: 0,
      failed: 0,
      warning: 0,
      arrived: 0,
    });
  });

  it('names the instances that the peer could not send', async () => {
    const list = encodeDataset(
      { [Tag.FailedSOPInstanceUIDList]: ['1.9.1', '1.9.2', 'no uid'] },
      ExplicitVrLittleEndian,
      'as they are',
    );
    const { result } = await retrieve(async (answer) => {
      await store('1');
      answer(0xb000, { ...completed(1), NumberOfFailedSuboperations: 2 }, list);
    });
    expect(result).toMatchObject({
      failed: 2,
      failedSopInstanceUids: ['1.9.1', '1.9.2'],
      warningText: expect.stringContaining('2 could not be sent') as unknown,
    });
  });
});

describe('A peer that never answers', () => {
  const REPLY_MS = 300;
  const timers = { dimseReplyMs: REPLY_MS, retrieveReplyMs: REPLY_MS };
  const ask = async (message: Parameters<Requests['handle']>[0]) => {
    const peer = await rawPeer(async (connection) => {
      await takeMessage(connection);
    });
    const settings = peerSchema.parse({
      name: 'PACS',
      aeTitle: 'RAW',
      host: peer.host,
      port: peer.port,
    });
    const before = performance.now();
    const error: unknown = await requestsFor([settings], { timers })
      .handle(message, contextOf('1'))
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    expect(performance.now() - before).toBeLessThan(REPLY_MS + 1000);
    return error;
  };

  it('ends a query in words when its time is over', async () => {
    const keys = { PatientName: 'A' };
    const query = { type: 'query', requestId: '1', peer: 'PACS', level: 'STUDY', keys } as const;
    expect(await ask({ ...query, credits: 10 })).toMatchObject({
      code: 'reply-timeout',
      message: `The peer did not answer within ${REPLY_MS} ms.`,
    });
  });

  it('ends a retrieve in words when its time is over', async () => {
    const message = { type: 'retrieve', requestId: '1', peer: 'PACS' } as const;
    expect(await ask({ ...message, studyInstanceUid: STUDY })).toMatchObject({
      code: 'reply-timeout',
      message: `The peer did not answer within ${REPLY_MS} ms.`,
    });
  });
});

function requestsFor(
  peers: ReturnType<typeof peerSchema.parse>[],
  association: AssociationOptions = {},
  negotiation: RequestDependencies['negotiation'] = {},
): Requests {
  const path = join(tmpdir(), 'gantry-never-written.json');
  const settings = new SettingsStore(path, { aeTitle: 'GANTRY', peers });
  return new Requests({
    version: '0',
    settings,
    transferTurns: new TransferTurns(settings),
    peers: new PeerDirectory(settings, association, negotiation),
    tasks: {
      handle: () => ({ of: 'tasks' }),
      sent: () => undefined,
      marksOf: () => ({ count: 0, peers: [] }),
      tell: () => Promise.resolve(),
    },
    negotiation,
    metrics: new Metrics(),
    archive,
    arrivals,
    dicomListener: () => `127.0.0.1:${listener.port}`,
    convert: () => Promise.reject(new Error('Nothing is sent here.')),
    samples: {
      count: 0,
      make: () => {
        throw new Error('No samples are asked for here.');
      },
      startPacs: () => Promise.reject(new Error('No samples are asked for here.')),
      canMove: () => false,
    },
    isDicomExposed: () => false,
    listenerStates: () => [],
    onSettingsChanged: () => undefined,
  });
}

function contextOf(
  requestId: string,
  send: (message: ServerMessage) => void = () => undefined,
  signal = new AbortController().signal,
) {
  const finished = new Promise<void>(() => undefined);
  return { requestId, signal, send, finished, credits: new Credits() };
}

it('What is set for one peer beside contexts is proposed to it, and to no other', async () => {
  const proposed: UserInformation[] = [];
  const server = await raw.rawServer(async (connection) => {
    const pdu = await connection.pdu();
    const request = decodeControlPdu(1, pdu?.body ?? new Uint8Array());
    if (request.type === 'associate-rq') proposed.push(request.userInformation);
    connection.destroy();
  });
  const address = { aeTitle: 'RAW', host: '127.0.0.1', port: server.port };
  const peers = ['ONE', 'OTHER'].map((name) => peerSchema.parse({ name, ...address }));
  const requests = requestsFor(
    peers,
    {},
    { ONE: { user: { username: 'name', passcode: 'code' }, fuzzyNames: true } },
  );
  for (const peer of ['ONE', 'OTHER']) {
    const keys = { PatientName: 'A' };
    const message = { type: 'query', requestId: '1', peer, level: 'STUDY', keys } as const;
    await expect(requests.handle({ ...message, credits: 1 }, contextOf('1'))).rejects.toThrow();
  }
  await server.close();
  expect(proposed[0]?.userIdentity).toMatchObject({
    identityType: 2,
    primaryField: Buffer.from('name'),
    secondaryField: Buffer.from('code'),
  });
  expect(proposed[0]?.extendedNegotiations?.map(({ information }) => [...information])).toEqual([
    [0, 0, 1, 0],
  ]);
  expect(proposed[1]?.userIdentity).toBeUndefined();
  expect(proposed[1]?.extendedNegotiations).toEqual([]);
});

describe('Retrieves from one peer', () => {
  it('run as many at a time as its settings say, first come first served', async () => {
    const asked: { uid: string; end: () => void }[] = [];
    const peer = await rawPeer(async (connection) => {
      const { command, dataset } = await takeMessage(connection);
      const uid = dataset.subarray(-6).toString('latin1').replaceAll('\0', '').trim();
      await new Promise<void>((end) => asked.push({ uid, end }));
      connection.write(response(command, 0));
      await takeRelease(connection);
    });
    const address = { aeTitle: 'RAW', host: peer.host, port: peer.port };
    const requests = requestsFor([peerSchema.parse({ name: 'PACS', ...address, maxRetrieves: 1 })]);
    const told: ServerMessage[] = [];
    const leaving = new AbortController();
    const begin = (requestId: string, signal?: AbortSignal) =>
      requests.handle(
        { type: 'retrieve', requestId, peer: 'PACS', studyInstanceUid: `1.2.${requestId}` },
        contextOf(requestId, (message) => told.push(message), signal),
      );
    const first = begin('11');
    const second = begin('12', leaving.signal);
    const third = begin('13');
    await expect.poll(() => asked.map(({ uid }) => uid)).toEqual(['1.2.11']);
    expect(told).toEqual([
      { type: 'retrieveWaiting', requestId: '12', ahead: 0 },
      { type: 'retrieveWaiting', requestId: '13', ahead: 1 },
    ]);
    // As when its page is closed.
    leaving.abort();
    await expect(second).rejects.toThrow();
    expect(told.at(-1)).toEqual({ type: 'retrieveWaiting', requestId: '13', ahead: 0 });
    asked[0]?.end();
    await first;
    await expect.poll(() => asked.map(({ uid }) => uid)).toEqual(['1.2.11', '1.2.13']);
    expect(told.at(-1)).toMatchObject({ type: 'retrieveProgress', requestId: '13' });
    asked[1]?.end();
    await third;
  });
});
