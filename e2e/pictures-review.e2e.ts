import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { oddImage } from '../shared/pixels/testing/image-builder.ts';
import { referencePixels } from '../shared/pixels/testing/reference-pixels.ts';
import { drawText } from '../web/src/deidentify/testing/lettering.ts';
import { seriousFindings } from './support/axe.ts';
import { dropOn, imported } from './support/drop.ts';
import { asPeer, planToSend, settledTransfer, test } from './support/journey.ts';
import { freePort, runTool } from './support/peers.ts';

const [ROWS, COLUMNS, FRAMES] = [240, 320, 2];

/** A capture of a screen with a name in its upper part, two frames alike. */
function capture(name: string, number: number): Uint8Array<ArrayBuffer> {
  const picture = { rows: ROWS, columns: COLUMNS, values: new Uint8Array(ROWS * COLUMNS).fill(40) };
  drawText(picture, name, { font: 'dots', height: 14, column: 30, row: 20, value: 250 });
  return oddImage({
    [Tag.StudyInstanceUID]: '1.2.826.0.1.3680043.10.2.77',
    [Tag.SeriesInstanceUID]: '1.2.826.0.1.3680043.10.3.77',
    [Tag.InstanceNumber]: String(number),
    [Tag.NumberOfFrames]: String(FRAMES),
    [Tag.Rows]: ROWS,
    [Tag.Columns]: COLUMNS,
    [Tag.BitsAllocated]: 8,
    [Tag.BitsStored]: 8,
    [Tag.HighBit]: 7,
    [Tag.Manufacturer]: 'ACME',
    [Tag.PixelData]: { vr: 'OB', value: Uint8Array.from([...picture.values, ...picture.values]) },
  });
}

async function writeCaptures(folder: string): Promise<void> {
  for (const [i, name] of ['DOE^JANE', 'ROE^RICHARD', 'MILLER^ANN'].entries()) {
    await writeFile(join(folder, `${i}.dcm`), capture(name, i + 1));
  }
}

/** Puts the focus on what a person would reach with Tab, and presses a key there. */
async function pressOn(page: Page, name: string | RegExp, key: string): Promise<void> {
  await page.getByRole('button', { name }).focus();
  await page.keyboard.press(key);
}

const dialog = (page: Page) => page.getByRole('dialog');

test('pictures with text are looked at, boxed, released and withheld by keyboard alone', async ({
  page,
  journey,
}, testInfo) => {
  const peer = await journey.startPeer();
  await writeCaptures(journey.folder);
  await journey.open(await journey.startBridge({ peers: [asPeer(peer)] }));
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await expect(page.getByText('3 will be withheld')).toBeVisible();
  await pressOn(page, 'Look at 3 pictures', 'Enter');
  await expect(dialog(page).getByRole('status')).toContainText('1 box is blanked');
  expect(await seriousFindings(page), 'review').toEqual([]);

  // The first doesn't leave.
  await page.keyboard.press('w');
  await expect(dialog(page).getByRole('option').first()).toHaveAttribute('data-look', 'withheld');
  // In the second a box more, moved to the lower left corner and made smaller.
  await expect(dialog(page).getByRole('status')).toContainText('1 box is blanked');
  await page.keyboard.press('b');
  const made = dialog(page).locator('[data-box="1"]');
  await expect(made).toBeFocused();
  for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowLeft');
  for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('Control+Shift+ArrowUp');
  await expect(made).toHaveAccessibleName('Box 2: 72 by 29 pixels at 0, 210');
  await page.keyboard.press('PageDown');
  await expect(dialog(page).getByRole('status')).toContainText('Frame 2 of 2');
  // What holds for it holds for all that are still asked for.
  await page.keyboard.press('a');
  await expect(dialog(page).getByRole('status')).toContainText('1 box is blanked');
  await page.keyboard.press('p');
  await expect(dialog(page).getByRole('status')).toContainText('2 boxes are blanked');
  await page.keyboard.press('n');
  await expect(dialog(page).getByRole('status')).toContainText('1 box is blanked');
  await page.keyboard.press('a');
  await expect(dialog(page)).toContainText('0 of 3 to look at');
  await page.screenshot({ path: testInfo.outputPath('review.png') });
  await page.keyboard.press('Escape');

  await expect(page.getByText('1 will be withheld')).toBeVisible();
  await pressOn(page, 'Send 2', 'Enter');
  await expect(await settledTransfer(page)).toHaveAttribute('data-state', 'done');
  const names = await readdir(peer.folder);
  expect(names).toHaveLength(2);
  const shapes: string[] = [];
  for (const name of names) {
    const file = join(peer.folder, name);
    const { output } = await runTool('dcmdump', ['+P', '0028,0301', '+P', 'CodeValue', '+s', file]);
    expect(output).toContain('[NO]');
    expect(output).toContain('[113101]');
    const { bytes } = referencePixels(file, '1.2.840.10008.1.2.1', journey.folder);
    expect(bytes.filter((value) => value === 250)).toHaveLength(0);
    const frame = bytes.subarray(ROWS * COLUMNS);
    shapes.push(frame[(ROWS - 2) * COLUMNS] === 0 ? 'corner' : 'name alone');
    expect(frame[ROWS * COLUMNS - 1]).toBe(40);
  }
  expect(shapes.sort()).toEqual(['corner', 'name alone']);
});

