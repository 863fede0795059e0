import { describe, expect, it } from 'vitest';
import { nodeCodecs } from '../../../bridge/src/conversion/node-codecs.ts';
import { randomNumbers } from '../../../bridge/src/samples/phantom/deterministic.ts';
import { ctSeries } from '../../../bridge/src/samples/phantom/ct-series.ts';
import { ultrasoundClip } from '../../../bridge/src/samples/phantom/ultrasound-clip.ts';
import { bytesOf, corpusFiles } from '../../../shared/dicom/testing/corpus.ts';
import { hasPixels } from '../../../shared/pixels/image-description.ts';
import { decodeFrame } from '../../../shared/pixels/decode-frame.ts';
import { readDisplayAttributes } from '../../../shared/pixels/display-attributes.ts';
import { readFrame } from '../../../shared/pixels/frames.ts';
import { describeImage } from '../../../shared/pixels/image-description.ts';
import { findText, type GreyPicture } from './find-text.ts';
import { greysOf, SURE_LETTERS } from './search-text.ts';
import { drawText, type Font } from './testing/lettering.ts';
import { read } from './testing/run.ts';

const isLong = Boolean(process.env['GANTRY_TEST_LONG']);
const codecs = nodeCodecs();

const TEXTS = [
  'DOE^JANE',
  'ID: 4711-0815',
  '12/03/1957 F',
  'ST. MARY HOSPITAL',
  'M 063Y',
  'PHANTOM, ANNA',
  '10:42:07',
];
const FONTS: readonly Font[] = ['dots', 'bold', 'smooth'];
const HEIGHTS = [8, 9, 11, 14, 18, 24, 32, 48];

const picture = (
  rows: number,
  columns: number,
  at: (x: number, y: number) => number,
): GreyPicture => ({
  rows,
  columns,
  values: Uint8Array.from({ length: rows * columns }, (_, i) =>
    Math.min(255, Math.max(0, at(i % columns, Math.floor(i / columns)))),
  ),
});

const random = randomNumbers(7);
const normal = () => (random() + random() + random() + random() - 2) * Math.sqrt(3);

/** Backgrounds, and the standard deviation of what is noise in them. */
const BACKGROUNDS: Readonly<Record<string, () => GreyPicture>> = {
  black: () => picture(240, 320, () => 0),
  slope: () => picture(240, 320, (x, y) => 20 + x / 3 + y / 3),
  'X-ray': () =>
    picture(240, 320, (x, y) => 120 + 60 * Math.sin(x / 40) * Math.cos(y / 60) + 6 * normal()),
  speckle: () =>
    picture(240, 320, (x, y) => {
      const isIn = Math.abs(Math.atan2(x - 160, y)) < 0.7 && Math.hypot(x - 160, y) < 230;
      return isIn ? 70 * (0.4 + 0.6 * random()) + 15 * Math.sin(x / 11) : 0;
    }),
};

/** The mean and spread of a background under a text. */
function under(of: GreyPicture, column: number, row: number, columns: number, rows: number) {
  let [sum, squares, count] = [0, 0, 0];
  for (let y = row; y < Math.min(of.rows, row + rows); y++) {
    for (let x = column; x < Math.min(of.columns, column + columns); x++) {
      const value = of.values[y * of.columns + x] ?? 0;
      sum += value;
      squares += value * value;
      count++;
    }
  }
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

/** Draws a text of reasonable contrast somewhere; undefined where there is no such contrast. */
function trial(background: GreyPicture, number: number) {
  const text = TEXTS[number % TEXTS.length] ?? '';
  const font = FONTS[number % FONTS.length] ?? 'dots';
  const height = HEIGHTS[Math.floor(random() * HEIGHTS.length)] ?? 8;
  const width = Math.ceil((text.length * 6 * height) / 7);
  if (width + 4 > background.columns || height + 4 > background.rows) return undefined;
  const column = Math.floor(random() * (background.columns - width));
  const row = Math.floor(random() * (background.rows - height));
  const { mean, deviation } = under(background, column, row, width, height);
  const contrast = 64 + random() * 190;
  const value = Math.round(random() < 0.75 ? mean + contrast : mean - contrast);
  if (value < 0 || value > 255 || Math.abs(value - mean) < 4 * deviation) return undefined;
  const drawn = { ...background, values: background.values.slice() };
  drawText(drawn, text, { font, height, column, row, value });
  // Nine tenths of the text's place, or a letter stays to be read.
  const inside = new Uint8Array(width * height);
  const boxes = findText(drawn);
  for (const box of boxes) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [px, py] = [column + x, row + y];
        const isIn =
          px >= box.column &&
          px < box.column + box.columns &&
          py >= box.row &&
          py < box.row + box.rows;
        if (isIn) inside[y * width + x] = 1;
      }
    }
  }
  const covered = inside.reduce((sum, is) => sum + is, 0) / inside.length;
  const isSure = boxes.some((box) => box.letters >= SURE_LETTERS);
  return {
    isFound: covered > 0,
    isSure,
    isCovered: covered > 0.9,
    what: `${font} ${height} ${Math.round(value - mean)} sd ${deviation.toFixed(0)} ${text}`,
  };
}

