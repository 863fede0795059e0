import { expect } from '@playwright/test';
import { dropOn, imported } from './support/drop.ts';
import { test, writePhantoms } from './support/journey.ts';

test('the tags of the image on screen are searched, looked at as bytes, and compared', async ({
  page,
  journey,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await writePhantoms(journey.folder, 3);
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  await page.locator('[data-study-row]').filter({ hasText: 'CT' }).dblclick();
  const viewport = page.getByTestId('viewport');
  await expect(viewport).toHaveAttribute('data-status', 'shown');

  await page.keyboard.press('t');
  const panel = page.getByRole('region', { name: 'Tags' });
  await panel.getByLabel('Search tag').fill('kvp');
  await expect(panel.getByRole('option')).toHaveCount(1);
  await expect(panel.getByRole('option')).toContainText('(0018,0060)');
  await panel.getByRole('option').click();
  await expect(panel.getByLabel('Bytes of the value')).toContainText('31 32 30 20');
  await panel.getByRole('button', { name: 'Copy value' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('120');

  await panel.getByLabel('Search tag').fill('');
  await panel.getByRole('button', { name: 'Compare' }).click();
  await expect(panel.getByRole('option')).toHaveCount(0);
  await viewport.click();
  await page.keyboard.press('ArrowDown');
  await expect(viewport).toContainText('2/3');
  await expect(panel.getByRole('option')).toHaveCount(4);
  await expect(panel.getByRole('option', { name: /Instance Number\s+1\s+2/ })).toBeVisible();
  await panel.getByRole('button', { name: 'End comparison' }).click();

  // By the keyboard alone: the arrows are the list's while it has the focus.
  await panel.getByRole('listbox').focus();
  await page.keyboard.press('End');
  await expect(panel.getByRole('option', { selected: true })).toContainText('Pixel Data');
  await expect(viewport).toContainText('2/3');
  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();
});
