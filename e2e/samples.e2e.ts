import { expect } from '@playwright/test';
import { test } from './support/journey.ts';

/** Both in continuous integration: other journeys retrieve by C-GET, too. */
const isSlow = process.env['GANTRY_TEST_SLOW'] !== undefined;

for (const by of isSlow ? (['move', 'get'] as const) : (['move'] as const)) {
  test(`a newcomer tries Gantry with sample studies in one click, and retrieves by ${by}`, async ({
    page,
    journey,
  }) => {
    const options = by === 'get' ? { dicom: '0' } : {};
    await journey.open(await journey.startBridge(options));
    await page.getByRole('button', { name: 'Try it with sample studies' }).click();
    const rows = page.locator('[data-study-row]');
    await expect(page.getByText(/Making sample studies/)).toBeVisible();
    await expect(page.getByRole('button', { name: 'Archive' })).toHaveAttribute(
      'aria-pressed',
      'true',
      { timeout: 60_000 },
    );
    await expect(rows).toHaveCount(5);
    await rows.filter({ hasText: 'XA' }).dblclick();
    // Two loops side by side: a hanging rule.
    const viewport = page.getByTestId('viewport');
    await expect(viewport).toHaveCount(2);
    const first = viewport.first();
    await expect(first).toHaveAttribute('data-status', 'shown');
    await expect(first).toContainText('1/45');
    await page.keyboard.press('c');
    await expect(page.getByTestId('rate')).toContainText(/15 frames/);
    await expect(first).toContainText(/[5-9]\/45/);
    await page.keyboard.press('c');
    await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Sample PACS' }).click();
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(page.getByTestId('query')).toHaveText('6 studies');
    await rows.filter({ hasText: 'PT' }).dblclick();
    // The hanging rule for PET with CT.
    await expect(viewport).toHaveCount(2);
    for (const one of [viewport.first(), viewport.last()]) {
      await expect(one).toHaveAttribute('data-status', 'shown');
    }
    await expect(page.getByTestId('retrieve')).toHaveAttribute('data-state', 'done');
    await expect(page.getByTestId('retrieve')).toContainText('80 arrived');
  });
}

test('the sample PACS is back after a restart, and gone when its peer is removed', async ({
  page,
  journey,
}) => {
  const bridge = await journey.startBridge();
  await journey.open(bridge);
  await page.getByRole('button', { name: 'Archive' }).click();
  await page.getByRole('button', { name: 'Try it with sample studies' }).click();
  await expect(page.locator('[data-study-row]')).toHaveCount(5, { timeout: 60_000 });
  await bridge.kill();
  await journey.open(await journey.startBridge({ folder: bridge.folder }));
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Echo' }).click();
  await expect(page.getByText(/Answered in \d+ ms/)).toBeVisible();
  await page.getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('No peer yet. Add the PACS that you send to.')).toBeVisible();
});
