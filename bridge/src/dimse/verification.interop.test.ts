import { afterEach, describe, expect, it } from 'vitest';
import type { Peer } from '../../../e2e/support/peers.ts';
import { freePort, runTool, startStorescp } from '../../../e2e/support/peers.ts';
import type { Listener, ListenerOptions } from './listener.ts';
import { listen } from './listener.ts';
import type { AssociationEnd } from './upper-layer/upper-layer-user.ts';
import { echo, verificationScp } from './verification.ts';

let peer: Peer | undefined;
let listener: Listener | undefined;
afterEach(async () => {
  await peer?.stop();
  await listener?.close(0);
  peer = listener = undefined;
});

const address = (port: number) => ({
  host: '127.0.0.1',
  port,
  calledAeTitle: 'STORESCP',
  callingAeTitle: 'GANTRY',
});

async function start(options: Partial<ListenerOptions> = {}) {
  const ends: AssociationEnd[] = [];
  listener = await listen({
    host: '127.0.0.1',
    port: 0,
    aeTitles: ['GANTRY'],
    services: [verificationScp],
    onEnd: (end) => ends.push(end),
    ...options,
  });
  return { port: String(listener.port), ends };
}

describe('Verification SCU', () => {
  it('gets an echo from storescp, which says what it is', async () => {
    peer = await startStorescp();
    const result = await echo(address(peer.port));
    expect(result.status).toBe(0);
    expect(result.implementationVersionName).toMatch(/^OFFIS_DCMTK/);
    expect(result.roundTripMs).toBeLessThanOrEqual(result.totalMs);
  });

  it('says that a peer is down', async () => {
    const down = echo(address(await freePort()));
    await expect(down).rejects.toMatchObject({ code: 'connect-refused' });
  });

  it('says that a peer refuses', async () => {
    peer = await startStorescp(['--refuse']);
    await expect(echo(address(peer.port))).rejects.toMatchObject({ code: 'association-rejected' });
  });

  it('says that a peer has no verification', async () => {
    const { port } = await start({ services: [] });
    const refused = echo({ ...address(Number(port)), calledAeTitle: 'GANTRY' });
    await expect(refused).rejects.toMatchObject({
      code: 'no-presentation-context',
      message: 'No C-ECHO with this peer: the peer does not support this SOP class.',
    });
  });
});

describe('Verification SCP', () => {
  it.each([
    ['one transfer syntax', ['-pts', '1']],
    ['all 38 transfer syntaxes', ['-pts', '38']],
    ['128 contexts', ['-ppc', '128']],
    ['ten echoes', ['--repeat', '10']],
    ['small PDUs', ['-pdu', '4096']],
  ])('answers echoscu with %s', async (_, args) => {
    const { port, ends } = await start();
    const { code, output } = await runTool('echoscu', [
      '-v',
      ...args,
      '-aec',
      'GANTRY',
      '127.0.0.1',
      port,
    ]);
    expect(output).toContain('Received Echo Response (Success)');
    expect(code).toBe(0);
    expect(ends).toEqual([{ kind: 'released' }]);
  });

  it('takes an abort of echoscu', async () => {
    const { port, ends } = await start();
    const { output } = await runTool('echoscu', [
      '-v',
      '--abort',
      '-aec',
      'GANTRY',
      '127.0.0.1',
      port,
    ]);
    expect(output).toContain('Received Echo Response (Success)');
    expect(ends).toMatchObject([{ kind: 'failed', error: { code: 'association-aborted' } }]);
  });

  it('rejects echoscu that calls another AE title', async () => {
    const { port } = await start();
    const { code, output } = await runTool('echoscu', ['-v', '-aec', 'OTHER', '127.0.0.1', port]);
    expect(code).not.toBe(0);
    expect(output).toContain('Called AE Title Not Recognized');
  });

  it('refuses what storescu wants to store', async () => {
    const { port } = await start();
    const { code, output } = await runTool('storescu', [
      '-v',
      '-aec',
      'GANTRY',
      '127.0.0.1',
      port,
      import.meta.filename,
    ]);
    expect(code).not.toBe(0);
    expect(output).not.toContain('Received Store Response (Success)');
  });

  it('serves its own SCU', async () => {
    const { port, ends } = await start();
    const result = await echo({ ...address(Number(port)), calledAeTitle: 'GANTRY' });
    expect(result).toMatchObject({ status: 0, implementationVersionName: 'GANTRY_0_1' });
    await expect.poll(() => ends).toEqual([{ kind: 'released' }]);
  });
});
