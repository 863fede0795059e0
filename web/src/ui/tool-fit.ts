/** How much room tools want, and which of them may go. */
export interface Fitting {
  /** CSS pixels, with the gap behind it. */
  readonly width: number;
  /** Those with the highest number leave first. */
  readonly rank: number;
}

/**
 * Which tools find room in a bar that wraps, by their place in the list; the others go into a menu.
 *
 * @param width of a row, in CSS pixels
 * @param menuWidth of the button that opens the menu, which is there when anything is in it
 */
export function fitting(
  tools: readonly Fitting[],
  width: number,
  rows: number,
  menuWidth: number,
): ReadonlySet<number> {
  const kept = new Set(tools.keys());
  // The last of the highest rank leaves first.
  const leaving = [...tools.keys()].sort(
    (a, b) => (tools[b]?.rank ?? 0) - (tools[a]?.rank ?? 0) || b - a,
  );
  const widths = () => [...kept].map((at) => tools[at]?.width ?? 0);
  if (rowsOf(widths(), width) <= rows) return kept;
  for (const at of leaving) {
    kept.delete(at);
    if (rowsOf([...widths(), menuWidth], width) <= rows) break;
  }
  return kept;
}

/** As many rows as a bar has that begins a new one where the next does not fit. */
function rowsOf(widths: readonly number[], width: number): number {
  let [rows, used] = [1, 0];
  for (const each of widths) {
    if (used > 0 && used + each > width) [rows, used] = [rows + 1, 0];
    used += each;
  }
  return rows;
}
