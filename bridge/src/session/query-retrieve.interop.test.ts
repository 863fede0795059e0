import { readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  freePort,
  ORTHANC_AE_TITLE,
  runTool,
  startOrthanc,
  startStorescp,
  type Peer as RunningPeer,
} from '../../../e2e/support/peers.ts';
import { encodeDataset } from '../../../shared/dicom/encode.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import * as raw from '../dimse/testing/raw-connection.ts';
import { takeMessage } from '../dimse/testing/raw-messages.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { peerSchema, type Peer } from '../../../shared/protocol/settings.ts';
import {
  CT,
  madeInstance,
  store,
  startArchive,
  temporaryFolder,
} from '../archive/testing/made-instance.ts';
import { ITEM_KEYS, MATCH_KEYS } from '../archive/match-query.ts';
import { SettingsStore } from '../configuration/settings-store.ts';
import { Converter } from '../conversion/converter.ts';
import { listen, type Listener } from '../dimse/listener.ts';
import { queryScp } from '../dimse/query-scp.ts';
import { getScp, moveScp, type RetrieveReport } from '../dimse/retrieve-scp.ts';
import { getSyntaxesFor, storageScp } from '../dimse/storage-scp.ts';
import { getSender } from './get-sender.ts';
import { moveSenderTo } from './move-sender.ts';
import { PeerDirectory } from './peer-directory.ts';
import { TransferTurns } from './transfer-turns.ts';

const converter = new Converter();
const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});
afterAll(() => converter.close());

/** Gantry's archive and its services for others, which knows these as peers. */
async function startGantry(
  destinations: readonly { readonly aeTitle: string; readonly port: number }[] = [],
  aliveMs?: number,
) {
  const { archive } = await startArchive({});
  const peers: Peer[] = [];
  const addPeer = (aeTitle: string, port: number): void =>
    void peers.push(peerSchema.parse({ name: aeTitle, aeTitle, host: '127.0.0.1', port }));
  for (const { aeTitle, port } of destinations) addPeer(aeTitle, port);
  const settings = new SettingsStore(join(tmpdir(), 'gantry-never-written.json'), {
    aeTitle: 'GANTRY',
    peers,
  });
  const reports: RetrieveReport[] = [];
  const convert: Converter['convert'] = (bytes, from, to) => converter.convert(bytes, from, to);
  const turns = new TransferTurns(settings);
  const moving = {
    archive,
    settings,
    peers: new PeerDirectory(settings, { timers: { connectMs: 2000 } }, {}),
    convert,
    enter: (peer: { readonly name: string }, signal: AbortSignal) => turns.enter(peer, signal),
    onOutcome: () => undefined,
  };
  const failures: unknown[] = [];
  const onEnd = (report: RetrieveReport): void => void reports.push(report);
  const listener: Listener = await listen({
    host: '127.0.0.1',
    port: 0,
    aeTitles: ['GANTRY'],
    services: [
      queryScp({ archive, keys: { levels: MATCH_KEYS, items: ITEM_KEYS } }),
      moveScp({
        archive,
        onEnd,
        senderTo: (aeTitle) => moveSenderTo(moving, aeTitle),
        ...(aliveMs !== undefined && { aliveMs }),
      }),
      getScp({
        archive,
        onEnd,
        sendBack: getSender(archive, convert),
        storageSyntaxesFor: getSyntaxesFor,
      }),
      storageScp({
        acceptUnknownClasses: true,
        sink: (instance) => archive.store({ ...instance, origin: 'archive' }),
      }),
    ],
    onHandlerFailure: (error) => failures.push(error),
  });
  ended.push(() => listener.close(0));
  return { archive, port: listener.port, reports, failures, addPeer };
}

async function startDestination(options: readonly string[] = ['+B', '+xa']): Promise<RunningPeer> {
  const peer = await startStorescp(options);
  ended.push(() => peer.stop());
  return peer;
}

/** Runs movescu or getscu. */
const retrieve = (
  tool: 'movescu' | 'getscu',
  port: number,
  options: readonly string[],
  keys: readonly string[],
) =>
  runTool(tool, [
    ...['-v', '-aec', 'GANTRY', '-aet', 'ASKING', ...options],
    ...keys.flatMap((key) => ['-k', key]),
    ...['127.0.0.1', String(port)],
  ]);

const received = async (folder: string) =>
  (await readdir(folder)).map((name) => /1\.2\.[\d.]+\d/.exec(name)?.[0]).sort();

