import { copyFile, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  testAuthority,
  type Certificate,
  type TestAuthority,
} from '../../../e2e/support/certificates.ts';
import { freePort, runTool, startStorescp, type Peer } from '../../../e2e/support/peers.ts';
import { encodeFileMeta } from '../../../shared/dicom/encode.ts';
import { listen, type Listener, type ListenerOptions } from './listener.ts';
import { StorageScu } from './storage-scu.ts';
import { storageScp } from './storage-scp.ts';
import type { ClientTls, ServerTls } from './tls-profile.ts';
import { createTlsServer } from './tls-server.ts';
import { madeInstance, readPart10 } from './testing/part10.ts';
import { echo, verificationScp } from './verification.ts';

let authority: TestAuthority;
let own: Certificate;
let theirs: Certificate;
let stranger: Certificate;

beforeAll(async () => {
  authority = await testAuthority();
  [own, theirs, stranger] = await Promise.all([
    authority.issue('gantry'),
    authority.issue('pacs'),
    authority.selfSigned('stranger'),
  ]);
}, 60_000);
afterAll(() => authority.remove());

let peer: Peer | undefined;
let listener: Listener | undefined;
let bare: Server | undefined;
afterEach(async () => {
  await peer?.stop();
  await listener?.close(0);
  bare?.close();
  peer = listener = bare = undefined;
});

const address = (port: number, tls?: Partial<ClientTls>) => ({
  host: '127.0.0.1',
  port,
  calledAeTitle: 'PACS',
  callingAeTitle: 'GANTRY',
  ...(tls && { tls: { caFile: authority.caFile, checkName: true, ...tls } }),
});

const storescpTls = async (certificate: Certificate, ...options: string[]): Promise<Peer> =>
  (peer = await startStorescp([
    ...['+tls', certificate.keyFile, certificate.certificateFile, '+cf', authority.caFile],
    ...options,
  ]));

/** A listener with storage; what it received and what failed. */
async function start(tls: Partial<ServerTls> | undefined, options: Partial<ListenerOptions> = {}) {
  const received: { transferSyntaxUid: string; bytes: Buffer }[] = [];
  const failures: string[] = [];
  const ends: unknown[] = [];
  const storage = storageScp({
    acceptUnknownClasses: false,
    sink: async ({ transferSyntaxUid, dataset }) => {
      received.push({ transferSyntaxUid, bytes: Buffer.concat(await Array.fromAsync(dataset)) });
      return { kind: 'stored' };
    },
  });
  listener = await listen({
    host: '127.0.0.1',
    port: 0,
    aeTitles: ['GANTRY'],
    services: [verificationScp, storage],
    onTlsFailure: (host, words) => failures.push(`${host}: ${words}`),
    onEnd: (end) => ends.push(end),
    ...(tls && {
      tls: { ...own, caFile: authority.caFile, requireClientCertificate: false, ...tls },
    }),
    ...options,
  });
  return { port: listener.port, received, failures, ends };
}

const asClient = (certificate: Certificate = theirs, ca: string = authority.caFile) => [
  ...['+tls', certificate.keyFile, certificate.certificateFile, '+cf', ca],
  ...['-aet', 'PACS', '-aec', 'GANTRY'],
];

const CT = madeInstance(1, 3_000_000);

