import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, projectRoot, runPinned } from './pinned-node.js';

/** Every file that the built page is made from, in a stable order. */
function sources() {
  const files = ['package-lock.json', 'vite.config.ts'];
  for (const folder of ['web', 'shared']) {
    for (const entry of readdirSync(join(projectRoot, folder), { recursive: true })) {
      const name = join(folder, entry.toString());
      if (name.startsWith(join('web', 'dist')) || name.endsWith('.test.ts')) continue;
      if (statSync(join(projectRoot, name)).isFile()) files.push(name);
    }
  }
  return files.sort();
}

/** Builds the page unless the build at hand was made from just these sources. */
export async function ensureWebBuild() {
  const stampFile = join(projectRoot, 'web', 'dist', '.built-from');
  const hash = createHash('sha256');
  for (const name of sources()) hash.update(name).update(readFileSync(join(projectRoot, name)));
  const stamp = hash.digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  process.stdout.write('Building the page …\n');
  const code = await runPinned(['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'error']);
  if (code !== 0) fail('The page could not be built; the messages above say why.');
  writeFileSync(stampFile, stamp);
}
