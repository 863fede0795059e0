// For tests and benchmarks: the listener of `relaying-listener.ts`.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./relaying-listener.ts', import.meta.url));

/** As in tools/start.js. */
const MEMORY_FLAG = '--max-semi-space-size=2';

interface RelayMemory {
  readonly bytes: number;
  /** The most that it has ever been. */
  readonly mostBytes: number;
}

export interface RelayProcess {
  readonly port: number;
  memory(): Promise<RelayMemory>;
  stop(): Promise<void>;
}

/** @param destination where it passes on what it is sent; 0: it drops it */
export async function startRelay(destination = 0): Promise<RelayProcess> {
  const child = spawn(process.execPath, [MEMORY_FLAG, PROGRAM, String(destination)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const numbers = async (): Promise<number[]> => {
    const line = await lines.next();
    if (line.done) throw new Error('The relay has ended.');
    return line.value.split(' ').slice(1).map(Number);
  };
  const [port = 0] = await numbers();
  return {
    port,
    memory: async () => {
      child.stdin.write('\n');
      const [bytes = 0, mostBytes = 0] = await numbers();
      return { bytes, mostBytes };
    },
    stop: async () => {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
    },
  };
}
