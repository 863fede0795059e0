import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  halfReceived,
  isWell,
  madeFile,
  madeInstance,
  startArchive,
  store,
  temporaryFolder,
} from './testing/made-instance.ts';
import { closeListener, startStorage, storescu, written } from './testing/storage-listener.ts';

/** More than the archive keeps free for its index. */
const DISK_MB = 40;

const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** Runs the work with a small disk of its own; false where mounting isn't allowed (in a container). */
async function withSmallDisk(work: (folder: string) => Promise<void>): Promise<boolean> {
  const folder = await temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', folder]);
  } catch {
    return false;
  }
  try {
    await work(folder);
  } finally {
    // Lazily: after a failure the archive is still open.
    execFileSync('umount', ['-l', folder]);
  }
  return true;
}

const statuses = (output: string) =>
  [...output.matchAll(/Received Store Response \((.*?)\)/g)].map(([, status]) => status);

describe.skipIf(!canMount)(
  'a disk that is full (a tmpfs, which only root of Linux can mount)',
  () => {
    it.for([
      { what: 'small instances', pixelBytes: 500_000 },
      { what: 'long ones', pixelBytes: 7_000_000 },
    ])(
      'answers A700H to $what, keeps what it acknowledged, and goes on when there is room',
      async ({ pixelBytes }, { skip }) => {
        const isMounted = await withSmallDisk(async (dataDirectory) => {
          const { archive, folder, port, failures } = await startStorage({ dataDirectory });
          const count = Math.ceil((DISK_MB * 1_000_000) / pixelBytes);
          const instances = Array.from({ length: count }, (_, i) =>
            madeInstance({ study: `1.2.${i % 2}`, instance: `1.2.3.${i}`, pixelBytes }),
          );
          const source = await written(instances.map(madeFile));
          const answers = statuses((await storescu(port, ['--no-halt'], source)).output);
          expect(new Set(answers)).toEqual(new Set(['Success', 'Refused: OutOfResources']));
          expect(answers).toHaveLength(count);
          const stored = answers.filter((answer) => answer === 'Success').length;
          expect(await halfReceived(folder)).toEqual([]);
          expect(await archive.check()).toEqual({ files: stored, rows: stored, ...isWell });
          expect(failures).toEqual([]);
          expect(await archive.deleteStudy('1.2.0')).toBe(true);
          const again = await storescu(
            port,
            [],
            await written(instances.slice(0, 1).map(madeFile)),
          );
          expect(statuses(again.output)).toEqual(['Success']);
          await closeListener();
          await archive.close();
          const { archive: reopened } = await startArchive({ dataDirectory });
          expect(await reopened.check()).toMatchObject(isWell);
          await reopened.close();
        });
        if (!isMounted) skip('Mounting is not allowed here.');
      },
    );

    it('in the middle of an instance is answered with A700H, and the file is gone', async ({
      skip,
    }) => {
      const isMounted = await withSmallDisk(async (dataDirectory) => {
        const { archive, folder, port } = await startStorage({ dataDirectory });
        const huge = madeInstance({ instance: '1.2.3.4', pixelBytes: 2 * DISK_MB * 1_000_000 });
        const { output } = await storescu(port, [], await written([madeFile(huge)]));
        expect(statuses(output)).toEqual(['Refused: OutOfResources']);
        expect(await halfReceived(folder)).toEqual([]);
        expect(await store(archive, { instance: '1.2.3.5' })).toEqual({ kind: 'stored' });
        await closeListener();
        await archive.close();
      });
      if (!isMounted) skip('Mounting is not allowed here.');
    });

    it('makes room by what is cached before it refuses anything', async ({ skip }) => {
      const isMounted = await withSmallDisk(async (dataDirectory) => {
        const { archive } = await startArchive({ dataDirectory });
        for (let number = 1; number <= 4; number++) {
          const cached = { study: `1.${number}`, instance: `1.${number}.1`, pixelBytes: 5_000_000 };
          expect(await store(archive, cached, 'cache')).toEqual({ kind: 'stored' });
        }
        for (let number = 1; number <= 12; number++) {
          const kept = { study: '1.9', instance: `1.9.${number}`, pixelBytes: 900_000 };
          expect(await store(archive, kept)).toEqual({ kind: 'stored' });
        }
        expect(await archive.study('1.1')).toBeUndefined();
        expect(await archive.check()).toMatchObject(isWell);
        await archive.close();
      });
      if (!isMounted) skip('Mounting is not allowed here.');
    });
  },
);
