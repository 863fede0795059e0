import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { openIndexDatabase } from './index-database.ts';
import { readHeader } from './instance-file.ts';
import { InstanceIndex, type IndexEntry } from './instance-index.ts';
import { PendingRows } from './pending-rows.ts';
import { madeFile, madeInstance, temporaryFolder } from './testing/made-instance.ts';

let database: ReturnType<typeof openIndexDatabase>;
let index: InstanceIndex;
beforeEach(async () => {
  database = openIndexDatabase(join(await temporaryFolder(), 'index.sqlite'));
  index = new InstanceIndex(database);
});
afterEach(() => database.close());

async function entry(receivedMs: number, size = 100): Promise<IndexEntry> {
  const file = new Uint8Array(madeFile(madeInstance({ instance: '1.2.3.4' })));
  const header = await readHeader(bufferSource(file));
  if ('kind' in header) throw new Error(header.kind);
  return { ...header, path: `stored/0/${receivedMs}`, size, receivedMs, origin: 'archive' };
}

describe('rows that wait', () => {
  it('are found by their UID and counted before they are written', async () => {
    const pending = new PendingRows(index, () => undefined);
    pending.add({ entry: await entry(1), replaces: undefined });
    expect(index.find('1.2.3.4')).toBeUndefined();
    const found = pending.find('1.2.3.4');
    expect(found).toMatchObject({ path: 'stored/0/1', StudyInstanceUID: '1.2.3' });
    expect(pending.totalBytes('archive')).toBe(100);
    pending.add({ entry: await entry(2, 150), replaces: found });
    expect(pending.totalBytes('archive')).toBe(150);
    pending.flush();
    expect(index.find('1.2.3.4')).toMatchObject({ path: 'stored/0/2' });
    expect(index.doomed()).toEqual(['stored/0/1']);
    expect(pending.totalBytes('archive')).toBe(150);
  });

  it('are written after a moment, unasked', async () => {
    const flushed = Promise.withResolvers<undefined>();
    const pending = new PendingRows(index, () => flushed.resolve(undefined));
    pending.add({ entry: await entry(1), replaces: undefined });
    await flushed.promise;
    expect(index.find('1.2.3.4')).toBeDefined();
  });

  it('that can not be written are kept, and nothing more is taken until they are', async () => {
    const pending = new PendingRows(index, () => undefined);
    pending.add({ entry: await entry(1), replaces: undefined });
    pending.makeRoom();
    database.exec('ALTER TABLE instances RENAME TO away');
    expect(() => pending.flush()).toThrow();
    expect(() => pending.makeRoom()).toThrow();
    expect(pending.find('1.2.3.4')).toBeDefined();
    database.exec('ALTER TABLE away RENAME TO instances');
    pending.makeRoom();
    expect(index.find('1.2.3.4')).toBeDefined();
  });
});
