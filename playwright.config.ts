import { defineConfig } from '@playwright/test';

/** Debian's Chromium; another by GANTRY_TEST_CHROMIUM. */
const executablePath = process.env['GANTRY_TEST_CHROMIUM'] ?? '/usr/bin/chromium';

/** What `npm test` runs, in two minutes; continuous integration and `npm run test:long` run all. */
const QUICK_JOURNEYS = [
  /a dropped folder shows its studies/,
  /a ZIP is opened like a folder/,
  /a series is scrolled, windowed/,
  /what can not be shown says why/,
  /is opened, looked at and planned by keyboard/,
  /that a modality pushes appears/,
  /of the archive is de-identified and sent/,
  /a peer is searched, a study retrieved/,
  /a de-identified send leaks nothing/,
  /a plain send delivers/,
  /a peer that is down interrupts/,
  /pictures with text are looked at/,
  /a measurement is made, moved, named/,
  /lengths, angles and values of a phantom/,
  /tags of the image on screen/,
  /with no WebGL a series opens/,
  /drawn by webgl .*values are all 0/,
  /axe, dark/,
  /today’s worklist is shown/,
  /four mammograms hang back to back; another/,
];

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.e2e.ts',
  ...(process.env['GANTRY_TEST_SLOW'] === undefined ? { grep: QUICK_JOURNEYS } : {}),
  // Software rendering needs a core of its own.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: process.env['CI'] !== undefined,
  use: {
    viewport: { width: 1400, height: 860 },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
