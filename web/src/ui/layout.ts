/** A grid of viewports. */
export interface Layout {
  readonly rows: number;
  readonly columns: number;
}

export const LAYOUTS: readonly Layout[] = [
  { rows: 1, columns: 1 },
  { rows: 1, columns: 2 },
  { rows: 2, columns: 1 },
  { rows: 1, columns: 3 },
  { rows: 2, columns: 2 },
  { rows: 2, columns: 3 },
  { rows: 2, columns: 4 },
  { rows: 3, columns: 4 },
  { rows: 4, columns: 5 },
];

export const SINGLE: Layout = { rows: 1, columns: 1 };

export const layoutName = ({ rows, columns }: Layout): string => `${rows} × ${columns}`;

/**
 * What each viewport shows, by the keys of display sets, when there are as many as a layout has: what is shown stays,
 * the others get the next ones that nobody shows, and stay empty where there are none.
 */
export function filled(
  shown: readonly (string | undefined)[],
  all: readonly string[],
  { rows, columns }: Layout,
): (string | undefined)[] {
  const kept = shown.slice(0, rows * columns);
  const first = all.indexOf(kept[0] ?? '');
  const waiting = [...all.slice(first + 1), ...all.slice(0, first + 1)].filter(
    (key) => !kept.includes(key),
  );
  return Array.from({ length: rows * columns }, (_, i) => kept[i] ?? waiting.shift());
}
