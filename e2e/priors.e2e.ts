import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { mrSeries } from '../bridge/src/samples/phantom/mr-series.ts';
import { phantomIdentity } from '../bridge/src/samples/phantom/phantom-identity.ts';
import { dropOn, imported } from './support/drop.ts';
import { test } from './support/journey.ts';
import { runTool, startDcmqrscp } from './support/peers.ts';
import { seriousFindings } from './support/axe.ts';

test('a study of the same patient is found in the archive and hung beside, by keyboard alone', async ({
  page,
  journey,
}, testInfo) => {
  const now = phantomIdentity(2, 'MR head');
  const before = { ...phantomIdentity(3, 'MR head'), patientId: now.patientId };
  const bridge = await journey.startBridge();
  const earlier = testInfo.outputPath('earlier.dcm');
  const [prior] = [...mrSeries({ seed: 3, slices: 1, identity: before })];
  await writeFile(earlier, prior?.bytes ?? new Uint8Array());
  const args = ['-aec', 'GANTRY', '127.0.0.1', String(bridge.dicomPort), earlier];
  expect((await runTool('storescu', args)).code).toBe(0);
  for (const { fileName, bytes } of mrSeries({ seed: 2, slices: 3, identity: now })) {
    await writeFile(join(journey.folder, fileName.replaceAll('/', '_')), bytes);
  }
  await journey.open(bridge);
  await dropOn(page, journey.folder);
  await imported(page);
  await page.getByRole('row', { name: /MR/ }).first().dblclick();
  const shown = page.locator('[data-testid="viewport"][data-status="shown"]');
  await expect(shown).toHaveCount(1);
  await page.keyboard.press('Shift+O');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('MR · Archive')).toBeVisible();
  expect(await seriousFindings(page)).toEqual([]);
  // The phantoms differ by name: one ID for two people is said, never merged in silence.
  await expect(dialog.getByText(/another name/)).toBeVisible();
  await dialog.getByRole('button', { name: /Hang beside/ }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('cell')).toHaveCount(2);
  await expect(shown).toHaveCount(2);
  await expect(shown.first()).toContainText('/3');
  await expect(shown.last()).toContainText('1/1');

  // A second window has it too, with what is drawn on either.
  const opening = page.waitForEvent('popup');
  await page.keyboard.press('Shift+N');
  const second = await opening;
  const strip = second.getByRole('complementary', { name: 'Series' });
  await strip
    .getByRole('button', { name: /Sagittal/ })
    .last()
    .click();
  await expect(second.getByTestId('viewport')).toContainText('1/1');
  await page.bringToFront();
  await page.getByTestId('cell').last().click();
  await page.keyboard.press('m');
  await page.keyboard.press('Enter');
  const labels = page.getByTestId('label');
  await expect(labels).toHaveCount(1);
  const words = (await labels.textContent()) ?? '';
  await expect(second.getByTestId('label')).toHaveText([words]);
  await second.bringToFront();
  await second.getByTestId('viewport').click({ position: { x: 20, y: 200 } });
  await second.keyboard.press('a');
  await second.keyboard.press('Enter');
  await expect(second.getByTestId('label')).toHaveCount(2);
  await expect(labels).toHaveCount(2);
  // What the other window drew isn't undone here.
  await page.bringToFront();
  await page.keyboard.press('Control+z');
  await expect(labels).toHaveCount(1);
  await expect(labels).not.toHaveText([words]);
  await expect(second.getByTestId('label')).toHaveCount(1);
  await page.keyboard.press('Control+y');
  await expect(labels).toHaveCount(2);

  // It is kept with the study that it was drawn on.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /Archive/ }).click();
  const row = page.getByRole('row', { name: /MR/ });
  await expect(row).toHaveCount(1);
  await expect(row).not.toContainText(now.patientName.replace('^', ', '));
  await row.dblclick();
  await expect(page.getByTestId('viewport')).toContainText('1/1');
  await expect(labels).toHaveCount(2);
});

test('a study at a peer is found, brought and hung beside in the second window', async ({
  page,
  journey,
}, testInfo) => {
  const now = phantomIdentity(2, 'MR head');
  const { patientId, patientName } = now;
  const before = { ...phantomIdentity(3, 'MR head'), patientId, patientName };
  const pacs = journey.keep(await startDcmqrscp());
  const earlier = testInfo.outputPath('earlier.dcm');
  const [prior] = [...mrSeries({ seed: 3, slices: 1, identity: before })];
  await writeFile(earlier, prior?.bytes ?? new Uint8Array());
  const args = ['-aec', 'QRSCP', '127.0.0.1', String(pacs.port), earlier];
  expect((await runTool('storescu', args)).code).toBe(0);
  for (const { fileName, bytes } of mrSeries({ seed: 2, slices: 3, identity: now })) {
    await writeFile(join(journey.folder, fileName.replaceAll('/', '_')), bytes);
  }
  const peer = { name: 'PACS', aeTitle: 'QRSCP', host: '127.0.0.1', port: pacs.port };
  await journey.open(await journey.startBridge({ peers: [{ ...peer, retrieve: 'get' }] }));
  await dropOn(page, journey.folder);
  await imported(page);
  await page.getByRole('row', { name: /MR/ }).first().dblclick();
  await expect(page.getByTestId('viewport')).toContainText('1/3');
  const opening = page.waitForEvent('popup');
  await page.keyboard.press('Shift+N');
  const second = await opening;
  await expect(second.getByTestId('viewport')).toContainText('1/3');
  await second.getByRole('button', { name: 'Prior studies' }).click();
  const dialog = second.getByRole('dialog');
  await expect(dialog.getByText('PACS', { exact: true })).toBeVisible();
  await expect(dialog.getByRole('status')).toBeEmpty();
  await dialog.getByRole('button', { name: /Hang beside/ }).click();
  const shown = second.locator('[data-testid="viewport"][data-status="shown"]');
  await expect(shown).toHaveCount(2);
  await expect(shown.last()).toContainText('1/1');
  // The first has it in its strip as well.
  const strip = page.getByRole('complementary', { name: 'Series' });
  await expect(strip.getByRole('button', { name: /Sagittal|MR/ })).toHaveCount(2);
  await pacs.stop();
  await second.getByRole('button', { name: 'Prior studies' }).click();
  await expect(dialog.getByRole('alert')).toContainText('PACS');
});
