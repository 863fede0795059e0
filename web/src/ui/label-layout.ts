/** A rectangle of the viewport, CSS pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A label to be placed: its size, and what it belongs to. */
export interface Label {
  readonly width: number;
  readonly height: number;
  readonly around: Area;
}

/** Between a label and what it belongs to. */
const GAP = 8;
/** Farther than this a label is lost. */
const FAR = 60;
/** How finely free places are looked for. */
const STEP = 12;

/**
 * Places labels beside what they belong to, one after another, where they cover no other label and nothing that stands
 * in the viewport already; nor a line, where there is a place without one near by. Undefined for one that has no room.
 *
 * @param lines places on what is drawn
 */
export function placeLabels(
  labels: readonly Label[],
  taken: readonly Area[],
  lines: readonly (readonly [x: number, y: number])[],
  { width, height }: { readonly width: number; readonly height: number },
): (Area | undefined)[] {
  const full = [...taken];
  const isClear = (area: Area) =>
    !lines.some(
      ([x, y]) => x > area.x && x < area.x + area.width && y > area.y && y < area.y + area.height,
    );
  return labels.map((label) => {
    const isFree = (area: Area) =>
      area.x >= 0 &&
      area.y >= 0 &&
      area.x + area.width <= width &&
      area.y + area.height <= height &&
      full.every((other) => !overlap(area, other));
    const near = beside(label).filter(isFree);
    let place = near.find(isClear);
    if (!place) {
      const others = around(label, { width, height }).filter(isFree);
      // Far away it would be less help than over a line.
      const clear = others.find((area) => isClear(area) && gapOf(area, label.around) <= FAR);
      place = clear ?? near[0] ?? others[0];
    }
    if (place) full.push(place);
    return place;
  });
}

const overlap = (a: Area, b: Area): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Right, below, above, left. */
function beside({ around, width, height }: Label): Area[] {
  const middleX = around.x + (around.width - width) / 2;
  const middleY = around.y + (around.height - height) / 2;
  const at = (x: number, y: number): Area => ({ x, y, width, height });
  return [
    at(around.x + around.width + GAP, middleY),
    at(middleX, around.y + around.height + GAP),
    at(middleX, around.y - height - GAP),
    at(around.x - width - GAP, middleY),
  ];
}

/** Places all over the viewport, the nearest first. */
function around(
  { around: { x, y, ...size }, width, height }: Label,
  bounds: { readonly width: number; readonly height: number },
): Area[] {
  const places: { area: Area; away: number }[] = [];
  for (let top = 0; top + height <= bounds.height; top += STEP) {
    for (let left = 0; left + width <= bounds.width; left += STEP) {
      const area = { x: left, y: top, width, height };
      const [dx, dy] = [x + size.width / 2, y + size.height / 2];
      places.push({ area, away: Math.hypot(left + width / 2 - dx, top + height / 2 - dy) });
    }
  }
  return places.sort((a, b) => a.away - b.away).map(({ area }) => area);
}

/** How far two rectangles are apart; 0 where they touch. */
function gapOf(a: Area, b: Area): number {
  const dx = Math.max(0, a.x - (b.x + b.width), b.x - (a.x + a.width));
  const dy = Math.max(0, a.y - (b.y + b.height), b.y - (a.y + a.height));
  return Math.hypot(dx, dy);
}

/** A line from a label to what it belongs to, where it lies apart; empty where it stands beside it. */
export function leaderOf(label: Area, to: Area): string {
  if (gapOf(label, to) <= 2 * GAP) return '';
  const [x, y] = [to.x + to.width / 2, to.y + to.height / 2];
  const edgeX = Math.min(label.x + label.width, Math.max(label.x, x));
  const edgeY = Math.min(label.y + label.height, Math.max(label.y, y));
  return `M${edgeX} ${edgeY}L${x} ${y}`;
}
