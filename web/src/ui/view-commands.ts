import type { Viewer } from '../viewer/viewer.ts';
import type { Command } from './commands.ts';

const TEN = 10;

/** What the commands do that are for one viewport; nothing where it is empty. */
export const viewCommands = (target: Viewer | undefined) =>
  ({
    nextImage: () => target?.scroll(1),
    previousImage: () => target?.scroll(-1),
    nextTenImages: () => target?.scroll(TEN),
    previousTenImages: () => target?.scroll(-TEN),
    firstImage: () => target?.goTo(0),
    lastImage: () => target?.goTo(target.state.count - 1),
    zoomIn: () => target?.camera.zoomIn(),
    zoomOut: () => target?.camera.zoomOut(),
    fit: () => target?.camera.fit(),
    rotateRight: () => target?.camera.rotate(90),
    rotateLeft: () => target?.camera.rotate(-90),
    flipHorizontal: () => target?.camera.flip('horizontal'),
    flipVertical: () => target?.camera.flip('vertical'),
    play: () => target?.cine.toggle(),
    invert: () => target?.invert(),
    overlays: () => target?.toggleOverlays(),
    reset: () => target?.reset(),
  }) as const satisfies Partial<Record<Command, () => void>>;
