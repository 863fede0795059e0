import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { saveToZip, type OutputFile } from './save-out.ts';

it('a ZIP holds what was given, under its names, and any other program opens it', async () => {
  const chunks: Uint8Array[] = [];
  const target = new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk) });
  const large = new Uint8Array(300_000).map((_, i) => i % 251);
  async function* files(): AsyncGenerator<OutputFile> {
    await Promise.resolve();
    yield { name: 'S-001/2.25.1/2.25.2.dcm', content: new Blob(['one']) };
    yield { name: 'S-002/2.25.3/2.25.4.dcm', content: new Blob([large]) };
  }
  await saveToZip(target, files());
  const entries = unzipSync(new Uint8Array(Buffer.concat(chunks)));
  expect(Object.keys(entries)).toEqual(['S-001/2.25.1/2.25.2.dcm', 'S-002/2.25.3/2.25.4.dcm']);
  expect(Buffer.from(entries['S-001/2.25.1/2.25.2.dcm'] ?? []).toString()).toBe('one');
  expect(entries['S-002/2.25.3/2.25.4.dcm']).toEqual(large);
});
