/** What lies over a viewport's picture and takes some of its events for itself. */
export interface ShieldedLayer {
  /** Whether a press is the layer's own. */
  readonly isMine: (event: Event) => boolean;
  /** Acts on a key; false where it means nothing here. */
  readonly press: (event: KeyboardEvent) => boolean;
}

/**
 * What a layer takes for itself must not reach the tools of the renderer, which listen on the element around it. They
 * take every key away from the browser, Tab too: what isn't for the layer goes past them. Returns what ends it.
 */
export function shield(element: SVGSVGElement, { isMine, press }: ShieldedLayer): () => void {
  const stop = (event: Event) => {
    const isOther = event instanceof MouseEvent && event.button !== 0;
    const isGesture = event instanceof TouchEvent && event.touches.length > 1;
    if (!isOther && !isGesture && isMine(event)) event.stopPropagation();
  };
  const onKey = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === 'Tab') return;
    const isDone =
      press(event) ||
      element
        .closest('[data-testid=viewport]')
        ?.dispatchEvent(new KeyboardEvent(event.type, event)) === false;
    if (isDone) event.preventDefault();
  };
  const ending = new AbortController();
  const { signal } = ending;
  element.addEventListener('mousedown', stop, { signal });
  element.addEventListener('touchstart', stop, { signal });
  element.addEventListener('keydown', onKey, { signal });
  return () => ending.abort();
}

/** CSS pixels of an arrow key's step on screen. */
export const ARROWS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
