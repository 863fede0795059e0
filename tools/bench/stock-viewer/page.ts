// The page of Cornerstone's own image loader, as its examples have it: files of the disk as a stack, its prefetching,
// its wheel and its loop. What Gantry's viewer is measured beside.
import { cache, Enums, init as initCore, RenderingEngine, type Types } from '@cornerstonejs/core';
import { init as initLoader, wadouri } from '@cornerstonejs/dicom-image-loader';
import {
  addTool,
  init as initTools,
  StackScrollTool,
  ToolGroupManager,
  Enums as ToolEnums,
  utilities,
} from '@cornerstonejs/tools';

/** What the benchmark calls. */
export interface StockViewer {
  /** Shows the chosen files as a stack, in the order of the input, each of so many frames, in a viewport of that size. */
  open(frames: number, size: { width: number; height: number }): Promise<void>;
  play(framesPerSecond: number): void;
  close(): void;
}

declare global {
  interface Window {
    stock: StockViewer;
  }
}

initCore();
initLoader();
initTools();
addTool(StackScrollTool);

const element = document.querySelector<HTMLDivElement>('#viewport');
const input = document.querySelector('input');
if (!element || !input) throw new Error('The page lacks its elements.');
const engine = new RenderingEngine('stock');
const viewportId = 'stock';
engine.enableElement({ viewportId, element, type: Enums.ViewportType.STACK });
const tools = ToolGroupManager.createToolGroup('stock');
const wheel = String(StackScrollTool.toolName);
tools?.addTool(wheel);
tools?.addViewport(viewportId, engine.id);
tools?.setToolActive(wheel, { bindings: [{ mouseButton: ToolEnums.MouseBindings.Wheel }] });

window.stock = {
  async open(frames, { width, height }) {
    element.style.width = `${width}px`;
    element.style.height = `${height}px`;
    engine.resize();
    const ids = Array.from(input.files ?? [], (file) => wadouri.fileManager.add(file));
    const imageIds =
      frames === 1
        ? ids
        : ids.flatMap((id) => Array.from({ length: frames }, (_, i) => `${id}?frame=${i + 1}`));
    await engine.getViewport<Types.IStackViewport>(viewportId).setStack(imageIds, 0);
    engine.renderViewport(viewportId);
    if (frames === 1) utilities.stackPrefetch.enable(element);
  },
  play: (framesPerSecond) => utilities.cine.playClip(element, { framesPerSecond }),
  close() {
    utilities.cine.stopClip(element);
    utilities.stackPrefetch.disable(element);
    wadouri.dataSetCacheManager.purge();
    wadouri.fileManager.purge();
    cache.purgeCache();
  },
};
