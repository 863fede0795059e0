import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION } from '../../../shared/protocol/limits.ts';
import { WebSocket } from 'ws';
import { Metrics } from './metrics.ts';
import { PageConnection, type HandleRequest } from './page-connection.ts';
import { Sessions } from './sessions.ts';
import { StaticFiles } from './static-files.ts';
import { WebServer } from './web-server.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const location = {
  path: '',
  datasetOffset: 0,
  size: 10,
  transferSyntaxUid: '1.2.840.10008.1.2',
  sopClassUid: '1.2',
};

let folder: string;
let server: WebServer;
let sessions: Sessions;
let handle: HandleRequest;
let health: 'ok' | 'failed';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-web-'));
  await writeFile(join(folder, 'index.html'), '<p>page');
  await writeFile(join(folder, '.built-from'), 'secret');
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'assets', 'a.js'), '1');
  sessions = new Sessions();
  health = 'ok';
  handle = () => Promise.resolve({ of: 'echo', milliseconds: 1 });
  server = new WebServer({
    endpoint: { host: '127.0.0.1', port: 0 },
    sessions,
    files: await StaticFiles.load(folder),
    metrics: new Metrics(),
    metricsToken: undefined,
    gauges: () => Promise.resolve({ queues: {}, archive: undefined }),
    health: () => ({ status: health }),
    onPage: (socket) =>
      new PageConnection(
        socket,
        (message, context) => handle(message, context),
        () => undefined,
      ),
    findTransfer: () => undefined,
    findInstance: (uid) =>
      Promise.resolve(
        uid === '2.25.7' ? { ...location, path: join(folder, 'instance') } : undefined,
      ),
    onSession: () => undefined,
    onFailure: () => undefined,
  });
  await server.open();
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** A request as it is given: fetch would set Host and Origin itself. */
function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { port } = server.endpoint;
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

describe('GET /metrics', () => {
  it('is for programs of this computer', async () => {
    expect((await ask('/metrics')).status).toBe(200);
  });

  it.each([
    ['a page of elsewhere', { 'Sec-Fetch-Site': 'cross-site' }],
    ['what a proxy passes on', { 'X-Forwarded-For': '192.0.2.1' }],
    ['who has a wrong token', { Authorization: 'Bearer wrong-wrong-wrong-wrong' }],
  ])('is not for %s', async (_, headers) => {
    const answer = await ask('/metrics', { headers });
    expect(answer.status).toBe(403);
    expect(answer.body).not.toContain('gantry_');
  });
});

/** Messages of the page that the protocol allows, or doesn't. */
function fixtures(kind: 'valid' | 'invalid') {
  const path = join(import.meta.dirname, '..', '..', '..', 'shared', 'fixtures', kind);
  return readdirSync(path)
    .filter((name) => name.startsWith('client.'))
    .map((name) => [name, readFileSync(join(path, name), 'utf8')] as const);
}

const own = () => ({ Origin: server.url });

async function logIn(): Promise<string> {
  const body = JSON.stringify({ token: sessions.launchToken });
  const answer = await ask('/api/session', { method: 'POST', headers: own(), body });
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}

describe('the page', () => {
  it('is served with a policy that has no foreign origin', async () => {
    const answer = await ask('/');
    expect(answer).toMatchObject({ status: 200, body: '<p>page' });
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval'(?<!wasm-unsafe-eval')/);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  it.each([
    '/../package.json',
    '/%2e%2e/package.json',
    '/.built-from',
    '/assets/../../x',
    '//etc/passwd',
  ])('gives nothing for %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  it('keeps what has a hash in its name, and asks again for the rest', async () => {
    expect((await ask('/assets/a.js')).headers['cache-control']).toContain('immutable');
    expect((await ask('/')).headers['cache-control']).toBe('no-cache');
  });

  it('is refused under another name: a foreign name may resolve to loopback', async () => {
    expect((await ask('/', { headers: { Host: 'evil.example' } })).status).toBe(421);
    expect((await ask('/healthz', { headers: { Host: 'evil.example:8080' } })).status).toBe(421);
  });

  it('tells by its status whether the bridge is well', async () => {
    expect((await ask('/healthz')).status).toBe(200);
    health = 'failed';
    expect((await ask('/healthz')).status).toBe(503);
  });

  it('moves from localhost to the address, and to nowhere else', async () => {
    const headers = { Host: `localhost:${server.endpoint.port}` };
    const answer = await ask('//evil.example/x', { headers });
    expect(answer.status).toBe(307);
    expect(answer.headers['location']).toBe(`${server.url}/evil.example/x`);
  });
});

