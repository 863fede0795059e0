// npm start: installs what is missing, builds the page when its sources changed, starts the bridge.
import { ensureDependencies, runPinned } from './pinned-node.js';
import { ensureWebBuild } from './web-build.js';

ensureDependencies();
await ensureWebBuild();
// Megabytes of the part of the heap that is collected often. What a transfer of 4 GB leaves behind before it is collected adds
// up to 100 MB and more with Node's 16, to 70 MB with 4, to 35 MB with 2, in the same time.
const flags = ['--max-semi-space-size=2'];
process.exitCode = await runPinned([...flags, 'bridge/src/main.ts', ...process.argv.slice(2)]);