/** Patient P1 with two studies, of two series and one; patient P2. */
const INSTANCES = [
  ['1.2.1', '1.2.1.1', '1.2.1.1.1', 'P1'],
  ['1.2.1', '1.2.1.1', '1.2.1.1.2', 'P1'],
  ['1.2.1', '1.2.1.2', '1.2.1.2.1', 'P1'],
  ['1.2.2', '1.2.2.1', '1.2.2.1.1', 'P1'],
  ['1.2.3', '1.2.3.1', '1.2.3.1.1', 'P2'],
] as const;

async function fill(archive: Parameters<typeof store>[0]): Promise<void> {
  for (const [study, series, instance, patient] of INSTANCES) {
    await store(archive, { study, series, instance, fields: { [Tag.PatientID]: patient } });
  }
}

const LEVELS: readonly (readonly [
  model: string,
  keys: readonly string[],
  instances: readonly string[],
])[] = [
  [
    '-P',
    ['QueryRetrieveLevel=PATIENT', 'PatientID=P1'],
    ['1.2.1.1.1', '1.2.1.1.2', '1.2.1.2.1', '1.2.2.1.1'],
  ],
  ['-P', ['QueryRetrieveLevel=STUDY', 'PatientID=P1', 'StudyInstanceUID=1.2.2'], ['1.2.2.1.1']],
  ['-O', ['QueryRetrieveLevel=STUDY', 'PatientID=P2', 'StudyInstanceUID=1.2.3'], ['1.2.3.1.1']],
  [
    '-S',
    ['QueryRetrieveLevel=STUDY', String.raw`StudyInstanceUID=1.2.2\\1.2.3`],
    ['1.2.2.1.1', '1.2.3.1.1'],
  ],
  [
    '-S',
    ['QueryRetrieveLevel=SERIES', 'StudyInstanceUID=1.2.1', 'SeriesInstanceUID=1.2.1.1'],
    ['1.2.1.1.1', '1.2.1.1.2'],
  ],
  [
    '-S',
    [
      'QueryRetrieveLevel=IMAGE',
      'StudyInstanceUID=1.2.1',
      'SeriesInstanceUID=1.2.1.1',
      'SOPInstanceUID=1.2.1.1.2',
    ],
    ['1.2.1.1.2'],
  ],
  ['-S', ['QueryRetrieveLevel=STUDY', 'StudyInstanceUID=1.9'], []],
];