describe('a session', () => {
  it('is given once for a launch token, as a cookie that scripts and other sites do not get', async () => {
    const body = JSON.stringify({ token: sessions.launchToken });
    const post = () => ask('/api/session', { method: 'POST', headers: own(), body });
    const first = await post();
    expect(first.status).toBe(204);
    expect(String(first.headers['set-cookie'])).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    expect((await post()).status).toBe(401);
  });

  it('is not given to another page, or for a wrong token', async () => {
    const body = JSON.stringify({ token: sessions.launchToken });
    const foreign = { Origin: 'http://evil.example' };
    expect((await ask('/api/session', { method: 'POST', headers: foreign, body })).status).toBe(
      403,
    );
    expect((await ask('/api/session', { method: 'POST', body })).status).toBe(403);
    const wrong = JSON.stringify({ token: 'x' });
    expect(
      (await ask('/api/session', { method: 'POST', headers: own(), body: wrong })).status,
    ).toBe(401);
  });

  it('is needed, with the same origin, for whatever holds data', async () => {
    const Cookie = await logIn();
    const sameOrigin = { 'Sec-Fetch-Site': 'same-origin' };
    expect((await ask('/api/session', { headers: { Cookie, ...sameOrigin } })).status).toBe(204);
    expect((await ask('/api/session', { headers: sameOrigin })).status).toBe(401);
    expect((await ask('/api/session', { headers: { Cookie } })).status).toBe(403);
    const crossSite = { Cookie, 'Sec-Fetch-Site': 'cross-site' };
    expect((await ask('/api/session', { headers: crossSite })).status).toBe(403);
  });

  it('does not make a batch for a transfer that is not there', async () => {
    const Cookie = await logIn();
    const path = '/api/transfers/00000000-0000-4000-8000-000000000000/batches';
    const headers = { Cookie, ...own() };
    expect((await ask(path, { method: 'POST', headers, body: 'GNT1' })).status).toBe(409);
    expect((await ask(path, { method: 'POST', headers: own(), body: 'GNT1' })).status).toBe(401);
  });

  it('is not exchanged for a body without end', async () => {
    const body = JSON.stringify({ token: 'x'.repeat(5000) });
    expect((await ask('/api/session', { method: 'POST', headers: own(), body })).status).toBe(409);
  });
});

