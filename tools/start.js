// npm start: installs what is missing, builds the page when its sources changed, starts the bridge.
import { ensureDependencies, runPinned } from './pinned-node.js';
import { ensureWebBuild } from './web-build.js';

ensureDependencies();
await ensureWebBuild();
process.exitCode = await runPinned(['bridge/src/main.ts', ...process.argv.slice(2)]);