describe('TLS as SCU', () => {
  it('gets an echo from storescp, which wants our certificate', async () => {
    const { port } = await storescpTls(theirs);
    const result = await echo(address(port, own));
    expect(result.status).toBe(0);
  });

  it.each(['rsa', 'ec'] as const)('stores byte for byte, with a key of kind %s', async (key) => {
    const { port, folder } = await storescpTls(await authority.issue(`pacs-${key}`, { key }), '+B');
    const scu = new StorageScu(address(port, own), [CT]);
    const { dataset } = CT;
    await expect(scu.store({ ...CT, length: dataset.length })).resolves.toMatchObject({
      kind: 'stored',
    });
    await scu.release();
    const [name = ''] = await readdir(folder);
    const file = readPart10(name, await readFile(join(folder, name)));
    expect(Buffer.compare(file?.dataset ?? Buffer.alloc(0), dataset)).toBe(0);
  });

  it('says that the peer wants a certificate', async () => {
    const { port } = await storescpTls(theirs);
    await expect(echo(address(port, {}))).rejects.toMatchObject({
      code: 'tls-failed',
      message: expect.stringContaining('wants a certificate') as string,
    });
  });

  it.each([
    ['has expired', () => authority.issue('expired', { days: -1 })],
    ['is self-signed', () => authority.selfSigned('alone')],
    ['is for another host', () => authority.issue('elsewhere', { names: 'DNS:pacs.example' })],
  ])('says that the certificate of the peer %s', async (words, make) => {
    const { port } = await storescpTls(await make(), '-ic');
    await expect(echo(address(port, own))).rejects.toMatchObject({
      code: 'tls-failed',
      message: expect.stringContaining(`the certificate of the peer ${words}`) as string,
    });
  });

  it('says that nobody here knows the authority of the peer', async () => {
    const { port } = await storescpTls(theirs, '-ic');
    const other = { ...own, caFile: stranger.certificateFile };
    await expect(echo(address(port, other))).rejects.toThrow(/from an authority that is not in/);
  });

  it('takes another name where the check is off, and the certificate of the peer as its own authority', async () => {
    const alone = await authority.selfSigned('elsewhere-alone');
    const elsewhere = await authority.issue('elsewhere-2', { names: 'DNS:pacs.example' });
    const first = await storescpTls(elsewhere, '-ic');
    expect((await echo(address(first.port, { checkName: false }))).status).toBe(0);
    await first.stop();
    const second = await storescpTls(alone, '-ic');
    const pinned = address(second.port, { caFile: alone.certificateFile });
    expect((await echo(pinned)).status).toBe(0);
  });

  it('says that a peer speaks no TLS', async () => {
    peer = await startStorescp();
    await expect(
      echo(address(peer.port, {}), { timers: { connectMs: 2_000 } }),
    ).rejects.toMatchObject({
      code: 'tls-failed',
      message: expect.stringMatching(/speaks? (no )?TLS on this port/) as string,
    });
  });

  it('says that a peer took the connection and kept silent', async () => {
    bare = createServer().listen(0, '127.0.0.1');
    const port = await freePort();
    bare.close();
    bare = createServer().listen(port, '127.0.0.1');
    await expect(echo(address(port, {}), { timers: { connectMs: 300 } })).rejects.toMatchObject({
      code: 'tls-failed',
      message: expect.stringContaining('no TLS handshake within 300 ms') as string,
    });
  });

  it('says that a port speaks TLS where plain DICOM was tried', async () => {
    const { port } = await storescpTls(theirs);
    await expect(echo(address(port))).rejects.toThrow(/speaks? TLS/);
  });

  it.each(['certificateFile', 'keyFile', 'caFile'] as const)(
    'names a %s that is not there',
    async (file) => {
      const { port } = await storescpTls(theirs);
      const path = join(authority.folder, 'missing.pem');
      await expect(echo(address(port, { ...own, [file]: path }))).rejects.toMatchObject({
        code: 'tls-failed',
        message: expect.stringContaining(path) as string,
      });
    },
  );

  it('does not take what is no PEM for a list of authorities', async () => {
    const { port } = await storescpTls(theirs);
    const path = join(authority.folder, 'nothing.pem');
    await writeFile(path, 'nothing');
    await expect(echo(address(port, { ...own, caFile: path }))).rejects.toThrow(/is not PEM/);
  });
});

