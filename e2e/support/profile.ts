import { chromium, type BrowserContext } from '@playwright/test';
import configuration from '../../playwright.config.ts';

/** A browser that keeps what it stores in a folder, as a user's does; that of a fixture keeps it in memory. */
export const launchOnDisk = (profile: string): Promise<BrowserContext> =>
  chromium.launchPersistentContext(profile, {
    ...configuration.use?.launchOptions,
    viewport: { width: 1400, height: 860 },
  });
