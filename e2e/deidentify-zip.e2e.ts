import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { oddImage } from '../shared/pixels/testing/image-builder.ts';
import { drawText } from '../web/src/deidentify/testing/lettering.ts';
import { dropOn, imported } from './support/drop.ts';
import { planToSend, test, writePhantoms } from './support/journey.ts';
import { runTool } from './support/peers.ts';
import { givePickers, savedFile } from './support/pickers.ts';

/** A capture of a screen with a name in it. */
function capture(): Uint8Array<ArrayBuffer> {
  const [rows, columns] = [240, 320];
  const picture = { rows, columns, values: new Uint8Array(rows * columns).fill(40) };
  drawText(picture, 'DOE^JANE', { font: 'dots', height: 14, column: 30, row: 20, value: 250 });
  return oddImage({
    [Tag.StudyInstanceUID]: '1.2.826.0.1.3680043.10.2.78',
    [Tag.SeriesInstanceUID]: '1.2.826.0.1.3680043.10.3.78',
    [Tag.Rows]: rows,
    [Tag.Columns]: columns,
    [Tag.BitsAllocated]: 8,
    [Tag.BitsStored]: 8,
    [Tag.HighBit]: 7,
    [Tag.PixelData]: { vr: 'OB', value: picture.values },
  });
}

/** The errors that dciodvfy finds in a file, values left out. */
async function errorsIn(path: string): Promise<string[]> {
  const { output } = await runTool('dciodvfy', ['-new', path]);
  const errors = output.split('\n').filter((line) => line.startsWith('Error'));
  return errors.map((line) => line.replace(/= <.*?>/g, '').replace(/\[\d+\]/g, ''));
}

test('after loading, without a bridge, a study is looked at and written as a ZIP that other programs read', async ({
  page,
  journey,
}) => {
  const bridge = await journey.startBridge();
  const study = join(journey.folder, 'QUIXOTE^ALONSO');
  await mkdir(study);
  const phantoms = await writePhantoms(study);
  const plain = join(journey.folder, 'plain.dcm');
  await writeFile(plain, capture());
  const compressed = join(study, 'Quixote, knee.dcm');
  expect((await runTool('dcmcjpls', [plain, compressed])).code).toBe(0);
  await rename(plain, join(journey.folder, '..', `${Date.now()}.dcm`));
  await journey.open(bridge);
  // What the browser fetches when there is time, it has: viewer, codecs, workers.
  await page.waitForFunction(() => {
    const wanted = [...document.querySelectorAll<HTMLLinkElement>('link[rel=prefetch]')];
    const come = new Set(performance.getEntriesByType('resource').map(({ name }) => name));
    return wanted.length > 20 && wanted.every(({ href }) => come.has(href));
  });
  await givePickers(page);
  await bridge.stop();
  await page.context().setOffline(true);

  await dropOn(page, study);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await expect(page.getByText(`${phantoms} can be sent`)).toBeVisible();
  await page.getByRole('button', { name: 'Look at 1 picture' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('status')).toContainText('1 box is blanked');
  // The picture is drawn: its background isn't the stage's black.
  await expect
    .poll(() =>
      dialog
        .locator('.stage canvas')
        .evaluate(
          (canvas: HTMLCanvasElement) => canvas.getContext('2d')?.getImageData(3, 3, 1, 1).data[3],
        ),
    )
    .toBe(255);
  await page.keyboard.press('a');
  await page.keyboard.press('Escape');
  await expect(page.getByText(`${phantoms + 1} can be sent`)).toBeVisible();
  await page.getByRole('button', { name: 'Save as ZIP' }).click();
  await expect(page.getByText(`${phantoms + 1} written`)).toBeVisible();

  const zip = join(journey.folder, 'out.zip');
  const bytes = await savedFile(page, 'deidentified.zip');
  await writeFile(zip, bytes);
  expect(bytes.toString('latin1')).not.toMatch(/quixote|alonso/i);
  expect((await runTool('unzip', ['-t', zip])).output).toContain('No errors detected');
  const script =
    'import sys,zipfile,json; z=zipfile.ZipFile(sys.argv[1]); z.extractall(sys.argv[2]); print(json.dumps([z.comment.decode(), z.testzip(), z.namelist()]))';
  const out = join(journey.folder, 'out');
  const read = execFileSync('python3', ['-c', script, zip, out], { encoding: 'utf8' });
  // A cast: the program above.
  const [comment, damaged, names] = JSON.parse(read) as [string, string | null, string[]];
  expect(comment).toBe('');
  expect(damaged).toBeNull();
  expect(names).toHaveLength(phantoms + 1);
  const before = new Set<string>();
  const { output: listed } = await runTool('find', [study, '-type', 'f', '-size', '+1k']);
  for (const path of listed.trim().split('\n')) {
    for (const error of await errorsIn(path)) before.add(error);
  }
  for (const name of names) {
    expect(name).toMatch(/^ANON-\w{14}\/2\.25\.\d+\/2\.25\.\d+\.dcm$/);
    const path = join(out, name);
    const dump = await runTool('dcmdump', ['+P', '0012,0062', '+P', 'PatientName', path]);
    expect(dump.code).toBe(0);
    expect(dump.output).toMatch(/\[YES/);
    expect(dump.output).toContain('[ANON-');
    expect((await errorsIn(path)).filter((error) => !before.has(error))).toEqual([]);
    expect((await readFile(path)).subarray(128, 132).toString()).toBe('DICM');
  }
});
