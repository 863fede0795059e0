import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { mrSeries } from '../bridge/src/samples/phantom/mr-series.ts';
import { phantomIdentity } from '../bridge/src/samples/phantom/phantom-identity.ts';
import { dropOn, imported } from './support/drop.ts';
import { test } from './support/journey.ts';
import { runTool } from './support/peers.ts';
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
});
