// node tools/run.js tools/bench/index-folder.ts [COUNT]: drops a folder of generated CT on the page in Chromium, beside
// a page that walks the same folder and reads the first 16 KiB of each file, 16 in flight, in two workers.
import { chromium, type Browser } from '@playwright/test';
import { createServer } from 'node:http';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ctSeries } from '../../bridge/src/samples/phantom/ct-series.ts';
import { phantomIdentity } from '../../bridge/src/samples/phantom/phantom-identity.ts';
import { startBridge } from '../../e2e/support/bridge.ts';
import { dropOn, imported } from '../../e2e/support/drop.ts';
import configuration from '../../playwright.config.ts';
import { ensureWebBuild } from '../web-build.js';

const count = Number(process.argv[2] ?? 10_000);
const ROUNDS = 3;
const SLICES = 200;

const folder = await mkdtemp(join(tmpdir(), 'gantry-bench-'));
for (let seed = 1; (seed - 1) * SLICES < count; seed++) {
  const series = join(folder, `study${seed}`, 'series1');
  await mkdir(series, { recursive: true });
  const slices = Math.min(SLICES, count - (seed - 1) * SLICES);
  let slice = 0;
  // Of 128 by 128 pixels: the header lies in the first 16 KiB, the file goes on behind it.
  for (const { bytes } of ctSeries({
    seed,
    slices,
    size: 128,
    identity: phantomIdentity(seed, 'CT'),
  })) {
    await writeFile(join(series, `IM${++slice}`), bytes);
  }
}

/** Reads a file as it comes, eight at once. */
const REFERENCE_WORKER = `
  const waiting = [];
  let reading = 0;
  const next = async () => {
    while (reading < 8 && waiting.length > 0) {
      const { id, file } = waiting.shift();
      reading++;
      file.slice(0, 16384).arrayBuffer().then(() => {
        reading--;
        postMessage(id);
        next();
      });
    }
  };
  onmessage = ({ data }) => { waiting.push(data); void next(); };
`;
const REFERENCE_PAGE = `<!doctype html><title>Reference</title><script>
  const workers = [new Worker('/worker.js'), new Worker('/worker.js')];
  let found = 0, read = 0, started = 0, walked = false;
  for (const worker of workers) worker.onmessage = () => { read++; end(); };
  const end = () => { if (walked && read === found) document.title = String(performance.now() - started); };
  async function walk(directory) {
    for await (const entry of directory.values()) {
      if (entry.kind === 'directory') await walk(entry);
      else workers[found++ % 2].postMessage({ id: found, file: await entry.getFile() });
    }
  }
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', async (event) => {
    event.preventDefault();
    started = performance.now();
    await walk(await event.dataTransfer.items[0].getAsFileSystemHandle());
    walked = true;
    end();
  });
</script>`;

const server = createServer((request, response) => {
  const isWorker = request.url === '/worker.js';
  response.setHeader('Content-Type', isWorker ? 'text/javascript' : 'text/html');
  response.end(isWorker ? REFERENCE_WORKER : REFERENCE_PAGE);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
if (typeof address !== 'object' || address === null) throw new Error('There is no port.');
const referenceUrl = `http://127.0.0.1:${address.port}/`;

async function reading(browser: Browser): Promise<number> {
  const page = await browser.newPage();
  await page.goto(referenceUrl);
  await dropOn(page, folder);
  await page.waitForFunction(() => Number(document.title) > 0, undefined, { timeout: 300_000 });
  const ms = Number(await page.title());
  await page.close();
  return ms;
}

/** Milliseconds from the drop to the first image in a viewport, and, in another turn, to the last file. */
async function indexing(browser: Browser): Promise<{ image: number; all: number }> {
  const bridge = await startBridge();
  const page = await browser.newPage({ viewport: { width: 1400, height: 860 } });
  await page.goto(bridge.link());
  await page.getByRole('button', { name: 'Settings' }).waitFor();
  page.setDefaultTimeout(300_000);
  const started = performance.now();
  await dropOn(page, folder);
  await imported(page);
  const all = performance.now() - started;
  await page.reload();
  await page.getByRole('button', { name: 'Settings' }).waitFor();
  const again = performance.now();
  await dropOn(page, folder);
  await page.locator('[data-study-row]').first().dblclick();
  await page.locator('[data-testid=viewport][data-status=shown]').waitFor();
  const image = performance.now() - again;
  await page.close();
  await bridge.stop();
  return { image, all };
}

await ensureWebBuild();
const browser = await chromium.launch(configuration.use?.launchOptions ?? {});
for (let round = 1; round <= ROUNDS; round++) {
  const read = await reading(browser);
  const { image, all } = await indexing(browser);
  process.stdout.write(
    `${count} files: read ${(read / 1000).toFixed(1)} s, indexed ${(all / 1000).toFixed(1)} s, ` +
      `${(all / read).toFixed(2)} × the time (budget 1.30 ×); first image after ${(image / 1000).toFixed(2)} s (budget 2 s)\n`,
  );
}
await browser.close();
server.close();
await rm(folder, { recursive: true });
