// For tests: a DICOM file (PS3.10 section 7.1) cut into what an association needs of it.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Instance {
  readonly name: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly dataset: Uint8Array;
}

const PREAMBLE_LENGTH = 128;
const LONG_FORM = new Set(['OB', 'OW', 'UN', 'SQ', 'UT']);
const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '../../../..');

/** @returns undefined when the bytes are not a Part 10 file */
export function readPart10(name: string, file: Uint8Array): Instance | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.toString('latin1', PREAMBLE_LENGTH, PREAMBLE_LENGTH + 4) !== 'DICM') return undefined;
  const meta = new Map<number, string>();
  let at = PREAMBLE_LENGTH + 4;
  while (at + 8 <= bytes.length && bytes.readUInt16LE(at) === 0x0002) {
    const element = bytes.readUInt16LE(at + 2);
    const isLong = LONG_FORM.has(bytes.toString('latin1', at + 4, at + 6));
    const length = isLong ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6);
    at += isLong ? 12 : 8;
    meta.set(element, bytes.toString('latin1', at, at + length).replace(/[\0 ]+$/, ''));
    at += length;
  }
  const [sopClassUid, sopInstanceUid, transferSyntaxUid] = [0x02, 0x03, 0x10].map((element) =>
    meta.get(element),
  );
  if (!sopClassUid || !sopInstanceUid || !transferSyntaxUid) return undefined;
  return { name, sopClassUid, sopInstanceUid, transferSyntaxUid, dataset: file.subarray(at) };
}

/** Real files where the folder `../shared/data` (or GANTRY_TEST_DATA) is there, else data sets made here. */
export function testInstances(): readonly Instance[] {
  const folder = process.env['GANTRY_TEST_DATA'] ?? join(projectRoot, '../shared/data');
  const real = filesBelow(join(folder, 'dicom'))
    .map((path) => readPart10(path, readFileSync(path)))
    .filter((instance) => instance !== undefined && instance.dataset.length % 2 === 0);
  const unique = new Map(real.map((instance) => [instance?.sopInstanceUid, instance]));
  const found = [...unique.values()].filter((instance) => instance !== undefined);
  if (found.length > 0) return found;
  // eslint-disable-next-line no-console -- whoever reads the test's result must know what it stands on
  console.log(`No files in ${folder}: storing data sets made by the test instead.`);
  return [0, 2, 1000, 70_000, 500_000].map((size, index) => madeInstance(index + 1, size));
}

/** CT Image Storage in Explicit VR Little Endian: the UIDs that every instance has, and Pixel Data of `size` bytes (even). */
export function madeInstance(number: number, size: number): Instance {
  const sopClassUid = '1.2.840.10008.5.1.4.1.1.2';
  const sopInstanceUid = `2.25.${1_000_000 + number}`;
  const pixels = new Uint8Array(size).map((_, index) => index & 0xff);
  const dataset = Buffer.concat([
    shortElement(0x0008, 0x0016, 'UI', sopClassUid),
    shortElement(0x0008, 0x0018, 'UI', sopInstanceUid),
    shortElement(0x0020, 0x000d, 'UI', '2.25.1'),
    shortElement(0x0020, 0x000e, 'UI', '2.25.2'),
    longElement(0x7fe0, 0x0010, 'OB', pixels),
  ]);
  const transferSyntaxUid = '1.2.840.10008.1.2.1';
  return { name: `made ${number}`, sopClassUid, sopInstanceUid, transferSyntaxUid, dataset };
}

function shortElement(group: number, element: number, vr: string, value: string): Buffer {
  const text = value.length % 2 === 0 ? value : `${value}\0`;
  const header = Buffer.alloc(8);
  header.writeUInt16LE(group, 0);
  header.writeUInt16LE(element, 2);
  header.write(vr, 4, 'latin1');
  header.writeUInt16LE(text.length, 6);
  return Buffer.concat([header, Buffer.from(text, 'latin1')]);
}

function longElement(group: number, element: number, vr: string, value: Uint8Array): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16LE(group, 0);
  header.writeUInt16LE(element, 2);
  header.write(vr, 4, 'latin1');
  header.writeUInt32LE(value.length, 8);
  return Buffer.concat([header, value]);
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
      .sort();
  } catch {
    return [];
  }
}
