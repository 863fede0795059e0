// node tools/run.js tools/phantom.ts DIR [SEED]: writes sample studies of phantoms: CT, MR, PET/CT, ultrasound and angiography.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { angiogram } from '../bridge/src/samples/phantom/angiogram.ts';
import { ctSeries } from '../bridge/src/samples/phantom/ct-series.ts';
import { mrSeries } from '../bridge/src/samples/phantom/mr-series.ts';
import { petSeries } from '../bridge/src/samples/phantom/pet-series.ts';
import { ultrasoundClip } from '../bridge/src/samples/phantom/ultrasound-clip.ts';

const [folder, seedText = '1'] = process.argv.slice(2);
const seed = Number(seedText);
if (folder === undefined || !Number.isInteger(seed) || seed < 0) {
  console.error('Usage: node tools/run.js tools/phantom.ts DIR [SEED]   (SEED: a whole number)');
  process.exitCode = 2;
} else {
  let count = 0;
  const files = [
    ...ctSeries({ seed }),
    ...mrSeries({ seed: seed + 1 }),
    ultrasoundClip({ seed: seed + 2 }),
    ...ctSeries({ seed: seed + 3 }),
    ...petSeries({ seed: seed + 3 }),
    angiogram({ seed: seed + 4 }),
  ];
  for (const { fileName, bytes } of files) {
    const target = path.join(folder, fileName);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, bytes);
    count += 1;
  }
  console.log(`${count} files written.`);
}
