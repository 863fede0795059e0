import type { Page } from '@playwright/test';

/** The browser's dialogs can't be opened by a program: files and folders of the origin's own stand in for what a user picks. */
export async function givePickers(page: Page): Promise<void> {
  await page.evaluate(() => {
    const showSaveFilePicker = async ({ suggestedName = 'saved' } = {}) => {
      const root = await navigator.storage.getDirectory();
      return root.getFileHandle(suggestedName, { create: true });
    };
    const showDirectoryPicker = async () => {
      const root = await navigator.storage.getDirectory();
      return root.getDirectoryHandle('picked', { create: true });
    };
    for (const [name, value] of Object.entries({ showSaveFilePicker, showDirectoryPicker })) {
      Object.defineProperty(window, name, { value, configurable: true });
    }
  });
}

/** What was written under a name, taken away from there. */
export async function savedFile(page: Page, name: string): Promise<Buffer> {
  const content = await page.evaluate(async (wanted) => {
    const root = await navigator.storage.getDirectory();
    const file = await (await root.getFileHandle(wanted)).getFile();
    const encoded = new Uint8Array(await file.arrayBuffer()).toBase64();
    await root.removeEntry(wanted);
    return encoded;
  }, name);
  return Buffer.from(content, 'base64');
}
