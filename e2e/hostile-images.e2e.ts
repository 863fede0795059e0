// What contradicts itself is said to, in the picture's place or below it; nothing makes the page fall over.
import { expect } from '@playwright/test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dropOn, imported } from './support/drop.ts';
import { hostileImages } from './support/hostile-images.ts';
import { test } from './support/journey.ts';

test('images that contradict themselves are shown as far as they are right, or say why not', async ({
  page,
  journey,
}) => {
  test.setTimeout(180_000);
  await journey.open(await journey.startBridge());
  const path = join(journey.folder, 'hostile.dcm');
  const surprises: string[] = [];
  for (const { name, bytes, outcome, warning } of hostileImages()) {
    await writeFile(path, bytes);
    await dropOn(page, path);
    await imported(page);
    await page.locator('[data-study-row]').dblclick();
    const viewport = page.getByTestId('viewport');
    const settled = page.locator(
      '[data-testid=viewport]:is([data-status=shown], [data-status=failed])',
    );
    await settled.waitFor({ timeout: 10_000 }).catch(() => undefined);
    const status = await viewport.getAttribute('data-status');
    const words = await viewport.innerText();
    const isRight = outcome === 'shown' ? status === 'shown' : outcome.test(words);
    if (!isRight || (warning && !warning.test(words))) {
      surprises.push(`${name}: ${status ?? ''}, ${words.replaceAll('\n', ' | ')}`);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Close all' }).click();
    await expect(page.locator('[data-study-row]')).toHaveCount(0);
  }
  expect(surprises).toEqual([]);
});
