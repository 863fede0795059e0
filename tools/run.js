// node tools/run.js SCRIPT [ARGUMENTS]: runs a script of the project, or of a package, with the pinned Node.
import { ensureDependencies, runPinned } from './pinned-node.js';

ensureDependencies();
process.exitCode = await runPinned(process.argv.slice(2));
