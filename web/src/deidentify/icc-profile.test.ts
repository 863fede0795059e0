import { describe, expect, it } from 'vitest';
import { bytesOf, corpusFiles } from '../../../shared/dicom/testing/corpus.ts';
import { encodeElement } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { cleanIccProfile } from './icc-profile.ts';
import { Canaries } from './testing/canaries.ts';
import { instanceFile } from './testing/instance.ts';
import { read, sendReady } from './testing/run.ts';

/** A profile of one curve and three texts. */
function profile(canaries: Canaries): Uint8Array<ArrayBuffer> {
  const tags = [
    ['rTRC', 'curv\0\0\0\0\0\0\0\0'],
    ['cprt', `text\0\0\0\0${canaries.text()}\0\0\0\0`],
    ['desc', `desc\0\0\0\0\0\0\0\x09${canaries.text()}\0\0\0\0`],
    ['XYZW', `data\0\0\0\0${canaries.text()}`],
  ] as const;
  const start = 128 + 4 + tags.length * 12;
  const content = Buffer.from(tags.map(([, value]) => value).join(''), 'latin1');
  const bytes = Buffer.alloc(start + content.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.write('acsp', 36);
  bytes.write(canaries.text(), 80);
  bytes.writeUInt32BE(tags.length, 128);
  let at = start;
  tags.forEach(([name, value], i) => {
    bytes.write(name, 132 + i * 12);
    bytes.writeUInt32BE(at, 136 + i * 12);
    bytes.writeUInt32BE(value.length, 140 + i * 12);
    at += value.length;
  });
  content.copy(bytes, start);
  return new Uint8Array(bytes);
}

const withProfile = (icc: Uint8Array<ArrayBuffer>) =>
  instanceFile({ elements: [encodeElement(Tag.ICCProfile, 'OB', icc, ExplicitVrLittleEndian)] });

describe('An ICC profile', () => {
  it('keeps its curves and loses its words', async () => {
    const canaries = new Canaries();
    const icc = profile(canaries);
    const { dataset } = await sendReady(withProfile(icc));
    expect(canaries.foundIn(dataset)).toEqual([]);
    expect(Buffer.from(dataset).includes('curv')).toBe(true);
    const once = cleanIccProfile(icc);
    expect(once && cleanIccProfile(once)).toEqual(once);
  });

  it('that is none goes', async () => {
    const canaries = new Canaries();
    const { dataset } = await sendReady(
      withProfile(new Uint8Array(Buffer.from(canaries.text().padEnd(300)))),
    );
    expect(canaries.foundIn(dataset)).toEqual([]);
  });

  it.skipIf(corpusFiles().length === 0)('of real files can be cleaned', async () => {
    let count = 0;
    for (const file of corpusFiles()) {
      const found = await read(bytesOf(file)).catch(() => undefined);
      const icc = found?.dataset.bytes(Tag.ICCProfile);
      if (!icc) continue;
      expect(cleanIccProfile(icc), file.name).toBeDefined();
      count++;
    }
    process.stdout.write(`${count} ICC profiles\n`);
  });
});