describe('C-MOVE of others', () => {
  it.each(LEVELS)('%s %j sends what it names', async (model, keys, expected) => {
    const destination = await startDestination(['-d', '+B', '+xa']);
    const { archive, port, reports } = await startGantry([
      { aeTitle: 'DEST', port: destination.port },
    ]);
    await fill(archive);
    const { code, output } = await retrieve('movescu', port, [model, '-d', '-aem', 'DEST'], keys);
    expect(code).toBe(0);
    expect(await received(destination.folder)).toEqual(expected);
    expect(reports).toEqual([
      {
        association: expect.stringMatching(/^[0-9a-f]{8}$/) as unknown,
        operation: 'C-MOVE',
        by: 'ASKING',
        destination: 'DEST',
        status: 0,
        completed: expected.length,
        failed: 0,
        warning: 0,
      },
    ]);
    expect(output).toMatch(new RegExp(`Completed Suboperations +: ${expected.length}`));
    if (expected.length === 0) return;
    expect(output).toMatch(new RegExp(`Remaining Suboperations +: ${expected.length}`));
    // One association, whatever there is to send.
    expect(destination.output().match(/Association Acknowledged/g)).toHaveLength(1);
    expect(destination.output()).toMatch(/Move Originator AE Title +: ASKING/);
  });

  it('to nobody that the settings know is A801', async () => {
    const { archive, port } = await startGantry();
    await fill(archive);
    const { output } = await retrieve(
      'movescu',
      port,
      ['-S', '-aem', 'NOSUCH'],
      LEVELS[3]?.[1] ?? [],
    );
    expect(output).toContain('Refused: MoveDestinationUnknown');
  });

  it('to a peer that is not there fails with all of them named', async () => {
    const { archive, port, reports } = await startGantry([
      { aeTitle: 'DOWN', port: await freePort() },
    ]);
    await fill(archive);
    const { output } = await retrieve(
      'movescu',
      port,
      ['-S', '-d', '-aem', 'DOWN'],
      LEVELS[3]?.[1] ?? [],
    );
    expect(output).toContain('Refused: OutOfResourcesSubOperations');
    expect(output).toMatch(/FailedSOPInstanceUIDList/);
    expect(reports).toMatchObject([{ status: 0xa702, completed: 0, failed: 2 }]);
  });

  it('counts what was deleted as failed, and sends the rest', async () => {
    const destination = await startDestination();
    const { archive, port, reports, failures } = await startGantry([
      { aeTitle: 'DEST', port: destination.port },
    ]);
    await fill(archive);
    const gone = await archive.locate('1.2.1.1.2');
    await rm(gone?.path ?? '');
    const { output } = await retrieve(
      'movescu',
      port,
      ['-P', '-d', '-aem', 'DEST'],
      LEVELS[0]?.[1] ?? [],
    );
    expect(output).toContain('Warning: SubOperationsCompleteOneOrMoreFailures');
    expect(output).toMatch(/FailedSOPInstanceUIDList/);
    expect(output).toContain('[1.2.1.1.2]');
    expect(reports).toMatchObject([{ status: 0xb000, completed: 3, failed: 1 }]);
    expect(failures).toEqual([]);
    expect(await received(destination.folder)).toEqual(['1.2.1.1.1', '1.2.1.2.1', '1.2.2.1.1']);
  });

  it('writes anew what the destination does not take as it is', async () => {
    const destination = await startDestination(['-d', '+B', '+xi']);
    const { archive, port } = await startGantry([{ aeTitle: 'DEST', port: destination.port }]);
    await fill(archive);
    const { code } = await retrieve('movescu', port, ['-S', '-aem', 'DEST'], LEVELS[5]?.[1] ?? []);
    expect(code).toBe(0);
    const [name = ''] = await readdir(destination.folder);
    const { output } = await runTool('dcmdump', [join(destination.folder, name)]);
    expect(output).toContain('=LittleEndianImplicit');
  });

  it('tells that it is at work while a slow destination takes its time', async () => {
    const destination = await startDestination(['+B', '+xa', '--sleep-during', '3']);
    const peers = [{ aeTitle: 'DEST', port: destination.port }];
    const { archive, port, reports } = await startGantry(peers, 300);
    await fill(archive);
    // It waits a second for each response.
    const options = ['-S', '-d', '-aem', 'DEST', '-td', '1'];
    const { code, output } = await retrieve('movescu', port, options, LEVELS[5]?.[1] ?? []);
    expect(code, output).toBe(0);
    expect(output.match(/DIMSE Status +: 0xff00/g)?.length).toBeGreaterThan(5);
    expect(reports).toMatchObject([{ status: 0, completed: 1 }]);
  }, 20_000);

  it('ends when it is cancelled', async () => {
    const destination = await startDestination(['+B', '+xa', '--sleep-after', '1']);
    const { archive, port, reports } = await startGantry([
      { aeTitle: 'DEST', port: destination.port },
    ]);
    await fill(archive);
    const { output } = await retrieve(
      'movescu',
      port,
      ['-P', '-d', '-aem', 'DEST', '--cancel', '1'],
      LEVELS[0]?.[1] ?? [],
    );
    expect(output).toContain('Cancel: Sub-operations terminated due to Cancel Indication');
    expect(reports[0]).toMatchObject({ status: 0xfe00, completed: 1, failed: 0 });
  }, 20_000);
});

describe('C-GET of others', () => {
  it.each(LEVELS)('%s %j sends what it names', async (model, keys, expected) => {
    const { archive, port, reports } = await startGantry();
    await fill(archive);
    const folder = await temporaryFolder();
    const { code, output } = await retrieve(
      'getscu',
      port,
      [model, '-d', '+B', '-od', folder],
      keys,
    );
    expect(code, output).toBe(0);
    expect(await received(folder)).toEqual(expected);
    expect(reports).toMatchObject([
      { operation: 'C-GET', destination: 'ASKING', status: 0, completed: expected.length },
    ]);
  });

  it('brings instances byte for byte where their transfer syntax is taken', async () => {
    const { archive, port } = await startGantry();
    await fill(archive);
    const folder = await temporaryFolder();
    await retrieve('getscu', port, ['-S', '+B', '-od', folder], LEVELS[5]?.[1] ?? []);
    const [name = ''] = await readdir(folder);
    const { dataset } = madeInstance({
      study: '1.2.1',
      series: '1.2.1.1',
      instance: '1.2.1.1.2',
      fields: { [Tag.PatientID]: 'P1' },
    });
    const file = await readFile(join(folder, name));
    expect(Buffer.compare(file.subarray(-dataset.length), dataset)).toBe(0);
  });
});

const STUDY_ROOT_GET = '1.2.840.10008.5.1.4.1.2.2.3';
const ELE = '1.2.840.10008.1.2.1';

