import type { Page } from '@playwright/test';

/** Drops files or folders of the disk on the page, as a desktop does: the page gets real handles. */
export async function dropOn(page: Page, ...paths: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 600, y: 400, data });
  }
  await session.detach();
}

/** Waits until what was dropped has been read; gives the line that says so. */
export async function imported(page: Page): Promise<string> {
  const summary = page.locator('.status[data-state=done] .summary');
  await summary.waitFor();
  return summary.innerText();
}
