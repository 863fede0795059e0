/** Compares two rows as Array.sort does. */
export type Compare<Row> = (a: Row, b: Row) => number;

/** Puts rows in order by a key. By code point: a collator is six times slower. */
export function ordered<Row>(
  key: (row: Row) => string | number,
  isDescending: boolean,
): Compare<Row> {
  const sign = isDescending ? -1 : 1;
  return (a, b) => {
    const left = key(a);
    const right = key(b);
    return left < right ? -sign : left > right ? sign : 0;
  };
}

/**
 * Rows in order, while their list grows: what has come since the last time is sorted by itself and merged, so that
 * a query of 100,000 answers doesn't sort them all with each message. Anything but growth sorts anew.
 */
export class SortedRows<Item, Row> {
  readonly #rowOf: (item: Item) => Row;
  #items: readonly Item[] = [];
  #sorted: readonly Row[] = [];
  #compare: Compare<Row> | undefined;

  /** @param rowOf gives the same row for the same item */
  constructor(rowOf: (item: Item) => Row) {
    this.#rowOf = rowOf;
  }

  /** @param compare the same function for the same order; rows that are equal stay as they came */
  of(items: readonly Item[], compare: Compare<Row>): readonly Row[] {
    const isGrowth = compare === this.#compare && beginsWith(items, this.#items);
    const added = items.slice(isGrowth ? this.#items.length : 0).map(this.#rowOf);
    if (!isGrowth || added.length > 0) {
      added.sort(compare);
      this.#sorted = isGrowth ? merged(this.#sorted, added, compare) : added;
    }
    this.#items = items;
    this.#compare = compare;
    return this.#sorted;
  }
}

function beginsWith<Item>(items: readonly Item[], beginning: readonly Item[]): boolean {
  return items.length >= beginning.length && beginning.every((item, at) => item === items[at]);
}

/** Of two that are equal, the one from `a` comes first. */
function merged<Row>(a: readonly Row[], b: readonly Row[], compare: Compare<Row>): readonly Row[] {
  if (a.length === 0) return b;
  const rows: Row[] = [];
  let at = 0;
  for (const row of b) {
    for (let next = a[at]; next !== undefined && compare(next, row) <= 0; next = a[++at]) {
      rows.push(next);
    }
    rows.push(row);
  }
  for (; at < a.length; at++) {
    const rest = a[at];
    if (rest !== undefined) rows.push(rest);
  }
  return rows;
}
