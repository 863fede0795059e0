import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualItem,
} from '@tanstack/virtual-core';

export interface VirtualRowsOptions {
  readonly count: () => number;
  /** Height of a row in CSS pixels. */
  readonly rowHeight: (index: number) => number;
  readonly key: (index: number) => string;
}

/** Rows that are drawn only while they are seen. Make it while a component is set up; attach() is for its scroller. */
export class VirtualRows {
  items = $state.raw<readonly VirtualItem[]>([]);
  totalHeight = $state(0);
  readonly #options: VirtualRowsOptions;

  constructor(options: VirtualRowsOptions) {
    this.#options = options;
  }

  /** An attachment for the element that scrolls. */
  readonly attach = (element: HTMLElement) => {
    const { rowHeight, key, count } = this.#options;
    const virtualizer = new Virtualizer<HTMLElement, HTMLElement>({
      count: 0,
      getScrollElement: () => element,
      estimateSize: rowHeight,
      getItemKey: key,
      overscan: 8,
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: (changed) => {
        this.#take(changed);
      },
    });
    const unmount = virtualizer._didMount();
    $effect(() => {
      const rows = count();
      // Rows of other heights may be at the same places now: sizes are asked for anew.
      virtualizer.setOptions({ ...virtualizer.options, count: rows });
      virtualizer._willUpdate();
      virtualizer.measure();
      this.#take(virtualizer);
    });
    return unmount;
  };

  #take(virtualizer: Virtualizer<HTMLElement, HTMLElement>): void {
    this.items = virtualizer.getVirtualItems();
    this.totalHeight = virtualizer.getTotalSize();
  }
}
