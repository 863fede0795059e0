import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startBridge, type Bridge } from '../../e2e/support/bridge.ts';
import { openPage } from '../../e2e/support/page-socket.ts';
import {
  DCMQRSCP_AE_TITLE,
  freePort,
  runTool,
  startDcmqrscp,
  startStorescp,
} from '../../e2e/support/peers.ts';
import { startWlmscpfs, WORKLIST_AE_TITLE } from '../../e2e/support/worklist-peers.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';
import { CT, madeFile, madeInstance } from './archive/testing/made-instance.ts';
import * as raw from './dimse/testing/raw-connection.ts';

/** What belongs to a patient, and may stand neither in the log nor in the metrics. */
const CANARIES = [
  ...['KANARIENVOGEL', 'Piepmatz', 'CANARYID77', '19531224', 'ACCCANARY', 'Federkleid'],
  ...['1.2.826.77', 'C4N4RYQUERY'],
];

const patient = {
  [Tag.PatientName]: 'KANARIENVOGEL^Piepmatz',
  [Tag.PatientID]: 'CANARYID77',
  [Tag.PatientBirthDate]: '19531224',
  [Tag.AccessionNumber]: 'ACCCANARY',
  [Tag.StudyDescription]: 'Federkleid',
  [Tag.StudyDate]: '20260101',
};
const STUDY = '1.2.826.77';
const made = (instance: string) =>
  madeInstance({ study: STUDY, instance: `${STUDY}.1.${instance}`, fields: patient });

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'gantry-canary-'));
  endings.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function start(configuration: Record<string, unknown>, peers: unknown[], dicom?: string) {
  const bridge = await startBridge({
    configuration,
    // A cast: what is beyond the helper's type is for the schema of the bridge to judge.
    peers: peers as [],
    ...(dicom && { dicom }),
  });
  endings.push(bridge.stop);
  return bridge;
}

const metricsOf = async ({ origin }: Bridge) => (await fetch(`${origin}/metrics`)).text();

