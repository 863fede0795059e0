// The keys of the viewer: another profile, keys of one's own, and what becomes of them.
import { expect } from '@playwright/test';
import { seriousFindings } from './support/axe.ts';
import { test } from './support/journey.ts';
import { openPhantoms, reopen } from './support/measure-phantom.ts';

test('keys are changed by keyboard, and are still so after a reload', async ({ page, journey }) => {
  await openPhantoms(page, journey, 2);
  const corner = page.getByTestId('viewport').locator('.bottom.left');
  const label = page.getByTestId('label');
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Keys' }).selectOption('As in Weasis');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await page.keyboard.press('d');
  await page.keyboard.press('Enter');
  await expect(label).toContainText('mm');
  await page.keyboard.press('Delete');
  await expect(label).toHaveCount(0);

  await page.keyboard.press('?');
  expect(await seriousFindings(page)).toEqual([]);
  const next = dialog.getByRole('button', { name: /: next image/ });
  await next.focus();
  await page.keyboard.press('Enter');
  await expect(next).toHaveText('Press a key …');
  await page.keyboard.press('i');
  await expect(next).toHaveText('I');
  await expect(dialog.getByRole('status')).toHaveText('I was taken from: invert.');
  await expect(dialog.getByRole('button', { name: /: invert/ })).toHaveText('none');
  // Escape lays the change aside and doesn't close; Escape can't be given.
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await expect(next).toHaveText('I');
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(corner).toContainText('1/2');
  await page.keyboard.press('i');
  await expect(corner).toContainText('2/2');

  await page.reload();
  await page.getByRole('button', { name: 'Settings' }).waitFor();
  await reopen(page, journey);
  await expect(corner).toContainText('1/2');
  await page.keyboard.press('i');
  await expect(corner).toContainText('2/2');
  await page.keyboard.press('ArrowUp');
  await expect(corner).toContainText('1/2');
  await page.keyboard.press('ArrowDown');
  await expect(corner).toContainText('1/2');
  await page.keyboard.press('?');
  await page.screenshot({ path: test.info().outputPath('keys.png') });
  await dialog.getByRole('button', { name: 'As they were' }).click();
  await expect(dialog.getByRole('button', { name: /: next image/ })).toHaveText('↓');
});

test('the right button zooms, or opens a menu when it is set to', async ({ page, journey }) => {
  await openPhantoms(page, journey, 2);
  const viewport = page.getByTestId('viewport');
  const corner = viewport.locator('.bottom.left');
  const menu = page.getByRole('menu', { name: 'Menu of the viewport' });
  const zoomed = async () => {
    const before = await corner.innerText();
    await viewport.hover({ position: { x: 300, y: 300 } });
    await page.mouse.down({ button: 'right' });
    await page.mouse.move(600, 500, { steps: 4 });
    await page.mouse.up({ button: 'right' });
    return (await corner.innerText()) !== before;
  };
  expect(await zoomed()).toBe(true);
  await expect(menu).toHaveCount(0);

  await page.keyboard.press('?');
  await page.getByLabel('Right mouse button').selectOption('opens a menu');
  await page.keyboard.press('Escape');
  await viewport.click({ button: 'right', position: { x: 300, y: 300 } });
  await expect(menu).toBeVisible();
  expect(await seriousFindings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(menu).toHaveCount(0);
  expect(await zoomed()).toBe(false);
  await expect(menu).toHaveCount(0);

  await viewport.click({ button: 'right', position: { x: 300, y: 300 } });
  // The arrow keys are the menu's while it is open.
  const sub = menu.getByRole('menuitem', { name: 'window', exact: true });
  await sub.hover();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('menuitem', { name: /lung/i }).click();
  await expect(menu).toHaveCount(0);
  await expect(corner).toContainText('W 1500 C -600');
  await expect(corner).toContainText('1/2');
  await viewport.click({ button: 'right', position: { x: 300, y: 300 } });
  await menu.getByRole('menuitem', { name: /flip horizontally/ }).click();
  await expect(viewport.locator('.letter.west')).toHaveText(/^L/);
});
