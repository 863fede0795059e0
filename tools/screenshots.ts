/**
 * Makes the pictures of the README from the running program:
 *
 *     npm run -s screenshots [FOLDER]
 *
 * FOLDER is docs/ by default. Needs Chromium and DCMTK, as the tests do.
 */
import { chromium } from '@playwright/test';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBridge } from '../e2e/support/bridge.ts';
import { dropOn, imported } from '../e2e/support/drop.ts';
import { startStorescp } from '../e2e/support/peers.ts';
import configuration from '../playwright.config.ts';
import { angiogram } from '../bridge/src/samples/phantom/angiogram.ts';
import { ctSeries } from '../bridge/src/samples/phantom/ct-series.ts';
import { mrSeries } from '../bridge/src/samples/phantom/mr-series.ts';
import { petSeries } from '../bridge/src/samples/phantom/pet-series.ts';
import { phantomIdentity } from '../bridge/src/samples/phantom/phantom-identity.ts';
import { ultrasoundClip } from '../bridge/src/samples/phantom/ultrasound-clip.ts';

const out = process.argv[2] ?? join(import.meta.dirname, '..', 'docs');
await mkdir(out, { recursive: true });
const folder = await mkdtemp(join(tmpdir(), 'gantry-screenshots-'));
const petCt = phantomIdentity(4, 'PET/CT trunk');
for (const { fileName, bytes } of [
  ...ctSeries(),
  ...mrSeries(),
  ultrasoundClip(),
  ...ctSeries({ seed: 4, identity: petCt, seriesNumber: 4 }),
  ...petSeries({ seed: 4, identity: petCt }),
  angiogram(),
]) {
  await writeFile(join(folder, fileName.replaceAll('/', '_')), bytes);
}
const peer = await startStorescp(['+B', '+xa']);
const { host, port } = peer;
const bridge = await startBridge({
  peers: [{ name: 'Research PACS', aeTitle: 'STORESCP', host, port }],
});
const browser = await chromium.launch(configuration.use?.launchOptions ?? {});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
const shoot = (name: string) => page.screenshot({ path: join(out, `${name}.png`) });

await page.goto(bridge.link());
await dropOn(page, folder);
await imported(page);
for (const expand of await page.locator('[data-study-row] .expand').all()) await expand.click();
await page.locator('canvas').last().waitFor();
await page.waitForLoadState('networkidle');
await shoot('studies');

await page.locator('[data-study-row]', { hasText: 'CT chest' }).first().dblclick();
const viewport = page.locator('[data-testid=viewport][data-status=shown]');
await viewport.waitFor();
for (let i = 0; i < 14; i++) await page.keyboard.press('ArrowDown');
await viewport.getByText('15/').waitFor();
await shoot('viewer');
await page.keyboard.press('Escape');

await page.getByRole('checkbox', { name: 'Select all studies' }).check();
await page.getByRole('button', { name: 'De-identify and send' }).click();
await page.getByRole('row', { name: /Patient's Name/ }).waitFor();
await page.locator('button.primary:enabled', { hasText: /^\s*Send \d+/ }).waitFor();
await shoot('deidentify');

await browser.close();
await bridge.stop();
await peer.stop();
await rm(folder, { recursive: true, force: true });
