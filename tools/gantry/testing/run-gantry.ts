import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** Runs a command of tools/gantry.ts as a user does. */
export function gantry(...args: string[]) {
  const options = { cwd: join(import.meta.dirname, '..', '..', '..'), maxBuffer: 2 ** 26 };
  return new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(process.execPath, ['tools/gantry.ts', ...args], options, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}