describe('the log and the metrics', () => {
  it('hold nothing of a patient, whatever service its data goes through', async () => {
    const files = await folder();
    await mkdir(join(files, 'send'));
    for (const name of ['1', '2', '3']) {
      await writeFile(join(files, 'send', `${name}.dcm`), madeFile(made(name)));
    }
    const port = await freePort();
    const qrscp = await startDcmqrscp([{ aeTitle: 'GANTRY', port }], join(files, 'send'));
    const [sink, broken] = [await startStorescp(['+B']), await startStorescp(['--abort-during'])];
    const scheduled = { patientName: 'KANARIENVOGEL^Piepmatz', patientId: 'CANARYID77' };
    const ris = await startWlmscpfs([{ ...scheduled, date: '20260101', accession: 'ACCCANARY' }]);
    for (const peer of [qrscp, sink, broken, ris]) endings.push(() => peer.stop());
    const at = (name: string, to: number, more = {}) => ({
      ...{ name, aeTitle: DCMQRSCP_AE_TITLE, host: '127.0.0.1', port: to },
      ...more,
    });
    const bridge = await start(
      { log: { level: 'debug', file: 'gantry.jsonl' } },
      [
        at('by move', qrscp.port),
        at('by get', qrscp.port, { retrieve: 'get' }),
        at('sink', sink.port),
        at('broken', broken.port),
        at('worklist', ris.port, { aeTitle: WORKLIST_AE_TITLE, worklist: true }),
        at('nobody', await freePort()),
      ],
      `127.0.0.1:${port}`,
    );
    const page = await openPage(bridge);
    endings.push(() => page.close());

    const keys = { PatientName: 'KANARIENVOGEL*', PatientID: '', StudyDescription: '' };
    const study = { type: 'retrieve', studyInstanceUid: STUDY };
    for (const peer of ['by move', 'by get']) {
      const query = { type: 'query', peer, level: 'STUDY', credits: 100 };
      const found = await page.ask({ ...query, keys });
      expect(found.at(-1)).toMatchObject({ result: { matches: 1 } });
      await page.ask({ ...query, keys: { PatientID: 'C4N4RYQUERY' } });
      const retrieved = await page.ask({ ...study, peer });
      expect(retrieved.at(-1)).toMatchObject({ type: 'done', result: { arrived: 3 } });
    }
    for (const peer of ['sink', 'broken', 'nobody']) await page.store(peer, [made('9')]);
    const query = { type: 'query', level: 'STUDY', credits: 1, keys };
    expect((await page.ask({ ...query, peer: 'nobody' })).at(-1)).toMatchObject({ type: 'error' });
    const worklist = { type: 'worklist', credits: 100, keys: { PatientName: 'KANARIENVOGEL*' } };
    expect((await page.ask({ ...worklist, peer: 'worklist' })).at(-1)).toMatchObject({
      result: { of: 'worklist', matches: 1 },
    });
    await page.ask({ ...worklist, peer: 'nobody' });
    // Refused before it is asked, in words that name no value.
    await page.ask({ ...worklist, peer: 'worklist', keys: { PatientAddress: 'C4N4RYQUERY' } });
    await page.ask({ type: 'listStudies', search: 'KANARIENVOGEL', limit: 10 });
    // A message that isn't allowed, with what must not be quoted.
    page.send({ type: 'query', PatientName: 'KANARIENVOGEL' });

    const to = ['-aec', 'GANTRY', '127.0.0.1', String(port)];
    const stored = await runTool('storescu', [...to, '+sd', join(files, 'send')]);
    expect(stored.code).toBe(0);
    // What is not taken: it belongs to no study.
    const lost = madeInstance({
      instance: `${STUDY}.5`,
      fields: { ...patient, [Tag.StudyInstanceUID]: '' },
    });
    await writeFile(join(files, 'lost.dcm'), madeFile(lost));
    await runTool('storescu', [...to, join(files, 'lost.dcm')]);
    await runTool('echoscu', to);
    await runTool('echoscu', ['-aec', 'OTHER', '127.0.0.1', String(port)]);
    const find = ['-S', '-k', 'QueryRetrieveLevel=STUDY', '-k', 'PatientName=KANARIENVOGEL*'];
    expect((await runTool('findscu', ['-v', ...to, ...find])).output).toContain('(Pending)');
    const wanted = ['-S', '-k', 'QueryRetrieveLevel=STUDY', '-k', `StudyInstanceUID=${STUDY}`];
    await runTool('movescu', [...to, '-aem', DCMQRSCP_AE_TITLE, ...wanted]);
    await runTool('getscu', [...to, '-od', files, ...wanted]);

    const metrics = await metricsOf(bridge);
    const counted = (name: string, labels: string) =>
      Number(new RegExp(`^${name}\\{${labels}\\} (\\d+)$`, 'm').exec(metrics)?.[1] ?? 0);
    const operations = (labels: string) => counted('gantry_dimse_operations_total', labels);
    const of = (operation: string, role: string, status: string) =>
      operations(`operation="${operation}",role="${role}",status="${status}"`);
    // Three by C-MOVE, three by C-GET, three by storescu.
    expect(of('C-STORE', 'scp', 'success')).toBe(9);
    expect(of('C-STORE', 'scp', 'failure')).toBeGreaterThanOrEqual(1);
    // One by a page, three each by C-MOVE and C-GET of others.
    expect(of('C-STORE', 'scu', 'success')).toBe(7);
    for (const operation of ['C-MOVE', 'C-GET']) {
      const labels = `operation="${operation}",result="completed"`;
      expect(counted('gantry_retrieve_suboperations_total', labels)).toBe(3);
    }
    expect(of('C-STORE', 'scu', 'none')).toBeGreaterThanOrEqual(1);
    expect(of('C-FIND', 'scu', 'success')).toBeGreaterThanOrEqual(4);
    expect(of('C-MOVE', 'scu', 'success')).toBe(1);
    expect(of('C-GET', 'scu', 'success')).toBe(1);
    expect(of('C-ECHO', 'scp', 'success')).toBe(1);
    const rejected = 'role="acceptor",reason="called-ae-title-not-recognized"';
    expect(counted('gantry_associations_rejected_total', rejected)).toBe(1);
    expect(counted('gantry_associations_open', 'role="acceptor"')).toBe(0);
    expect(counted('gantry_archive_bytes', 'kind="archive"')).toBeGreaterThan(0);
    expect(metrics).toMatch(/^gantry_dicom_received_bytes_total [1-9]\d+$/m);
    expect(metrics).toMatch(/^gantry_queue_length\{queue="retrieves"\} 0$/m);
    expect(metrics).toMatch(/^nodejs_eventloop_lag_max_seconds \d/m);
    expect(metrics).toMatch(/^process_resident_memory_bytes [1-9]\d+$/m);

    const log = await readFile(join(bridge.folder, 'gantry.jsonl'), 'utf8');
    const lines = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const seen = new Set(lines.map(({ event }) => event));
    for (const event of [
      'association.open',
      'association.end',
      'association.failed',
      'operation',
      'retrieve.end',
    ]) {
      expect(seen).toContain(event);
    }
    expect(seen).toContain('request.failed');
    const ofAssociations = lines.filter(({ event }) =>
      /^(association|operation|retrieve)/.test(String(event)),
    );
    for (const line of ofAssociations) expect(line['association']).toMatch(/^[0-9a-f]{8}$/);
    for (const text of [log, metrics, bridge.output()]) {
      for (const canary of CANARIES) expect(text).not.toContain(canary);
      expect(text).not.toContain(CT);
    }
  }, 60_000);
});

