import { expect } from '@playwright/test';
import { seriousFindings } from './support/axe.ts';
import { dropOn, imported } from './support/drop.ts';
import { planToSend, test, writePhantoms } from './support/journey.ts';

for (const theme of ['dark', 'light']) {
  test(`no screen has a serious finding of axe, ${theme}`, async ({ page, journey }) => {
    await writePhantoms(journey.folder, 2);
    const peer = { name: 'PACS', aeTitle: 'PACS', host: '127.0.0.1', port: 1 };
    await journey.open(await journey.startBridge({ peers: [peer] }));
    if (theme === 'light') await page.getByRole('button', { name: 'Light or dark' }).click();
    expect(await seriousFindings(page), 'empty').toEqual([]);
    await dropOn(page, journey.folder);
    await imported(page);
    await page.locator('[data-study-row] .expand').first().click();
    expect(await seriousFindings(page), 'studies').toEqual([]);
    await page.getByRole('button', { name: /What was left out/ }).click();
    await page.getByRole('dialog').waitFor();
    expect(await seriousFindings(page), 'left out').toEqual([]);
    await page.keyboard.press('Escape');
    await planToSend(page, 'De-identify and send');
    await page
      .getByRole('row', { name: /Patient's Name/ })
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Transfers' }).click();
    expect(await seriousFindings(page), 'send').toEqual([]);
    await page.getByRole('button', { name: 'Settings' }).click();
    expect(await seriousFindings(page), 'settings').toEqual([]);
    await page.getByRole('button', { name: 'Add peer' }).click();
    await page.getByRole('dialog').waitFor();
    await page.getByText('Advanced').click();
    await page.getByLabel('Retrieves side by side').waitFor();
    expect(await seriousFindings(page), 'peer').toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Add rule' }).click();
    await page.getByLabel('Name of the rule').waitFor();
    expect(await seriousFindings(page), 'rule').toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Studies' }).click();
    await page.locator('[data-study-row]').first().dblclick();
    await expect(page.getByTestId('viewport')).toHaveAttribute('data-status', 'shown');
    expect(await seriousFindings(page), 'viewer').toEqual([]);
    await page.keyboard.press('t');
    await page.getByRole('listbox').getByRole('option').nth(5).click();
    await page.getByRole('button', { name: 'Compare' }).click();
    expect(await seriousFindings(page), 'tags').toEqual([]);
    await page.keyboard.press('t');
  });
}

test('a study is opened, looked at and planned by keyboard alone', async ({ page, journey }) => {
  await writePhantoms(journey.folder, 3);
  await journey.open(await journey.startBridge());
  await dropOn(page, journey.folder);
  await imported(page);
  const row = page.locator('[data-study-row]', { hasText: 'CT' });
  for (
    let i = 0;
    i < 40 && !(await row.evaluate((element) => element === document.activeElement));
    i++
  ) {
    await page.keyboard.press('Tab');
  }
  await expect(row).toBeFocused();
  await page.keyboard.press('Enter');
  const viewport = page.getByTestId('viewport');
  await expect(viewport).toHaveAttribute('data-status', 'shown');
  await page.keyboard.press('End');
  await expect(viewport).toContainText('3/3');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toContainText('W window/level');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await row.focus();
  await page.keyboard.press(' ');
  await expect(page.getByText('1 study, 3 instances selected')).toBeVisible();
});
