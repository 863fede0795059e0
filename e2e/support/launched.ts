import { chromium, type Browser } from '@playwright/test';
import configuration from '../../playwright.config.ts';

/** A browser like that of the other journeys, with more on its command line. */
export async function launched(args: readonly string[]): Promise<Browser> {
  const launch = configuration.use?.launchOptions ?? {};
  return chromium.launch({ ...launch, args: [...(launch.args ?? []), ...args] });
}
