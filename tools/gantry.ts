/**
 * Gantry without a window:
 *
 *     npm run -s gantry -- dump FILE [--json] [--all]
 *     npm run -s gantry -- pixels FILE [--frame N] --out FILE
 */
import { parseArgs } from 'node:util';
import { NotDicomError } from '../shared/dicom/read-instance.ts';
import { PixelError } from '../shared/pixels/pixel-error.ts';
import { dump } from './gantry/dump.ts';
import { pixels } from './gantry/pixels.ts';

const USAGE = `Usage: npm run -s gantry -- COMMAND

  dump FILE           the file's elements, a line each
    --json            as DICOM JSON Model (PS3.18 annex F), values of up to 64 KiB within
    --all             values of any length
  pixels FILE         its frames decoded to stored values, little endian
    --frame N         one frame, from 1; else all of them
    --out FILE        where they are written
`;

/** Exit codes: 0 done, 1 the file can't be read, 2 a command that isn't one. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      json: { type: 'boolean' },
      all: { type: 'boolean' },
      frame: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const [command, file, ...others] = positionals;
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { json = false, all = false, frame, out } = values;
  const isFrame = frame === undefined || /^[1-9]\d*$/.test(frame);
  if (file !== undefined && others.length === 0) {
    if (command === 'dump') return dump(file, { isJson: json, isWhole: all });
    if (command === 'pixels' && out !== undefined && isFrame) {
      return pixels(file, { out, frame: frame === undefined ? undefined : Number(frame) });
    }
  }
  process.stderr.write(USAGE);
  return 2;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error;
  const isKnown = isUsage || error instanceof NotDicomError || error instanceof PixelError;
  const isFileProblem = error instanceof Error && 'syscall' in error;
  if (!isKnown && !isFileProblem) throw error;
  process.stderr.write(`${error.message}\n${isUsage ? USAGE : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}
