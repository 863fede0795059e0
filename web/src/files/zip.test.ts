import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { unpackZip } from './zip.ts';

const archive = (bytes: Uint8Array<ArrayBuffer>) => new File([bytes], 'a.zip', { lastModified: 5 });

async function entries(file: File) {
  const seen: [string, string][] = [];
  for await (const entry of unpackZip(file, 'a.zip')) {
    if (entry.kind === 'unreadable') seen.push([entry.source.path, entry.source.reason]);
    else seen.push([entry.file.path, await (await entry.file.open()).text()]);
  }
  return seen;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('a ZIP', () => {
  it('gives its files with the archive in their path', async () => {
    const zip = zipSync({ 'x/1': bytesOf('one'), 'x/2': [bytesOf('two'), { level: 0 }] });
    expect(await entries(archive(zip))).toEqual([
      ['a.zip/x/1', 'one'],
      ['a.zip/x/2', 'two'],
    ]);
  });

  it('leaves out folders and what an operating system adds', async () => {
    const zip = zipSync({ 'd/': new Uint8Array(), '__MACOSX/._a': bytesOf('x'), a: bytesOf('a') });
    expect(await entries(archive(zip))).toEqual([['a.zip/a', 'a']]);
  });

  it('that is none, or is cut off, is said to be so', async () => {
    const reason = 'It is no ZIP archive, or a damaged one.';
    expect(await entries(archive(bytesOf('no archive')))).toEqual([['a.zip', reason]]);
    const zip = zipSync({ a: bytesOf('a'.repeat(1000)) });
    expect(await entries(archive(zip.slice(0, -10)))).toEqual([['a.zip', reason]]);
  });

  it('whose entry claims more than its bytes can hold is left out', async () => {
    const zip = zipSync({ a: bytesOf('abcdef') });
    // The sizes in the central directory (APPNOTE 4.3.12): uncompressed at offset 24 of the header.
    const at = zip.findIndex((_, i) => zip[i] === 0x50 && zip[i + 1] === 0x4b && zip[i + 2] === 1);
    new DataView(zip.buffer).setUint32(at + 24, 0x7fffffff, true);
    const [[, reason] = []] = await entries(archive(zip));
    expect(reason).toBe('It claims to be larger than its packed bytes can hold.');
  });

  it('with a damaged entry fails when that is opened, not before', async () => {
    const zip = zipSync({ a: [bytesOf('abcdef'), { level: 0 }] });
    const at = zip.findIndex((_, i) => zip[i] === 0x61 && zip[i + 1] === 0x62);
    zip[at] = 0x7a;
    await expect(entries(archive(zip))).rejects.toThrow();
  });
});
