// npm test: the gates of `npm run check`, unit and interoperability tests, and journeys in a real browser.
// With --long also what takes longer than a coffee. The last line counts: "N passed, N failed".
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureDependencies, projectRoot, runPinned } from './pinned-node.js';
import { ensureTestTools } from './test-tools.js';
import { ensureWebBuild } from './web-build.js';

ensureDependencies();
const missing = ensureTestTools();
const data = resolve(process.env['GANTRY_TEST_DATA'] ?? join(projectRoot, '..', 'shared', 'data'));
const hasData = existsSync(data);
if (!hasData)
  process.stdout.write(`No real DICOM files at ${data}: the tests use generated ones.\n`);

const reports = mkdtempSync(join(tmpdir(), 'gantry-test-'));
const unitReport = join(reports, 'unit.json');
const journeyReport = join(reports, 'journeys.json');
const env = {
  ...process.env,
  ...(hasData ? { GANTRY_TEST_DATA: data } : {}),
  ...(process.argv.includes('--long') ? { GANTRY_TEST_LONG: '1', GANTRY_TEST_SLOW: '1' } : {}),
  PLAYWRIGHT_JSON_OUTPUT_NAME: journeyReport,
  TCP_NODELAY: '1',
};

let passed = 0;
let failed = missing.length;

const started = Date.now();
if ((await runPinned(['tools/check.js'])) === 0) passed++;
else failed++;

// Some of them start the whole bridge, which serves the page.
await ensureWebBuild();
await runPinned(
  ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json'].concat([
    `--outputFile.json=${unitReport}`,
  ]),
  { env },
);
const unit = readReport(unitReport);
passed += unit?.numPassedTests ?? 0;
failed += unit ? unit.numFailedTests + unbegun(unit) : 1;

await runPinned(['node_modules/@playwright/test/cli.js', 'test', '--reporter=list,json'], { env });
const journeys = readReport(journeyReport);
passed += journeys?.stats.expected ?? 0;
failed += journeys ? journeys.stats.unexpected + journeys.errors.length : 1;

rmSync(reports, { recursive: true, force: true });
process.stdout.write(`${((Date.now() - started) / 1000).toFixed(0)} s\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** Files that failed before their first test began. */
function unbegun(report) {
  return report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
}

function readReport(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}
