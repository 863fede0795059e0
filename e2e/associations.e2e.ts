import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { encodeFileMeta } from '../shared/dicom/encode.ts';
import { madeInstance } from '../bridge/src/dimse/testing/part10.ts';
import { startBridge } from './support/bridge.ts';
import { runTool } from './support/peers.ts';

test('the bridge takes from users of its configuration, and says to others why not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-users-'));
  const bridge = await startBridge({
    configuration: {
      dicomUsers: { users: [{ username: 'scanner', passcode: 'right' }] },
      associations: { max: 2, maxPerHost: 1, maxWaiting: 2 },
    },
  });
  try {
    const file = join(folder, 'one.dcm');
    const instance = madeInstance(1, 100);
    await writeFile(file, Buffer.concat([encodeFileMeta(instance), instance.dataset]));
    const send = (passcode: string) =>
      runTool('storescu', [
        ...['-usr', 'scanner', '-pwd', passcode, '-aec', 'GANTRY'],
        ...['127.0.0.1', String(bridge.dicomPort), file],
      ]);
    const wrong = await send('wrong');
    expect(wrong.code).not.toBe(0);
    expect(wrong.output).toContain('Rejected Permanent');
    // One place for the host: three senders at a time have it one after another.
    const right = await Promise.all([send('right'), send('right'), send('right')]);
    expect(right.map(({ code, output }) => [code, output])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
  } finally {
    await bridge.stop();
    await rm(folder, { recursive: true });
  }
});
