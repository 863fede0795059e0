// node tools/run.js tools/bench/deidentify-page.ts [COUNT]: the page's own worker de-identifies generated CT of 0.5 MB in
// Chromium, beside a worker that reads the same headers and tails; four in flight, one worker each. Then the same with headers
// of 1,500 elements.
import { chromium } from '@playwright/test';
import { createServer } from 'node:http';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ctSeries } from '../../bridge/src/samples/phantom/ct-series.ts';
import { withLongHeader } from '../long-header.ts';
import configuration from '../../playwright.config.ts';
import { ensureWebBuild } from '../web-build.js';

const count = Number(process.argv[2] ?? 1000);
const ROUNDS = 3;
const dist = join(import.meta.dirname, '..', '..', 'web', 'dist');

const folder = await mkdtemp(join(tmpdir(), 'gantry-bench-'));
const longFolder = await mkdtemp(join(tmpdir(), 'gantry-bench-long-'));
let number = 0;
for (const { bytes } of ctSeries({ slices: count, size: 512 })) {
  const name = `${String(number++).padStart(5, '0')}.dcm`;
  await writeFile(join(folder, name), bytes);
  await writeFile(join(longFolder, name), await withLongHeader(bytes));
}

/** The same reads as a parser of headers does: the first window, and the end of the file. */
const REFERENCE_WORKER = `onmessage = async ({ data: { id, file } }) => {
  await file.slice(0, 65536).arrayBuffer();
  await file.slice(file.size - 64).arrayBuffer();
  postMessage({ id });
};`;

const PAGE = `<!doctype html><title>Bench</title><input type="file" multiple><script type="module">
  const IN_FLIGHT = 4;
  async function run(worker, request, files) {
    let next = 0, done = 0, made = 0;
    const started = performance.now();
    await new Promise((resolve) => {
      const post = () => { if (next < files.length) worker.postMessage(request(next, files[next++])); };
      worker.onmessage = ({ data }) => {
        const parts = data.prepared?.parts;
        if (data.prepared && data.prepared.kind !== 'ready') throw new Error(data.prepared.reason);
        if (parts) {
          const file = files[data.id];
          made += new Blob(parts.map((p) => (p instanceof Uint8Array ? p : file.slice(p.from, p.to)))).size;
        }
        if (++done === files.length) resolve(); else post();
      };
      for (let i = 0; i < IN_FLIGHT; i++) post();
    });
    return { ms: performance.now() - started, made };
  }
  window.bench = async (workerUrl, profile) => {
    const files = [...document.querySelector('input').files];
    const reading = await run(new Worker('/reference.js'), (id, file) => ({ id, file }), files);
    const worker = new Worker(workerUrl, { type: 'module' });
    const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const whole = { ...profile, options: new Set(), rules: new Map() };
    worker.postMessage({ kind: 'key', keyId: 'k', key, profile: whole });
    const request = (id, file) => ({ kind: 'prepare', id, file, keyId: 'k', withChanges: false, look: { kind: 'unseen' } });
    await run(worker, request, files.slice(0, 20));
    const { ms, made } = await run(worker, request, files);
    return { read: reading.ms, deidentified: ms, made };
  };
</script>`;

await ensureWebBuild();
const assets = await readdir(join(dist, 'assets'));
const worker = assets.find((name) => name.startsWith('deidentify.worker'));
if (worker === undefined) throw new Error('The page was built without its worker.');

const server = createServer((request, response) => {
  const path = request.url ?? '/';
  const type = path.endsWith('.js') ? 'text/javascript' : 'text/html';
  response.setHeader('Content-Type', path.endsWith('.wasm') ? 'application/wasm' : type);
  if (path === '/') response.end(PAGE);
  else if (path === '/reference.js') response.end(REFERENCE_WORKER);
  else
    readFile(join(dist, path)).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
if (typeof address !== 'object' || address === null) throw new Error('There is no port.');

const browser = await chromium.launch(configuration.use?.launchOptions ?? {});
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${address.port}/`);
const { BASIC_PROFILE } = await import('../../web/src/deidentify/profile.ts');

async function measure(files: string): Promise<Record<'read' | 'deidentified' | 'made', number>> {
  const names = (await readdir(files)).map((name) => join(files, name));
  await page.locator('input').setInputFiles(names);
  // What a message of Playwright can't carry is made in the page.
  const { options: _, rules: __, ...profile } = BASIC_PROFILE;
  return page.evaluate(
    ([url, plain]) =>
      (
        window as unknown as {
          bench(
            url: string,
            profile: unknown,
          ): Promise<Record<'read' | 'deidentified' | 'made', number>>;
        }
      ).bench(url, plain),
    [`/assets/${worker}`, profile] as const,
  );
}

for (let round = 1; round <= ROUNDS; round++) {
  const { read, deidentified, made } = await measure(folder);
  const long = await measure(longFolder);
  process.stdout.write(
    `${count} files: read ${read.toFixed(0)} ms, de-identified ${deidentified.toFixed(0)} ms into ${(made / 2 ** 20).toFixed(0)} MiB: ` +
      `${((1000 * count) / deidentified).toFixed(0)}/s, ${(deidentified / read).toFixed(2)} × the time (budget 2.00 ×, 500/s); ` +
      `headers of 1,500 elements ${long.deidentified.toFixed(0)} ms, ${(long.deidentified / deidentified).toFixed(2)} × usual ones (budget 3.00 ×)\n`,
  );
}
await browser.close();
server.close();
await rm(folder, { recursive: true });
await rm(longFolder, { recursive: true });