/** A peer written by hand that asks for study 1.2.1. */
async function askToGet(port: number, scpRole: boolean) {
  const connection = await raw.rawClient(port);
  ended.push(() => {
    connection.destroy();
    return Promise.resolve();
  });
  const roleSelections = [{ sopClassUid: CT, scuRole: false, scpRole }];
  connection.write(
    raw.associateRq({
      presentationContexts: [
        { id: 1, abstractSyntax: STUDY_ROOT_GET, transferSyntaxes: [ELE] },
        { id: 3, abstractSyntax: CT, transferSyntaxes: [ELE] },
      ],
      userInformation: {
        maxPduLength: 16384,
        implementationClassUid: '1.2.3',
        ...(scpRole && { roleSelections }),
      },
    }),
  );
  expect((await connection.pdu())?.type).toBe(2);
  const fields = { [Tag.QueryRetrieveLevel]: 'STUDY', [Tag.StudyInstanceUID]: '1.2.1' };
  connection.write(
    raw.commandTf(1, {
      AffectedSOPClassUID: STUDY_ROOT_GET,
      CommandField: 0x10,
      MessageID: 5,
      Priority: 0,
      CommandDataSetType: 1,
    }),
    raw.dataTf(raw.pdv(1, raw.LAST, encodeDataset(fields, ExplicitVrLittleEndian))),
  );
  const first = await takeMessage(connection);
  expect(first.command).toMatchObject({ Status: 0xff00, NumberOfRemainingSuboperations: 3 });
  return connection;
}

describe('C-GET of a peer written by hand', () => {
  it('brings nothing where it has not taken the role of an SCP', async () => {
    const { archive, port } = await startGantry();
    await fill(archive);
    const connection = await askToGet(port, false);
    for (;;) {
      const { command, dataset } = await takeMessage(connection);
      if (command.Status === 0xff00) continue;
      expect(command).toMatchObject({ Status: 0xa702, NumberOfFailedSuboperations: 3 });
      expect(dataset.toString('latin1')).toContain('1.2.1.1.1\\1.2.1.1.2\\1.2.1.2.1');
      return;
    }
  });

  it('ends with the instance under way when it is cancelled', async () => {
    const { archive, port } = await startGantry();
    await fill(archive);
    const connection = await askToGet(port, true);
    const { command: storing } = await takeMessage(connection);
    expect(storing.CommandField).toBe(1);
    connection.write(
      raw.commandTf(1, {
        CommandField: 0xfff,
        MessageIDBeingRespondedTo: 5,
        CommandDataSetType: 0x0101,
      }),
      raw.commandTf(3, {
        CommandField: 0x8001,
        MessageIDBeingRespondedTo: storing.MessageID ?? 0,
        CommandDataSetType: 0x0101,
        Status: 0,
      }),
    );
    expect((await takeMessage(connection)).command).toMatchObject({
      Status: 0xfe00,
      NumberOfRemainingSuboperations: 2,
      NumberOfCompletedSuboperations: 1,
    });
  });

  it('is over when it leaves in the middle', async () => {
    const { archive, port, reports } = await startGantry();
    await fill(archive);
    const connection = await askToGet(port, true);
    await takeMessage(connection);
    connection.write(raw.ABORT);
    await expect.poll(() => reports).toMatchObject([{ status: 0xfe00, completed: 0 }]);
  });
});

describe('Orthanc as a client', () => {
  it('finds what there is of a patient, and has it sent to itself', async () => {
    const { archive, port, addPeer } = await startGantry();
    await fill(archive);
    const orthanc = await startOrthanc([{ aeTitle: 'GANTRY', port }]);
    ended.push(() => orthanc.stop());
    addPeer(ORTHANC_AE_TITLE, orthanc.port);
    const rest = async (path: string, body?: unknown): Promise<unknown> => {
      const post = { method: 'POST', body: JSON.stringify(body) };
      const url = `http://127.0.0.1:${orthanc.httpPort}${path}`;
      return (await fetch(url, body === undefined ? {} : post)).json();
    };
    const asked = { Level: 'Study', Query: { PatientID: 'P1', StudyInstanceUID: '' } };
    // A cast: what Orthanc's documentation says of it.
    const { Path } = (await rest('/modalities/destination0/query', asked)) as { Path: string };
    expect(await rest(`${Path}/answers`)).toHaveLength(2);
    expect(await rest('/instances')).toEqual([]);
    await rest(`${Path}/retrieve`, { TargetAet: ORTHANC_AE_TITLE, Synchronous: true });
    const here = (await rest('/instances?expand')) as {
      MainDicomTags: { SOPInstanceUID: string };
    }[];
    expect(here.map(({ MainDicomTags: { SOPInstanceUID } }) => SOPInstanceUID).sort()).toEqual(
      INSTANCES.filter(([, , , patient]) => patient === 'P1').map(([, , uid]) => uid),
    );
  }, 30_000);
});