describe('an instance of the archive', () => {
  const get = async (path: string, more: Record<string, string> = {}) => {
    await writeFile(join(folder, 'instance'), '0123456789');
    const headers = { Cookie: await logIn(), 'Sec-Fetch-Site': 'same-origin', ...more };
    return ask(path, { headers });
  };

  it('is given whole, or a range of it, and kept by no cache', async () => {
    const whole = await get('/api/instances/2.25.7');
    expect(whole).toMatchObject({ status: 200, body: '0123456789' });
    expect(whole.headers['cache-control']).toBe('no-store');
    const part = await get('/api/instances/2.25.7', { Range: 'bytes=2-4' });
    expect(part).toMatchObject({ status: 206, body: '234' });
    expect(part.headers['content-range']).toBe('bytes 2-4/10');
    expect((await get('/api/instances/2.25.7', { Range: 'bytes=-3' })).body).toBe('789');
    expect((await get('/api/instances/2.25.7', { Range: 'bytes=8-99' })).body).toBe('89');
  });

  it('is refused beyond its end, under a wrong name, and without a session', async () => {
    expect((await get('/api/instances/2.25.7', { Range: 'bytes=10-' })).status).toBe(416);
    expect((await get('/api/instances/2.25.8')).status).toBe(404);
    expect((await get('/api/instances/../x')).status).toBe(404);
    expect((await get('/api/instances/2.25.7', { Cookie: 'none=1' })).status).toBe(401);
    expect((await get('/api/instances/2.25.7', { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(
      403,
    );
  });
});

describe('the WebSocket', () => {
  const open = (headers: Record<string, string>) =>
    new Promise<WebSocket>((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${server.endpoint.port}/api/socket`, {
        headers,
      });
      socket.once('open', () => resolve(socket));
      socket.once('error', reject);
    });
  const next = (socket: WebSocket) =>
    new Promise<unknown>((resolve) =>
      socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString()))),
    );
  const hello = JSON.stringify({
    type: 'hello',
    requestId: 'h',
    protocolVersion: PROTOCOL_VERSION,
  });

  it('needs a session and the own origin', async () => {
    const Cookie = await logIn();
    await expect(open({ Cookie })).rejects.toThrow('403');
    await expect(open(own())).rejects.toThrow('403');
    await expect(open({ Cookie, Origin: 'http://evil.example' })).rejects.toThrow('403');
    (await open({ Cookie, ...own() })).close();
  });

  it('gives a request one end', async () => {
    const socket = await open({ Cookie: await logIn(), ...own() });
    socket.send(hello);
    expect(await next(socket)).toMatchObject({ type: 'done', requestId: 'h' });
    socket.close();
  });

  it('refuses another version, and what comes before the greeting', async () => {
    const socket = await open({ Cookie: await logIn(), ...own() });
    socket.send(JSON.stringify({ type: 'echo', requestId: '1', peer: 'PACS' }));
    expect(await next(socket)).toMatchObject({ type: 'error', code: 'protocol-version' });
    socket.send(JSON.stringify({ type: 'hello', requestId: '2', protocolVersion: 999 }));
    expect(await next(socket)).toMatchObject({ type: 'error', code: 'protocol-version' });
    socket.close();
  });

  it('ends a request that is cancelled as cancelled', async () => {
    const socket = await open({ Cookie: await logIn(), ...own() });
    socket.send(hello);
    await next(socket);
    handle = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    socket.send(JSON.stringify({ type: 'echo', requestId: '1', peer: 'PACS' }));
    socket.send(JSON.stringify({ type: 'cancel', requestId: '1' }));
    expect(await next(socket)).toEqual({ type: 'cancelled', requestId: '1' });
    socket.close();
  });

  it('cancels what a page asked for when the page goes', async () => {
    const socket = await open({ Cookie: await logIn(), ...own() });
    socket.send(hello);
    await next(socket);
    const aborted = new Promise((resolve) => {
      handle = (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            resolve('aborted');
            reject(new Error('aborted'));
          });
        });
    });
    socket.send(JSON.stringify({ type: 'echo', requestId: '1', peer: 'PACS' }));
    socket.send(JSON.stringify({ type: 'hello', requestId: '2', protocolVersion: 999 }));
    await next(socket);
    socket.terminate();
    expect(await aborted).toBe('aborted');
  });

  it.each([
    ['no JSON', '{'],
    ['an unknown message', '{"type":"x","requestId":"1"}'],
  ])('is closed after %s', async (_, text) => {
    const socket = await open({ Cookie: await logIn(), ...own() });
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.send(text);
    expect(await closed).toBe(1002);
  });

  it.each(fixtures('valid'))('takes %s', async (_, text) => {
    const socket = await open({ Cookie: await logIn(), ...own() });
    const states: string[] = [];
    socket.once('close', () => states.push('closed'));
    socket.send(hello);
    await next(socket);
    handle = (message) => {
      states.push(message.type);
      return Promise.resolve({ of: 'echo', milliseconds: 1 });
    };
    socket.send(text);
    socket.send(hello);
    await next(socket);
    expect(states).not.toContain('closed');
    socket.close();
  });

  it.each(fixtures('invalid'))('is closed by %s', async (_, text) => {
    const socket = await open({ Cookie: await logIn(), ...own() });
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.send(text);
    expect(await closed).toBe(1002);
  });

  it('says internal, and nothing else, of a failure in the program', async () => {
    const socket = await open({ Cookie: await logIn(), ...own() });
    socket.send(hello);
    await next(socket);
    handle = () => Promise.reject(new Error('DOE^JANE was here'));
    socket.send(JSON.stringify({ type: 'echo', requestId: '1', peer: 'PACS' }));
    const answer = await next(socket);
    expect(answer).toMatchObject({ type: 'error', code: 'internal' });
    expect(JSON.stringify(answer)).not.toContain('DOE');
    socket.close();
  });
});

it('ends a connection that speaks no HTTP', async () => {
  const socket = connect(server.endpoint.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', () => resolve('closed')));
  socket.on('data', () => undefined);
  socket.on('error', () => undefined);
  socket.write(Buffer.from([1, 0, 0, 0, 0, 68, 0, 1, 0, 0, 13, 10, 13, 10]));
  expect(await closed).toBe('closed');
});
