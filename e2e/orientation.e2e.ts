// The letters at the edges name the directions in which the picture lies, however it was taken, turned and mirrored: held
// against what is seen, by a picture of which one corner is white and one beside it grey.
import { expect, type Page } from '@playwright/test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePart10 } from '../shared/dicom/encode.ts';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../shared/dicom/uids.ts';
import { dropOn, imported } from './support/drop.ts';
import { test } from './support/journey.ts';

const SIDE = 64;

/** Where each edge lies in the patient; the letters of PS3.3 section C.7.6.1.1.1. */
interface Edges {
  readonly west: string;
  readonly east: string;
  readonly north: string;
  readonly south: string;
}

const PLANES: readonly { name: string; cosines: string[]; edges: Edges }[] = [
  {
    name: 'axial',
    cosines: ['1', '0', '0', '0', '1', '0'],
    edges: { west: 'R', east: 'L', north: 'A', south: 'P' },
  },
  {
    name: 'axial, prone',
    cosines: ['-1', '0', '0', '0', '-1', '0'],
    edges: { west: 'L', east: 'R', north: 'P', south: 'A' },
  },
  {
    name: 'coronal',
    cosines: ['1', '0', '0', '0', '0', '-1'],
    edges: { west: 'R', east: 'L', north: 'H', south: 'F' },
  },
  {
    name: 'sagittal',
    cosines: ['0', '1', '0', '0', '0', '-1'],
    edges: { west: 'A', east: 'P', north: 'H', south: 'F' },
  },
  {
    name: 'oblique',
    cosines: ['0.8', '0.6', '0', '0', '0', '-1'],
    edges: { west: 'RA', east: 'LP', north: 'H', south: 'F' },
  },
];

/** A slice whose first pixels are white, and whose last ones of the first rows are grey. */
function slice(cosines: readonly string[], number: number): Uint8Array {
  const pixels = new Uint8Array(SIDE * SIDE);
  for (let i = 0; i < pixels.length; i++) {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    if (y < SIDE / 2) pixels[i] = x < SIDE / 2 ? 250 : 120;
  }
  const uid = (part: string) => `1.2.826.0.1.3680043.10.9.40.${part}`;
  const sopClassUid = '1.2.840.10008.5.1.4.1.1.2';
  const sopInstanceUid = uid(`1.${number}`);
  return encodePart10(
    { sopClassUid, sopInstanceUid, transferSyntaxUid: ExplicitVrLittleEndian.uid },
    {
      [Tag.SOPClassUID]: sopClassUid,
      [Tag.SOPInstanceUID]: sopInstanceUid,
      [Tag.StudyInstanceUID]: uid('2'),
      [Tag.SeriesInstanceUID]: uid(`3.${number}`),
      [Tag.SeriesNumber]: String(number),
      [Tag.FrameOfReferenceUID]: uid('4'),
      [Tag.Modality]: 'CT',
      [Tag.PatientID]: 'TURNED',
      [Tag.PatientName]: 'Turned',
      [Tag.ImageOrientationPatient]: [...cosines],
      [Tag.ImagePositionPatient]: ['0', '0', '0'],
      [Tag.PixelSpacing]: ['1', '1'],
      [Tag.SamplesPerPixel]: 1,
      [Tag.PhotometricInterpretation]: 'MONOCHROME2',
      [Tag.Rows]: SIDE,
      [Tag.Columns]: SIDE,
      [Tag.BitsAllocated]: 8,
      [Tag.BitsStored]: 8,
      [Tag.HighBit]: 7,
      [Tag.PixelRepresentation]: 0,
      [Tag.WindowCenter]: '128',
      [Tag.WindowWidth]: '256',
      [Tag.PixelData]: { vr: 'OB', value: pixels },
    },
    ExplicitVrLittleEndian,
  );
}

/** The four quarters as the eye has them: what is white, grey and black, from the upper left, row by row. */
type Quarters = readonly [string, string, string, string];

const quartersOf = (page: Page): Promise<string[]> =>
  page
    .locator('[data-testid=viewport] .picture canvas')
    .first()
    .evaluate((element) => {
      const source = element as HTMLCanvasElement; // a canvas by the selector
      const copy = document.createElement('canvas');
      [copy.width, copy.height] = [source.width, source.height];
      const context = copy.getContext('2d');
      if (!context) throw new Error('No canvas.');
      context.drawImage(source, 0, 0);
      const off = copy.height / 5;
      return [
        [-off, -off],
        [off, -off],
        [-off, off],
        [off, off],
      ].map(([x = 0, y = 0]) => {
        const at = context.getImageData(copy.width / 2 + x, copy.height / 2 + y, 1, 1).data[0] ?? 0;
        return at > 200 ? 'white' : at > 60 ? 'grey' : 'black';
      });
    });

const clockwise = ({ west, north, east, south }: Edges): Edges => ({
  north: west,
  east: north,
  south: east,
  west: south,
});
const turnedQuarters = ([a, b, c, d]: Quarters): Quarters => [c, a, d, b];

const KEYS: readonly {
  key: string;
  edges: (edges: Edges) => Edges;
  quarters: (quarters: Quarters) => Quarters;
}[] = [
  ...Array.from({ length: 3 }, () => ({
    key: 'r',
    edges: clockwise,
    quarters: turnedQuarters,
  })),
  {
    key: 'h',
    edges: (edges) => ({ ...edges, west: edges.east, east: edges.west }),
    quarters: ([a, b, c, d]) => [b, a, d, c],
  },
  ...Array.from({ length: 3 }, () => ({
    key: 'r',
    edges: clockwise,
    quarters: turnedQuarters,
  })),
  {
    key: 'v',
    edges: (edges) => ({ ...edges, north: edges.south, south: edges.north }),
    quarters: ([a, b, c, d]) => [c, d, a, b],
  },
];

for (const drawing of ['webgl', 'processor'] as const) {
  test(`letters are right for all axes, turns and mirrorings, drawn by ${drawing}`, async ({
    page,
    journey,
  }) => {
    for (const [i, { cosines }] of PLANES.entries()) {
      await writeFile(join(journey.folder, `${i}.dcm`), slice(cosines, i + 1));
    }
    await page.addInitScript((choice) => localStorage.setItem('gantry-drawing', choice), drawing);
    await journey.open(await journey.startBridge());
    await dropOn(page, journey.folder);
    await imported(page);
    await page.locator('[data-study-row]').dblclick();
    await page.getByLabel('Layout').selectOption('1 × 1');
    await page.evaluate(
      () => document.activeElement instanceof HTMLElement && document.activeElement.blur(),
    );
    const viewport = page.getByTestId('viewport');
    for (const plane of PLANES) {
      await expect(viewport).toHaveAttribute('data-status', 'shown');
      let { edges } = plane;
      let quarters: Quarters = ['white', 'grey', 'black', 'black'];
      const check = async (words: string) => {
        for (const [edge, letters] of Object.entries(edges)) {
          await expect(viewport.locator(`.${edge}`), `${plane.name} ${words}`).toHaveText(
            String(letters),
          );
        }
        await expect.poll(() => quartersOf(page), `${plane.name} ${words}`).toEqual([...quarters]);
      };
      await check('as it is');
      let pressed = '';
      for (const step of KEYS) {
        await page.keyboard.press(step.key);
        pressed += step.key;
        edges = step.edges(edges);
        quarters = step.quarters(quarters);
        await check(`after ${pressed}`);
      }
      await page.keyboard.press('PageDown');
    }
  });
}
