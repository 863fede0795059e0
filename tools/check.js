// npm run check: every gate that needs no peer and no browser. Stops at none, so that one run shows everything.
import { ensureDependencies, runPinned } from './pinned-node.js';

const GATES = [
  // The longest first, beside which the others run.
  ['lint', ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.']],
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
  ['types: shared', ['node_modules/typescript/bin/tsc', '-p', 'shared']],
  ['types: bridge', ['node_modules/typescript/bin/tsc', '-p', 'bridge']],
  ['types: tools and e2e', ['node_modules/typescript/bin/tsc', '-p', 'e2e']],
  ['types: workers', ['node_modules/typescript/bin/tsc', '-p', 'web/tsconfig.worker.json']],
  [
    'types: web',
    ['node_modules/svelte-check/bin/svelte-check', '--tsconfig', 'web/tsconfig.json'].concat([
      '--fail-on-warnings',
      '--output',
      'human',
    ]),
  ],
  [
    'dependency rule',
    ['node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', '--config'].concat([
      '.dependency-cruiser.mjs',
      'shared',
      'web/src',
      'bridge/src',
      'e2e',
      'tools',
    ]),
  ],
  ['unused code', ['node_modules/knip/bin/knip.js']],
];

ensureDependencies();
const only = process.argv[2];
const waiting = GATES.filter(([name]) => !only || name.startsWith(only));
let failed = 0;

/** Runs gates until none is left. What a gate prints comes at its end, so that two don't mix. */
async function run() {
  for (let gate = waiting.shift(); gate; gate = waiting.shift()) {
    const [name, args] = gate;
    const started = Date.now();
    const parts = [];
    const code = await runPinned(args, {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
      onOutput: (part) => parts.push(part),
    });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    process.stdout.write(Buffer.concat(parts));
    process.stdout.write(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)\n`);
    if (code !== 0) failed++;
  }
}

// Two at a time: on a small machine more would only wait for each other's memory.
await Promise.all([run(), run()]);
process.exitCode = failed === 0 ? 0 : 1;
