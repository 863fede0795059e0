// node tools/run.js tools/bench/search-text.ts: a picture searched for text, and the face of a head looked for, beside the
// decoding of the same pictures.
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import { ctSeries } from '../../bridge/src/samples/phantom/ct-series.ts';
import { mrSeries } from '../../bridge/src/samples/phantom/mr-series.ts';
import { ultrasoundClip } from '../../bridge/src/samples/phantom/ultrasound-clip.ts';
import { bufferSource } from '../../shared/dicom/byte-source.ts';
import { readInstance } from '../../shared/dicom/read-instance.ts';
import { decodeFrame } from '../../shared/pixels/decode-frame.ts';
import { readFrame } from '../../shared/pixels/frames.ts';
import { describeImage } from '../../shared/pixels/image-description.ts';
import { searchFace } from '../../web/src/deidentify/face/search-face.ts';
import { searchText } from '../../web/src/deidentify/search-text.ts';

const ROUNDS = 5;
const codecs = nodeCodecs();

/** Milliseconds of the fastest round. */
async function best(work: () => Promise<unknown>): Promise<number> {
  let fastest = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    await work();
    fastest = Math.min(fastest, performance.now() - started);
  }
  return fastest;
}

const pictures = [
  ['ultrasound', ultrasoundClip({ frames: 1 }).bytes],
  ['CT 512 × 512', [...ctSeries({ slices: 1, size: 512 })][0]?.bytes ?? new Uint8Array()],
] as const;

for (const [name, bytes] of pictures) {
  const instance = await readInstance(bufferSource(bytes));
  const image = describeImage(instance);
  const decoding = await best(async () =>
    decodeFrame(await readFrame(instance, image, 0), image, codecs),
  );
  const searching = await best(() => searchText(instance, codecs));
  process.stdout.write(
    `${name}, ${image.columns} × ${image.rows}: decoded in ${decoding.toFixed(1)} ms, searched for text in ${searching.toFixed(1)} ms\n`,
  );
}

const head = [...mrSeries({ slices: 21 })].map(({ bytes }) => bufferSource(bytes));
const face = await best(() => searchFace(head, codecs));
process.stdout.write(
  `MR of a head, ${head.length} slices: face looked for in ${face.toFixed(0)} ms\n`,
);
