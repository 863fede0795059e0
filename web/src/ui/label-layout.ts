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
/** How finely free places are looked for. */
const STEP = 12;

/**
 * Places labels beside what they belong to, one after another, where they cover no other label and nothing that stands
 * in the viewport already. Undefined for one that has no room anywhere.
 */
export function placeLabels(
  labels: readonly Label[],
  taken: readonly Area[],
  { width, height }: { readonly width: number; readonly height: number },
): (Area | undefined)[] {
  const full = [...taken];
  return labels.map((label) => {
    const isFree = (area: Area) =>
      area.x >= 0 &&
      area.y >= 0 &&
      area.x + area.width <= width &&
      area.y + area.height <= height &&
      full.every((other) => !overlap(area, other));
    const place = beside(label).find(isFree) ?? nearest(label, { width, height }, isFree);
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

function nearest(
  { around, width, height }: Label,
  bounds: { readonly width: number; readonly height: number },
  isFree: (area: Area) => boolean,
): Area | undefined {
  const [x, y] = [around.x + around.width / 2, around.y + around.height / 2];
  const places: { area: Area; away: number }[] = [];
  for (let top = 0; top + height <= bounds.height; top += STEP) {
    for (let left = 0; left + width <= bounds.width; left += STEP) {
      const area = { x: left, y: top, width, height };
      places.push({ area, away: Math.hypot(left + width / 2 - x, top + height / 2 - y) });
    }
  }
  places.sort((a, b) => a.away - b.away);
  return places.find(({ area }) => isFree(area))?.area;
}
