import type * as ViewerModule from './viewer-host.ts';

/**
 * What the viewer stands on, each part before what needs it. To run all of its code at once would keep the page for a
 * tenth of a second.
 */
const PARTS: readonly (() => Promise<unknown>)[] = [
  () => import('./parts/logging.ts'),
  () => import('./parts/metadata.ts'),
  () => import('./parts/core.ts'),
  () => import('./parts/tools.ts'),
];

let read: Promise<typeof ViewerModule> | undefined;

/** The viewer's code, read once, in several tasks. */
export const readViewer = (): Promise<typeof ViewerModule> => (read ??= readInParts());

async function readInParts(): Promise<typeof ViewerModule> {
  for (const part of PARTS) {
    await part();
    // What the user does meanwhile comes between.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return import('./viewer-host.ts');
}
