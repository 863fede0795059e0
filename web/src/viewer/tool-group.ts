import {
  addTool,
  Enums,
  PanTool,
  ToolGroupManager,
  WindowLevelTool,
  ZoomTool,
  type Types,
} from '@cornerstonejs/tools';
import { DragScrollTool } from './drag-scroll-tool.ts';
import type { RightButton, ViewerTool } from './viewer-state.ts';

const { MouseBindings } = Enums;

/** Cornerstone's declarations leave the names of its tools open. */
const nameOf = ({ toolName }: { toolName: unknown }): string => String(toolName);

const TOOL_NAMES: Readonly<Record<ViewerTool, string>> = {
  window: nameOf(WindowLevelTool),
  pan: nameOf(PanTool),
  zoom: nameOf(ZoomTool),
  scroll: DragScrollTool.toolName,
};

/** Else a tool keeps all of its buttons but the left one. */
const UNBOUND = { removeAllBindings: true };

/** Makes the tools known to Cornerstone, once per page. */
export function registerTools(): void {
  for (const tool of [WindowLevelTool, PanTool, ZoomTool, DragScrollTool]) addTool(tool);
}

/** The tools of one viewport, so that each can have another one on the left button. */
export class ViewportTools {
  readonly #id: string;
  readonly #group: Types.IToolGroup;
  #active: ViewerTool = 'window';
  #rightButton: RightButton = 'zoom';

  /** @param onScroll takes the number of images that a drag goes forward */
  constructor(viewportId: string, renderingEngineId: string, onScroll: (delta: number) => void) {
    this.#id = `tools-of-${viewportId}`;
    const group = ToolGroupManager.createToolGroup(this.#id);
    if (!group) throw new Error('The viewport has tools already.');
    this.#group = group;
    for (const name of Object.values(TOOL_NAMES)) {
      group.addTool(name, name === DragScrollTool.toolName ? { onScroll } : {});
    }
    group.addViewport(viewportId, renderingEngineId);
    this.choose('window');
  }

  get active(): ViewerTool {
    return this.#active;
  }

  /** What the right button does, whatever the tool: a menu is the screen's. */
  giveRightButton(to: RightButton): void {
    this.#rightButton = to;
    this.choose(this.#active);
  }

  /** Gives the left button to a tool; middle pans whatever it is. */
  choose(tool: ViewerTool): void {
    this.#active = tool;
    for (const name of Object.values(TOOL_NAMES)) this.#group.setToolPassive(name, UNBOUND);
    const buttons = new Map<string, Types.IToolBinding[]>();
    const bind = (name: string, binding: Types.IToolBinding) =>
      buttons.set(name, [...(buttons.get(name) ?? []), binding]);
    bind(TOOL_NAMES[tool], { mouseButton: MouseBindings.Primary });
    bind(TOOL_NAMES.pan, { mouseButton: MouseBindings.Auxiliary });
    if (this.#rightButton === 'zoom') {
      bind(TOOL_NAMES.zoom, { mouseButton: MouseBindings.Secondary });
    }
    // Touch: one finger works the tool, as the left button does; two zoom and pan; three scroll.
    bind(TOOL_NAMES.zoom, { numTouchPoints: 2 });
    bind(TOOL_NAMES.scroll, { numTouchPoints: 3 });
    for (const [name, bindings] of buttons) this.#group.setToolActive(name, { bindings });
  }

  dispose(): void {
    ToolGroupManager.destroyToolGroup(this.#id);
  }
}