test('a decision for one device holds for all of it, and is a rule that can be opened again', async ({
  page,
  journey,
}) => {
  await writeCaptures(journey.folder);
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await page.getByRole('button', { name: 'Look at 3 pictures' }).click();
  await expect(dialog(page).getByRole('status')).toContainText('1 box is blanked');
  // A box drawn with the mouse, and its corner drawn further.
  const picture = await page.getByTestId('review-picture').locator('.picture').boundingBox();
  if (!picture) throw new Error('There is no picture.');
  const at = (x: number, y: number) =>
    [picture.x + (x / COLUMNS) * picture.width, picture.y + (y / ROWS) * picture.height] as const;
  const drag = async (from: readonly [number, number], to: readonly [number, number]) => {
    await page.mouse.move(...from);
    await page.mouse.down();
    await page.mouse.move(...to, { steps: 5 });
    await page.mouse.up();
  };
  await drag(at(100, 100), at(160, 140));
  const box = dialog(page).locator('[data-box="1"]');
  await expect(box).toHaveAccessibleName(/Box 2: (59|60|61) by (39|40|41) pixels at 100, 100/);
  await drag(at(160, 140), at(200, 180));
  await expect(box).toHaveAccessibleName(/(99|100|101) by (79|80|81) pixels at 100, 100/);
  await drag(at(120, 120), at(130, 110));
  await expect(box).toHaveAccessibleName(/at 110, 90/);
  const waiting = page.waitForEvent('download');
  await dialog(page).getByRole('button', { name: 'Save as rule' }).click();
  const saved = await readFile(await (await waiting).path(), 'utf8');
  expect(JSON.parse(saved)).toMatchObject({
    rules: [{ action: 'blank', match: { Manufacturer: 'ACME', Rows: ROWS, Columns: COLUMNS } }],
  });
  await dialog(page).getByLabel('Decide for').selectOption('all of the same device and size');
  await dialog(page).getByRole('button', { name: 'Release' }).click();
  await expect(dialog(page)).toContainText('0 of 3 to look at');
  await dialog(page).getByRole('button', { name: 'Close' }).click();
  await expect(page.getByText('3 can be sent')).toBeVisible();

  // Planned anew, the rule alone releases them.
  await page.getByRole('button', { name: 'Back' }).click();
  await page.getByRole('button', { name: 'De-identify and send', exact: true }).click();
  await page.getByRole('button', { name: 'Look at 3 pictures' }).click();
  const path = join(journey.folder, '..', `${Date.now()}.json`);
  await writeFile(path, '{"name":"x","rules":[{"name":"y","match":{},"action":"blank"}]}');
  await dialog(page).getByLabel('Open rules').setInputFiles(path);
  await expect(dialog(page).getByRole('alert')).toContainText('would match everything');
  await writeFile(path, saved);
  await dialog(page).getByLabel('Open rules').setInputFiles(path);
  await expect(page.getByText('3 can be sent')).toBeVisible();
});

test('what was decided holds after a reload, and what is kept for it names nobody', async ({
  page,
  journey,
}) => {
  const down = { name: 'PACS', aeTitle: 'STORESCP', host: '127.0.0.1', port: await freePort() };
  const up = await journey.startPeer();
  await journey.open(await journey.startBridge({ peers: [down] }));
  // A folder of the origin's own file system keeps its permission over a reload, as an installed page's folders do.
  await page.evaluate(
    async (files) => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle('picked', { create: true });
      for (const [i, content] of files.entries()) {
        const handle = await folder.getFileHandle(`IM${i}`, { create: true });
        const writable = await handle.createWritable();
        await writable.write(Uint8Array.fromBase64(content));
        await writable.close();
      }
      Object.assign(window, { showDirectoryPicker: () => Promise.resolve(folder) });
    },
    ['DOE^JANE', 'ROE^RICHARD'].map((name, i) =>
      Buffer.from(capture(name, i + 1)).toString('base64'),
    ),
  );
  await page.getByRole('button', { name: 'Open folder' }).first().click();
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await page.getByRole('button', { name: 'Look at 2 pictures' }).click();
  await expect(dialog(page).getByRole('status')).toContainText('1 box is blanked');
  await page.keyboard.press('a');
  await expect(dialog(page)).toContainText('1 of 2 to look at');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Send 1' }).click();
  await expect(await settledTransfer(page)).toHaveAttribute('data-state', 'interrupted');
  const kept = await page.evaluate(async () => {
    const opened = indexedDB.open('gantry-transfers');
    await new Promise((resolve) => (opened.onsuccess = resolve));
    const asked = opened.result.transaction('items').objectStore('items').getAll();
    await new Promise((resolve) => (asked.onsuccess = resolve));
    opened.result.close();
    return JSON.stringify(asked.result);
  });
  expect(kept).toContain('"kind":"seen"');
  expect(kept).not.toMatch(/DOE|ROE|JANE|ODD|ACME/);
  await page.reload();
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('dialog').getByLabel('Port').fill(String(up.port));
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Transfers' }).click();
  const card = page.getByTestId('transfer');
  await card.getByRole('button', { name: 'Resume' }).click();
  await expect(card).toContainText('1 sent, 1 withheld, 0 failed of 2');
  const [name = ''] = await readdir(up.folder);
  const uid = '1.2.840.10008.1.2.1';
  const { bytes } = referencePixels(join(up.folder, name), uid, journey.folder);
  expect(bytes.filter((value) => value === 250)).toHaveLength(0);
  expect(bytes.filter((value) => value === 40).length).toBeGreaterThan(ROWS * COLUMNS);
});
