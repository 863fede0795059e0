// node tools/run.js tools/bench/read-headers.ts [FOLDER]: reads all data sets of a folder up to the pixel data, beside
// dicom-parser and dcmjs in the same process, and dcmdump and pydicom (where they are) as programs over the same files.
import dcmjs from 'dcmjs';
import dicomParser from 'dicom-parser';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ctSeries } from '../../bridge/src/samples/phantom/ct-series.ts';
import { bufferSource } from '../../shared/dicom/byte-source.ts';
import { readInstance } from '../../shared/dicom/read-instance.ts';

const ROUNDS = 3;
const PIXEL_DATA = 0x7fe00010;
const MAX_FILE_BYTES = 5_000_000;
dcmjs.log.setLevel('silent');

const made = mkdtempSync(join(tmpdir(), 'gantry-bench-'));
const given = process.argv[2];
if (given === undefined) {
  for (const { fileName, bytes } of ctSeries({ slices: 300, size: 64 })) {
    writeFileSync(join(made, fileName.replaceAll('/', '_')), bytes);
  }
}
const folder = given ?? made;
const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map((name) => join(folder, name))
  .filter((path) => statSync(path).isFile() && statSync(path).size < MAX_FILE_BYTES);
const contents = paths.map((path) => new Uint8Array(readFileSync(path)));

/** Milliseconds a file, of those that the reader can read, and how many these are. */
async function measure(read: (bytes: Uint8Array<ArrayBuffer>) => unknown) {
  let done = 0;
  const started = performance.now();
  for (const bytes of contents) {
    try {
      await read(bytes);
      done++;
    } catch {
      // Another reader may stumble where we don't: it is counted, and not held against its speed.
    }
  }
  return { ms: (performance.now() - started) / contents.length, done };
}

const READERS: Readonly<Record<string, (bytes: Uint8Array<ArrayBuffer>) => unknown>> = {
  Gantry: (bytes) => readInstance(bufferSource(bytes), { stopBefore: PIXEL_DATA }),
  'dicom-parser': (bytes) => dicomParser.parseDicom(bytes, { untilTag: 'x7fe00010' }),
  dcmjs: (bytes) =>
    dcmjs.data.DicomMessage.readFile(bytes.buffer, {
      untilTag: '7FE00010',
      includeUntilTagValue: false,
    }),
};

const PYDICOM =
  'import sys, pydicom\nfor path in sys.argv[1:]:\n  try: pydicom.dcmread(path, stop_before_pixels=True).walk(lambda d, e: None)\n  except Exception: pass';
const PROGRAMS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  dcmdump: ['dcmdump', '-q', '+P', '0008,0018'],
  pydicom: ['python3', '-c', PYDICOM],
};

for (let round = 1; round <= ROUNDS; round++) {
  const figures: string[] = [];
  let own = 0;
  for (const [name, read] of Object.entries(READERS)) {
    const { ms, done } = await measure(read);
    if (name === 'Gantry') own = ms;
    figures.push(`${name} ${ms.toFixed(3)} ms (${(ms / own).toFixed(2)} ×, read ${done})`);
  }
  for (const [name, [program, ...options]] of Object.entries(PROGRAMS)) {
    const started = performance.now();
    const run = spawnSync(program, [...options, ...paths], { stdio: 'ignore' });
    const ms = (performance.now() - started) / paths.length;
    // dcmdump ends with 1 where one of the files is none.
    const isThere = run.error === undefined && (run.status === 0 || name === 'dcmdump');
    figures.push(isThere ? `${name} ${ms.toFixed(3)} ms with its start` : `${name} is not here`);
  }
  process.stdout.write(`${paths.length} files: ${figures.join(', ')}\n`);
}
rmSync(made, { recursive: true });