describe('AEs of Gantry’s own', () => {
  it('each take what they are set to, and keep it as they are set to', async () => {
    const files = await folder();
    const file = join(files, 'ct.dcm');
    await writeFile(file, madeFile(made('1')));
    const [leksell, rt, cache] = [await freePort(), await freePort(), await freePort()];
    const bridge = await start(
      {
        listeners: [
          { aeTitle: 'LEKSELL', port: leksell, preset: 'lgp' },
          { aeTitle: 'PLAN', port: rt, sopClasses: ['1.2.840.10008.5.1.4.1.1.481.5'] },
          { aeTitle: 'CACHE', port: cache, keepAs: 'cache', callingAeTitles: ['MODALITY'] },
        ],
      },
      [],
    );
    const send = (aeTitle: string, port: number, from = 'MODALITY', ...options: string[]) => {
      const to = ['-aet', from, '-aec', aeTitle, '127.0.0.1', String(port)];
      return runTool('storescu', ['-v', ...options, ...to, file]);
    };
    const taken = 'Received Store Response (Success)';
    expect((await send('LEKSELL', leksell)).output).toContain(taken);
    // Of the uncompressed syntaxes that storescu offers in one context, the preset prefers big endian.
    const offer = await send('LEKSELL', leksell, 'MODALITY', '-d', '+C');
    expect(offer.output).toMatch(/Accepted Transfer Syntax: =BigEndianExplicit/);
    expect((await send('PLAN', rt)).output).not.toContain(taken);
    expect((await send('LEKSELL', rt)).output).toContain('Called AE Title Not Recognized');
    expect((await send('CACHE', cache, 'OTHER')).output).toContain(
      'Calling AE Title Not Recognized',
    );
    expect((await send('CACHE', cache)).output).toContain(taken);
    const health = (await (await fetch(`${bridge.origin}/healthz`)).json()) as {
      listeners: { aeTitle: string }[];
    };
    expect(health.listeners.map(({ aeTitle }) => aeTitle)).toEqual(['LEKSELL', 'PLAN', 'CACHE']);
    const page = await openPage(bridge);
    endings.push(() => page.close());
    const listed = await page.ask({ type: 'listStudies', search: '', limit: 10 });
    expect(JSON.stringify(listed)).toContain('KANARIENVOGEL');
  }, 30_000);

  it('serve one association and let five wait, as rtServer did; a sixth is rejected', async () => {
    const port = await freePort();
    const bridge = await start({ listeners: [{ aeTitle: 'RTS', port, preset: 'rts' }] }, []);
    const echo = (...options: string[]) =>
      runTool('echoscu', ['-v', ...options, '-aec', 'ANY', '127.0.0.1', String(port)], 10_000);
    const runs = await Promise.all(Array.from({ length: 6 }, () => echo('--repeat', '50')));
    for (const { output } of runs) {
      expect(output.match(/Received Echo Response \(Success\)/g)).toHaveLength(50);
    }
    const calls = await Promise.all(Array.from({ length: 6 }, () => raw.rawClient(port)));
    for (const call of calls) call.write(raw.associateRq({ calledAeTitle: 'ANY' }));
    await expect.poll(() => metricsOf(bridge)).toContain('{queue="associations"} 5\n');
    const another = await raw.rawClient(port);
    another.write(raw.associateRq({ calledAeTitle: 'ANY' }));
    // Rejected transient, by the provider (presentation): a local limit is exceeded.
    expect(await another.pdu()).toMatchObject({ type: 3, body: Buffer.of(0, 2, 3, 2) });
    for (const connection of [...calls, another]) connection.destroy();
  }, 30_000);
});

describe('a peer', () => {
  it('is sent twenty instances over an association where it behaves like cmr42 is sent to', async () => {
    const scp = await startStorescp(['-d', '+B']);
    endings.push(() => scp.stop());
    const bridge = await start({}, [
      {
        ...{ name: 'CMR', aeTitle: 'STORESCP', host: '127.0.0.1', port: scp.port, preset: 'cmr' },
        callingAeTitle: 'DEEPTHOUGHT',
      },
    ]);
    const page = await openPage(bridge);
    endings.push(() => page.close());
    const instances = Array.from({ length: 45 }, (_, index) => made(`1${index}`));
    const told = await page.store('CMR', instances);
    expect(told.at(-1)).toMatchObject({ result: { stored: 45, failed: 0 } });
    expect(scp.output().match(/^I: Association Release/gm)).toHaveLength(
      // 20, 20 and 5.
      3,
    );
    expect(scp.output()).toContain('DEEPTHOUGHT');
    expect(scp.output()).toMatch(/Their Max PDU Receive Size:\s+16384/);
  }, 30_000);
});