describe('TLS as SCP', () => {
  it('answers echoscu, with and without a certificate where none is wanted', async () => {
    const { port } = await start({});
    for (const options of [asClient(), ['+tla', '+cf', authority.caFile, '-aec', 'GANTRY']]) {
      const { code, output } = await runTool('echoscu', [
        ...['-v', ...options, '127.0.0.1', String(port)],
      ]);
      expect(output).toContain('Received Echo Response (Success)');
      expect(code).toBe(0);
    }
  });

  it('takes byte for byte what storescu sends', async () => {
    const { port, received } = await start({ requireClientCertificate: true });
    const file = join(authority.folder, 'ct.dcm');
    await writeFile(file, Buffer.concat([encodeFileMeta(CT), CT.dataset]));
    const to = ['127.0.0.1', String(port), file];
    const { code } = await runTool('storescu', [...asClient(), ...to]);
    expect(code).toBe(0);
    expect(Buffer.compare(received[0]?.bytes ?? Buffer.alloc(0), CT.dataset)).toBe(0);
  });

  it('refuses who shows no certificate, one of a stranger, or one that has expired', async () => {
    const { port, failures, ends } = await start({ requireClientCertificate: true });
    const expired = await authority.issue('client-expired', { days: -1 });
    const runs = [
      ['+tla', '+cf', authority.caFile, '-aec', 'GANTRY'],
      asClient(stranger),
      asClient(expired),
    ];
    for (const options of runs) {
      const run = await runTool('echoscu', [...options, '127.0.0.1', String(port)]);
      expect(run.code).not.toBe(0);
    }
    await expect.poll(() => failures).toHaveLength(3);
    expect(failures[0]).toBe('127.0.0.1: the caller showed no certificate');
    expect(failures[1]).toContain('the certificate of the caller is self-signed');
    expect(failures[2]).toContain('the certificate of the caller has expired');
    expect(ends).toEqual([]);
  });

  it('says that a caller speaks plain DICOM', async () => {
    const { port, failures } = await start({});
    const run = await runTool('echoscu', ['-aec', 'GANTRY', '127.0.0.1', String(port)]);
    expect(run.code).not.toBe(0);
    await expect
      .poll(() => failures)
      .toEqual(['127.0.0.1: the caller speaks plain DICOM, where TLS is wanted']);
    await expect(echo({ ...address(port), calledAeTitle: 'GANTRY' })).rejects.toThrow(
      /does it speak TLS on this port/,
    );
  });

  it('says that a caller speaks TLS to a port of plain DICOM', async () => {
    const { port, ends } = await start(undefined);
    const run = await runTool('echoscu', [...asClient(), '127.0.0.1', String(port)]);
    expect(run.code).not.toBe(0);
    await expect
      .poll(() => ends)
      .toMatchObject([{ error: { message: expect.stringContaining('it speaks TLS') as string } }]);
    await expect(echo({ ...address(port, {}), calledAeTitle: 'GANTRY' })).rejects.toThrow(
      /the peer speaks no TLS on this port/,
    );
  });

  it('speaks nothing older than TLS 1.2, and no suite without forward secrecy', async () => {
    const { port, failures } = await start({});
    const connect = (...options: string[]) =>
      runTool(
        'openssl',
        ['s_client', '-connect', `127.0.0.1:${port}`, '-brief', ...options],
        5_000,
      );
    const old = await connect('-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0');
    expect(old.code).not.toBe(0);
    expect((await connect('-tls1_2', '-cipher', 'AES256-GCM-SHA384')).code).not.toBe(0);
    expect(failures).toHaveLength(2);
    const suites = ['ECDHE-RSA-AES256-GCM-SHA384', 'DHE-RSA-AES128-GCM-SHA256'];
    for (const suite of suites) {
      const run = await connect('-tls1_2', '-cipher', suite);
      expect(run.output).toContain(`Ciphersuite: ${suite}`);
    }
    expect((await connect('-tls1_3')).output).toContain('TLSv1.3');
  });

  it('shows a renewed certificate without a restart, and the old one while the files do not fit', async () => {
    const files = await authority.issue('renewed');
    const tls = { ...files, requireClientCertificate: false };
    const events = {
      onConnection: (socket: Socket) => void socket.end(),
      onFailure: () => undefined,
      isFull: () => false,
      handshakeMs: 0,
    };
    const server = await createTlsServer(tls, events, 20);
    bare = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const names = async () =>
      (await runTool('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-brief'], 5_000))
        .output;
    expect(await names()).toContain('CN = renewed');
    const next = await authority.issue('after-renewal');
    await copyFile(next.certificateFile, files.certificateFile);
    await delay(100);
    expect(await names()).toContain('CN = renewed');
    await copyFile(next.keyFile, files.keyFile);
    await expect.poll(names).toContain('CN = after-renewal');
  });

  it('ends a connection that never begins its handshake', async () => {
    const { port, failures } = await start({}, { timers: { artimMs: 200 } });
    const { connect } = await import('node:net');
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(failures).toHaveLength(1);
  });

  it('slows a sender down whose bytes nobody takes, and goes on when they are', async () => {
    const go = Promise.withResolvers<undefined>();
    let taken = 0;
    const storage = storageScp({
      acceptUnknownClasses: false,
      sink: async ({ dataset }) => {
        await go.promise;
        for await (const chunk of dataset) taken += chunk.length;
        return { kind: 'stored' };
      },
    });
    const { port } = await start({}, { services: [storage] });
    const scu = new StorageScu({ ...address(port, {}), calledAeTitle: 'GANTRY' }, [CT]);
    let read = 0;
    const total = 64 * 1024 * 1024;
    // eslint-disable-next-line @typescript-eslint/require-await -- an AsyncIterable is what is wanted
    async function* source(): AsyncGenerator<Uint8Array> {
      const chunk = new Uint8Array(256 * 1024);
      for (; read < total; read += chunk.length) yield chunk;
    }
    const storing = scu.store({ ...CT, dataset: source(), length: total });
    let last = -1;
    while (read !== last || read === 0) {
      last = read;
      await delay(250);
    }
    // What the operating system and both sides hold at most; the rest is still to be read.
    expect(read).toBeLessThan(total / 2);
    go.resolve(undefined);
    await expect(storing).resolves.toMatchObject({ kind: 'stored' });
    expect(taken).toBe(total);
    await scu.release();
  });

  it('ends a transfer over which nothing moves any more', async () => {
    const storage = storageScp({
      acceptUnknownClasses: false,
      sink: ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ kind: 'not-understood' }));
        }),
    });
    const { port } = await start({}, { services: [storage] });
    const scu = new StorageScu({ ...address(port, {}), calledAeTitle: 'GANTRY' }, [CT], {
      timers: { progressMs: 500 },
    });
    const dataset = new Uint8Array(64 * 1024 * 1024);
    const storing = scu.store({ ...CT, dataset, length: dataset.length });
    await expect(storing).rejects.toMatchObject({ code: 'stalled' });
  });
});
