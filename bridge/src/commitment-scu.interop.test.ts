// Storage commitment as SCU, of the bridge as it runs, with Orthanc as the one that keeps.
import { afterEach, expect, it } from 'vitest';
import { startBridge } from '../../e2e/support/bridge.ts';
import { openPage } from '../../e2e/support/page-socket.ts';
import { freePort, startOrthanc, startStorescp } from '../../e2e/support/peers.ts';
import { madeFile, madeInstance } from './archive/testing/made-instance.ts';
import { storescu, written } from './archive/testing/storage-listener.ts';

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const made = (instance: string) => madeInstance({ study: '1.2.41', instance });
const instances = ['1.2.41.1', '1.2.41.2', '1.2.41.3'].map(made);

it('Orthanc commits what a page has sent, and the study of the archive is marked', async () => {
  const dicomPort = await freePort();
  const orthanc = await startOrthanc([{ aeTitle: 'GANTRY', port: dicomPort }]);
  endings.push(() => orthanc.stop());
  const peer = { name: 'PACS', aeTitle: 'ORTHANC', host: '127.0.0.1', port: orthanc.port };
  const bridge = await startBridge({
    peers: [{ ...peer, commitment: 'ask' }],
    dicom: `127.0.0.1:${dicomPort}`,
  });
  endings.push(bridge.stop);
  // Two of the three are in the archive too.
  const folder = await written(instances.slice(0, 2).map((instance) => madeFile(instance)));
  expect((await storescu(dicomPort, [], folder)).code).toBe(0);
  const page = await openPage(bridge);
  endings.push(() => page.close());
  const list = { type: 'listStudies', search: '', limit: 10 };
  const rowsOf = async () =>
    (await page.ask(list)).flatMap((message) => (message.type === 'rows' ? message.rows : []));
  expect((await rowsOf())[0]).not.toHaveProperty('committedInstances');
  const stored = await page.store('PACS', instances, 'mine');
  expect(stored.at(-1)).toMatchObject({ result: { stored: 3, failed: 0 } });
  const told = await page.tasks(({ commitments }) => commitments[0]?.waiting === 0);
  expect(told.commitments).toMatchObject([
    { transfer: 'mine', peer: 'PACS', asked: 3, committed: 3, failed: 0, refused: [] },
  ]);
  expect((await rowsOf())[0]).toMatchObject({ committedInstances: '2', committedBy: 'PACS' });
  // An instance that comes anew may be another one than the PACS has.
  expect((await storescu(dicomPort, [], folder)).code).toBe(0);
  expect((await rowsOf())[0]).not.toHaveProperty('committedInstances');
  await page.ask({ type: 'dismissCommitment', transfer: 'mine' });
  await page.tasks(({ commitments }) => commitments.length === 0);
}, 30_000);

it('a peer that keeps nothing safely says so with the transfer', async () => {
  const scp = await startStorescp(['+B']);
  endings.push(() => scp.stop());
  const peer = { name: 'SINK', aeTitle: 'STORESCP', host: '127.0.0.1', port: scp.port };
  const bridge = await startBridge({ peers: [{ ...peer, commitment: 'ask' }] });
  endings.push(bridge.stop);
  const page = await openPage(bridge);
  endings.push(() => page.close());
  await page.store('SINK', instances, 'mine');
  const told = await page.tasks(({ commitments }) => commitments[0]?.waiting === 0);
  expect(told.commitments[0]).toMatchObject({ committed: 0, failed: 3 });
  expect(told.commitments[0]?.problem).toContain('No storage commitment with this peer');
});
