/** What a table knows of a column. */
export interface SizedHeader {
  readonly column: { readonly id: string; readonly columnDef: { readonly size?: number } };
  getSize(): number;
}

/**
 * Tracks of a grid. A column that the user has made as wide as he wants it stays so; of the others those that are
 * widened share what is left.
 * @param lead width of what stands before the columns, in CSS pixels; 0 for nothing
 */
export function columnWidths(
  headers: readonly SizedHeader[],
  widened: ReadonlySet<string>,
  lead = 0,
): string {
  const tracks = headers.map((header) => {
    const size = header.getSize();
    const isAsMade = size === header.column.columnDef.size;
    return isAsMade && widened.has(header.column.id) ? `minmax(${size}px, ${size}fr)` : `${size}px`;
  });
  return [...(lead > 0 ? [`${lead}px`] : []), ...tracks].join(' ');
}
