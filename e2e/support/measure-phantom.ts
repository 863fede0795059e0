import type { Page } from '@playwright/test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePart10, type Fields } from '../../shared/dicom/encode.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../shared/dicom/uids.ts';
import { dropOn, imported } from './drop.ts';
import type { Journey } from './journey.ts';

const ROWS = 96;
const COLUMNS = 128;

/** Where white crosses stand, by column and row of their middle pixel. */
const MARKERS = [
  [24, 16],
  [104, 16],
  [24, 76],
  [104, 76],
] as const;

/** A block of noise-free tissue between them. */
const BLOCK = { left: 48, top: 32, right: 80, bottom: 60, hounsfield: 100 };

const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2';
const WHITE = 3000;
const INTERCEPT = -1024;

/** Stored values: crosses of five pixels, a block, and air as 0 HU around them. */
function stored(): number[] {
  const values = Array.from({ length: ROWS * COLUMNS }, () => -INTERCEPT);
  for (let row = BLOCK.top; row < BLOCK.bottom; row++) {
    for (let column = BLOCK.left; column < BLOCK.right; column++) {
      values[row * COLUMNS + column] = BLOCK.hounsfield - INTERCEPT;
    }
  }
  for (const [column, row] of MARKERS) {
    for (const at of [0, -1, 1, -COLUMNS, COLUMNS]) values[row * COLUMNS + column + at] = WHITE;
  }
  return values;
}

/** A CT slice, oblique, of pixels three times as high as wide; attributes as they are wanted. */
function measurePhantom(number: number, over: Fields = {}): Uint8Array {
  const sopInstanceUid = `1.2.826.0.1.3680043.10.77.${number}`;
  const meta = {
    sopClassUid: CT_IMAGE_STORAGE,
    sopInstanceUid,
    transferSyntaxUid: ExplicitVrLittleEndian.uid,
  };
  const fields: Fields = {
    [Tag.SOPClassUID]: CT_IMAGE_STORAGE,
    [Tag.SOPInstanceUID]: sopInstanceUid,
    [Tag.StudyInstanceUID]: '1.2.826.0.1.3680043.10.78',
    [Tag.SeriesInstanceUID]: '1.2.826.0.1.3680043.10.79',
    [Tag.Modality]: 'CT',
    [Tag.PatientName]: 'PHANTOM^GEOMETRY',
    [Tag.PatientID]: 'MEASURE-1',
    [Tag.SeriesNumber]: '3',
    [Tag.SeriesDescription]: 'Known sizes',
    [Tag.InstanceNumber]: String(number),
    // Turned by 30 degrees around the patient's long axis.
    [Tag.ImageOrientationPatient]: ['0.866025', '0.5', '0', '0', '0', '-1'],
    [Tag.ImagePositionPatient]: [
      (-10 - number * 2.5).toFixed(2),
      (number * 4.33013).toFixed(4),
      '40',
    ],
    [Tag.PixelSpacing]: ['1.5', '0.5'],
    [Tag.SamplesPerPixel]: 1,
    [Tag.PhotometricInterpretation]: 'MONOCHROME2',
    [Tag.Rows]: ROWS,
    [Tag.Columns]: COLUMNS,
    [Tag.BitsAllocated]: 16,
    [Tag.BitsStored]: 12,
    [Tag.HighBit]: 11,
    [Tag.PixelRepresentation]: 0,
    [Tag.RescaleSlope]: '1',
    [Tag.RescaleIntercept]: String(INTERCEPT),
    [Tag.WindowCenter]: '400',
    [Tag.WindowWidth]: '1200',
    [Tag.PixelData]: { vr: 'OW', value: stored() },
    ...over,
  };
  return encodePart10(meta, fields, ExplicitVrLittleEndian);
}

/** Puts so many slices into the journey's folder. */
export async function writeSlices(
  { folder }: Journey,
  count: number,
  over: Fields = {},
): Promise<void> {
  for (let number = 1; number <= count; number++) {
    await writeFile(join(folder, `IM${number}`), measurePhantom(number, over));
  }
}

/** Drops so many slices, and opens them. */
export async function openPhantoms(
  page: Page,
  journey: Journey,
  count: number,
  over: Fields = {},
): Promise<void> {
  await writeSlices(journey, count, over);
  await journey.open(await journey.startBridge());
  await reopen(page, journey);
}

/** Drops the journey's folder again, as after a reload, and opens its study. */
export async function reopen(page: Page, journey: Journey): Promise<void> {
  await dropOn(page, journey.folder);
  await imported(page);
  await page.locator('[data-study-row]').first().dblclick();
  await page.locator('[data-testid=viewport][data-status=shown]').waitFor();
}

/** Where the white crosses are seen: page coordinates, row by row. Found in the picture itself. */
export async function seenMarkers(page: Page): Promise<{ x: number; y: number }[]> {
  const canvas = page.getByTestId('viewport').first().locator('canvas').first();
  return canvas.evaluate((element) => {
    const source = element as HTMLCanvasElement;
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [source.width, source.height];
    const context = copy.getContext('2d');
    if (!context) throw new Error('No canvas.');
    context.drawImage(source, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    const blobs: { x: number; y: number; count: number }[] = [];
    for (let i = 0; i < data.length; i += 4) {
      if ((data[i] ?? 0) < 230) continue;
      const [x, y] = [(i / 4) % copy.width, Math.floor(i / 4 / copy.width)];
      const near = blobs.find(
        (blob) => Math.hypot(blob.x / blob.count - x, blob.y / blob.count - y) < 40,
      );
      if (near) {
        near.x += x;
        near.y += y;
        near.count++;
      } else blobs.push({ x, y, count: 1 });
    }
    const bounds = source.getBoundingClientRect();
    const scale = bounds.width / source.width;
    return blobs
      .map(({ x, y, count }) => ({
        x: bounds.left + (x / count + 0.5) * scale,
        y: bounds.top + (y / count + 0.5) * scale,
      }))
      .sort((a, b) => (Math.abs(a.y - b.y) > 20 ? a.y - b.y : a.x - b.x));
  });
}
