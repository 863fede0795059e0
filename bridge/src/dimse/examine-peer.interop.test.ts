import { afterEach, describe, expect, it } from 'vitest';
import type { Peer } from '../../../e2e/support/peers.ts';
import { ORTHANC_AE_TITLE, startOrthanc, startStorescp } from '../../../e2e/support/peers.ts';
import { examinePeer } from './examine-peer.ts';
import { EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN } from './well-known-uids.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const JPEG_2000_LOSSLESS = '1.2.840.10008.1.2.4.90';
const PHILIPS_PRIVATE = '1.3.46.670589.2.3.1.1';

let peer: Peer | undefined;
afterEach(async () => {
  await peer?.stop();
  peer = undefined;
});

async function examined(calledAeTitle: string, { host, port }: Peer) {
  const address = { host, port, calledAeTitle, callingAeTitle: 'GANTRY' };
  const progress: number[] = [];
  const { signal } = new AbortController();
  const report = await examinePeer(address, {}, signal, (done) => progress.push(done));
  const services = report.services.filter(({ isAccepted }) => isAccepted);
  const syntaxesOf = (uid: string) =>
    report.storage.find(({ sopClassUid }) => sopClassUid === uid)?.transferSyntaxUids;
  return { report, progress, services: services.map(({ name }) => name), syntaxesOf };
}

describe('examining a peer', () => {
  it('finds what a storescp takes that is told to take all transfer syntaxes', async () => {
    peer = await startStorescp(['+xa']);
    const { report, progress, services, syntaxesOf } = await examined('STORESCP', peer);
    expect(services).toEqual(['Verification']);
    expect(report.implementationVersionName).toMatch(/^OFFIS_DCMTK_/);
    expect(syntaxesOf(CT)).toContain(JPEG_2000_LOSSLESS);
    expect(syntaxesOf(CT)).toContain(EXPLICIT_VR_LITTLE_ENDIAN);
    expect(syntaxesOf(PHILIPS_PRIVATE)).toBeUndefined();
    expect(report.storage.length).toBeLessThan(report.askedClasses);
    // Each association once, in order.
    expect(progress).toEqual(progress.map((_, index) => index + 1));
    expect(progress.length).toBeGreaterThan(2);
  });

  it('finds that a storescp takes Implicit VR Little Endian alone', async () => {
    peer = await startStorescp(['+xi']);
    const { syntaxesOf } = await examined('STORESCP', peer);
    expect(syntaxesOf(CT)).toEqual([IMPLICIT_VR_LITTLE_ENDIAN]);
  });

  it('finds the query and retrieve services of Orthanc', async () => {
    peer = await startOrthanc([], undefined);
    const { services, syntaxesOf } = await examined(ORTHANC_AE_TITLE, peer);
    expect(services).toContain('Study Root query (C-FIND)');
    expect(services).toContain('Study Root retrieve (C-MOVE)');
    expect(services).toContain('Storage Commitment');
    expect(services).not.toContain('Basic Color Print Management');
    expect(syntaxesOf(CT)).toContain(JPEG_2000_LOSSLESS);
  }, 30_000);
});
