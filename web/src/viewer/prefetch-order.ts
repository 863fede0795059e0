/** How many images are loaded ahead of the one on screen, and how many behind. */
const AHEAD = 24;
const BEHIND = 8;

/** The images to load around the one on screen, the likeliest next first: in the direction of scrolling, then back. */
export function prefetchOrder(index: number, count: number, direction: 1 | -1): number[] {
  const order: number[] = [];
  for (let step = 1; step <= AHEAD; step++) {
    order.push(index + step * direction);
    if (step <= BEHIND) order.push(index - step * direction);
  }
  return order.filter((at) => at >= 0 && at < count);
}
