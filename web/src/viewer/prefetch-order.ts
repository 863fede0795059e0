/** One image behind for so many ahead: who scrolls seldom turns round. */
const AHEAD_PER_BEHIND = 3;

/**
 * The images to load around the one on screen, the likeliest next first: in the direction of scrolling, and fewer behind.
 *
 * @param reach how many images away the farthest may be
 */
export function* prefetchOrder(
  index: number,
  count: number,
  direction: 1 | -1,
  reach: number,
): Generator<number> {
  const isThere = (at: number) => at >= 0 && at < count && Math.abs(at - index) <= reach;
  const farthest = AHEAD_PER_BEHIND * Math.min(count, reach);
  for (let step = 1, behind = 1; step <= farthest; step++) {
    const ahead = index + step * direction;
    if (isThere(ahead)) yield ahead;
    if (step % AHEAD_PER_BEHIND !== 1) continue;
    const back = index - behind++ * direction;
    if (isThere(back)) yield back;
  }
}

/** The same, by the ids of a stack's images. */
export function* imagesAhead(
  imageIds: readonly string[],
  index: number,
  direction: 1 | -1,
  reach: number,
): Generator<string> {
  for (const at of prefetchOrder(index, imageIds.length, direction, reach)) {
    const imageId = imageIds[at];
    if (imageId !== undefined) yield imageId;
  }
}
