// What stays of studies that were looked at.
import { expect } from '@playwright/test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { oddImage } from '../shared/pixels/testing/image-builder.ts';
import { dropOn, imported } from './support/drop.ts';
import { test } from './support/journey.ts';
import { heapBytes } from './support/large-file.ts';
import { launched } from './support/launched.ts';

/** Code that is used often is compiled, and compiled better: it would grow with each study, and hide what is kept. */
const INTERPRETED = '--js-flags=--no-sparkplug --no-maglev --no-turbofan';
const WARM_UP = 6;
const STUDIES = 20;
/** The browser keeps its own entries of timing, up to so many. */
const MOST_GROWTH = 1.02;

test('nothing stays of twenty studies that were looked at', async ({ journey }) => {
  test.setTimeout(180_000);
  for (let study = 0; study < WARM_UP + STUDIES; study++) {
    for (let image = 0; image < 3; image++) {
      const bytes = oddImage({
        [Tag.StudyInstanceUID]: `1.2.826.0.1.3680043.10.8.${study}`,
        [Tag.SeriesInstanceUID]: `1.2.826.0.1.3680043.10.8.${study}.1`,
        [Tag.InstanceNumber]: String(image + 1),
      });
      await writeFile(join(journey.folder, `${study}-${image}.dcm`), bytes);
    }
  }
  const bridge = await journey.startBridge();
  const browser = await launched([INTERPRETED]);
  try {
    const page = await browser.newPage();
    await page.goto(bridge.link());
    await page.getByRole('button', { name: 'Settings' }).waitFor();
    await dropOn(page, journey.folder);
    await imported(page);
    const shown = page.locator('[data-testid=viewport][data-status=shown]');
    const look = async (study: number) => {
      await page.locator('[data-study-row]').nth(study).dblclick();
      await shown.waitFor();
      await page.getByLabel('Layout').selectOption('2 × 2');
      await shown.waitFor();
      // A length, the list of measurements, tags, a loop that is played, and back.
      for (const key of ['End', 'm', 'Enter', 'Delete', 'Escape', 'j', 't', 'i', 'c', 'c']) {
        await page.keyboard.press(key);
      }
      await page.getByRole('button', { name: 'Studies' }).last().click();
      await shown.waitFor({ state: 'detached' });
    };
    for (let study = 0; study < WARM_UP; study++) await look(study);
    const start = await heapBytes(page);
    for (let study = 0; study < STUDIES; study++) await look(WARM_UP + study);
    await expect.poll(() => heapBytes(page)).toBeLessThan(MOST_GROWTH * start);
  } finally {
    await browser.close();
  }
});
