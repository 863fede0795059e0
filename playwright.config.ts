import { defineConfig } from '@playwright/test';

/** Debian's Chromium; another by GANTRY_TEST_CHROMIUM. */
const executablePath = process.env['GANTRY_TEST_CHROMIUM'] ?? '/usr/bin/chromium';

/** Together some minutes: continuous integration and `npm run test:long` run them, `npm test` doesn't. */
const SLOW_JOURNEYS = [
  /every real picture on screen/,
  /what objects ask for is seen/,
  /a second window (shows|reads)/,
  /a region makes the window/,
  /of ten thousand files the first/,
  /100,000 answers of a peer/,
  /images that contradict themselves/,
  /a file of many frames opens at once/,
  /nothing stays of twenty studies/,
  /the sample PACS is back after a restart/,
  /no real file’s patient is found/,
  /a multi-frame image of any size/,
  /while many files are de-identified/,
  /a full disk is said to be full/,
  /statistics of a real image are those/,
  /a PET series is measured in SUV/,
  /documents and reports are released by keyboard alone/,
  /a video is played, one that can/,
  /a series comes as a ZIP, a copy by the clipboard/,
  /the list jumps, names, colours/,
  /a picture is what is seen, with the corner texts/,
  /what was decided holds after a reload/,
  /options, rules of one’s own and numbered subjects/,
  /each frame has its own window, and overlays go/,
  /the page decodes and encodes what the peer does not take/,
  /every real file opens without an error/,
  /letters are right for/,
  /goes on after a reload when its folder is dropped again/,
  /a study of the same patient is found in the archive/,
  /a study at a peer is found, brought and hung beside/,
  /texts of small viewports give way/,
  /what is sent to a peer that is asked to keep it/,
  /an AE on a port of its own speaks TLS/,
  /keys are changed by keyboard/,
  /hang back to back where the processor draws/,
  /a decision for one device holds/,
  /the page writes the same bytes as the command line/,
  /no screen has a serious finding of axe, light/,
];

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.e2e.ts',
  grepInvert: process.env['GANTRY_TEST_SLOW'] === undefined ? SLOW_JOURNEYS : [],
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
