// npm start: installs what is missing, builds the page when its sources changed, starts the bridge.
import { ensureDependencies, runPinned } from './pinned-node.js';
import { ensureWebBuild } from './web-build.js';

ensureDependencies();
await ensureWebBuild();
// Megabytes of the part of the heap that is collected often. With Node's 16 and more, what a transfer of 4 GB leaves behind
// adds up to 100 MB before it is collected; with 4, to 45 MB, in the same time.
const flags = ['--max-semi-space-size=4'];
process.exitCode = await runPinned([...flags, 'bridge/src/main.ts', ...process.argv.slice(2)]);