describe('Text in a picture', () => {
  it(
    'is found on backgrounds of every kind, from eight pixels of height on',
    { timeout: 600_000 },
    () => {
      const perKind = isLong ? 300 : 40;
      let [all, found, whole] = [0, 0, 0];
      for (const [name, make] of Object.entries(BACKGROUNDS)) {
        const background = make();
        let [tried, hits, covered] = [0, 0, 0];
        const missed: string[] = [];
        for (let number = 0; tried < perKind && number < 20 * perKind; number++) {
          const result = trial(background, number);
          if (!result) continue;
          tried++;
          if (result.isFound) hits++;
          else missed.push(result.what);
          if (result.isCovered) covered++;
        }
        all += tried;
        found += hits;
        whole += covered;
        const falseAlarms = findText(background).length;
        process.stdout.write(
          `${name}: ${hits} of ${tried} texts found, ${covered} whole; ${falseAlarms} false alarms. ${missed.slice(0, 8).join('; ')}\n`,
        );
      }
      expect(found / all).toBeGreaterThanOrEqual(0.99);
      expect(whole / all).toBeGreaterThanOrEqual(0.99);
    },
  );

  it(
    'is found over real pictures, and in few of those that have none',
    { timeout: 900_000 },
    async () => {
      let [tried, hits, covered, certain, alarms, pictures] = [0, 0, 0, 0, 0, 0];
      const missed: string[] = [];
      const noisy: string[] = [];
      let milliseconds = 0;
      let alarms6 = 0;
      const files = [
        ...corpusFiles().filter(({ size }) => size > 30_000 && (isLong || size < 600_000)),
      ];
      const sources: [string, Uint8Array<ArrayBuffer>][] = [
        ['phantom CT', [...ctSeries({ slices: 1 })][0]?.bytes ?? new Uint8Array()],
        ['phantom US', ultrasoundClip({ frames: 1 }).bytes],
        ...files.map((file) => [file.name, bytesOf(file)] as [string, Uint8Array<ArrayBuffer>]),
      ];
      for (const [name, bytes] of sources) {
        const instance = await read(bytes).catch(() => undefined);
        if (!instance || !hasPixels(instance)) continue;
        let greys: GreyPicture[];
        try {
          const image = describeImage(instance);
          const display = await readDisplayAttributes(instance, image, 0);
          const frame = await decodeFrame(await readFrame(instance, image, 0), image, codecs);
          greys = greysOf(frame, image, display);
        } catch {
          continue;
        }
        const whole = greys[0];
        if (!whole || whole.rows < 64 || whole.columns < 64 || whole.rows > 2100) continue;
        pictures++;
        const start = performance.now();
        const lines = greys.flatMap((grey) => findText(grey));
        const before = lines.length;
        const sure = Math.max(0, ...lines.map(({ letters }) => letters));
        if (sure >= SURE_LETTERS) alarms6++;
        milliseconds += performance.now() - start;
        if (before > 0) {
          alarms++;
          noisy.push(`${name.split('/').at(-1) ?? ''} ${before}/${sure}`);
        }
        const most = isLong ? 6 : 2;
        for (let number = 0, done = 0; done < most && number < 40; number++) {
          const result = trial(whole, number + pictures);
          if (!result) continue;
          done++;
          tried++;
          if (result.isFound) hits++;
          else missed.push(`${name.split('/').at(-1) ?? ''}: ${result.what}`);
          if (result.isCovered) covered++;
          if (result.isSure) certain++;
        }
      }
      process.stdout.write(
        `Real pictures: ${hits} of ${tried} drawn texts found, ${covered} whole, ${certain} for sure; text in ${alarms} of ${pictures} as they are (${noisy.join(', ')}); ${(milliseconds / pictures).toFixed(0)} ms each; ${alarms6} sure.\nMissed: ${missed.slice(0, 20).join('; ')}\n`,
      );
      expect(hits / tried).toBeGreaterThanOrEqual(0.99);
      expect(covered / tried).toBeGreaterThanOrEqual(0.99);
    },
  );
});
