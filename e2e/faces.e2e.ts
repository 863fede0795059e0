import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { phantomFile } from '../bridge/src/samples/phantom/phantom-file.ts';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { headAt, type HeadTissue } from '../web/src/deidentify/testing/head-model.ts';
import { seriousFindings } from './support/axe.ts';
import { dropOn, imported } from './support/drop.ts';
import { asPeer, planToSend, settledTransfer, test } from './support/journey.ts';
import { runTool } from './support/peers.ts';

const [SIZE, SLICES, SPACING, GAP] = [96, 64, 2.7, 4];
const CORNER = (-SIZE / 2) * SPACING;

const VALUES: Readonly<Record<HeadTissue, number>> = {
  ...{ air: 24, tube: 1100, skin: 1064, bone: 1900 },
  ...{ brain: 1060, nose: 1050, mouth: 1070 },
};

const place = (slice: number, at: number) =>
  [
    CORNER + (at % SIZE) * SPACING,
    CORNER + Math.floor(at / SIZE) * SPACING,
    -128 + slice * GAP,
  ] as const;

function headSlice(slice: number): Uint8Array<ArrayBuffer> {
  const pixels = new Uint16Array(SIZE * SIZE);
  for (let at = 0; at < pixels.length; at++) pixels[at] = VALUES[headAt(place(slice, at))];
  return phantomFile('', {
    [Tag.SOPClassUID]: '1.2.840.10008.5.1.4.1.1.2',
    [Tag.SOPInstanceUID]: `1.2.826.0.1.3680043.10.4.${slice + 1}`,
    [Tag.StudyInstanceUID]: '1.2.826.0.1.3680043.10.2.4',
    [Tag.SeriesInstanceUID]: '1.2.826.0.1.3680043.10.3.4',
    [Tag.PatientID]: 'HEAD',
    [Tag.PatientName]: 'DOE^JANE',
    [Tag.Modality]: 'CT',
    [Tag.ImageType]: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    [Tag.BodyPartExamined]: 'HEAD',
    [Tag.SeriesDescription]: 'Axial head',
    [Tag.InstanceNumber]: String(slice + 1),
    [Tag.ImagePositionPatient]: place(slice, 0).map((mm) => mm.toFixed(1)),
    [Tag.ImageOrientationPatient]: ['1', '0', '0', '0', '1', '0'],
    [Tag.PixelSpacing]: [String(SPACING), String(SPACING)],
    [Tag.SamplesPerPixel]: 1,
    [Tag.PhotometricInterpretation]: 'MONOCHROME2',
    [Tag.Rows]: SIZE,
    [Tag.Columns]: SIZE,
    [Tag.BitsAllocated]: 16,
    [Tag.BitsStored]: 12,
    [Tag.HighBit]: 11,
    [Tag.PixelRepresentation]: 0,
    [Tag.RescaleIntercept]: '-1024',
    [Tag.RescaleSlope]: '1',
    [Tag.PixelData]: { vr: 'OW', value: new Uint8Array(pixels.buffer) },
  }).bytes;
}

test('the face of a head is shown, removed by keyboard alone, and the brain is sent as it was', async ({
  page,
  journey,
}, testInfo) => {
  const peer = await journey.startPeer();
  for (let slice = 0; slice < SLICES; slice++) {
    await writeFile(join(journey.folder, `${slice}.dcm`), headSlice(slice));
  }
  await journey.open(await journey.startBridge({ peers: [asPeer(peer)] }));
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await expect(page.getByText(/1 series of a head/)).toBeVisible();
  await page.getByRole('button', { name: 'Faces …' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('After')).toBeVisible();
  expect(await seriousFindings(page)).toEqual([]);
  await page.screenshot({ path: testInfo.outputPath('face.png') });
  await page.keyboard.press('PageDown');
  await page.keyboard.press('r');
  await expect(dialog.getByText('The face is removed.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByText('The face is removed from 1 series.')).toBeVisible();
  await page.getByRole('button', { name: `Send ${SLICES}` }).click();
  await expect(await settledTransfer(page)).toHaveAttribute('data-state', 'done');

  const seen = { brain: 0, brainGone: 0, nose: 0, noseGone: 0, elsewhere: 0 };
  const names = await readdir(peer.folder);
  expect(names).toHaveLength(SLICES);
  for (const name of names) {
    const path = join(peer.folder, name);
    const { output } = await runTool('dcmdump', [path]);
    expect(output).toContain('(0028,0302) CS [NO]');
    expect(output).toContain('113102');
    expect(output).not.toMatch(/DOE|113101/);
    const slice = Number(/InstanceNumber|\(0020,0013\) IS \[(\d+)/.exec(output)?.[1]) - 1;
    const file = await readFile(path);
    const sent = new Uint16Array(Uint8Array.from(file.subarray(-2 * SIZE * SIZE)).buffer);
    for (const [at, value] of sent.entries()) {
      const is = headAt(place(slice, at));
      if (is === 'brain' || is === 'nose') {
        seen[is]++;
        if (value !== VALUES[is]) seen[`${is}Gone`]++;
      } else if (value !== VALUES[is] && value !== VALUES.air) seen.elsewhere++;
    }
  }
  expect(seen).toMatchObject({ brainGone: 0, elsewhere: 0 });
  expect(seen.brain).toBeGreaterThan(10_000);
  expect(seen.noseGone / seen.nose).toBeGreaterThan(0.95);
});
