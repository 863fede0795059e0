import { SvelteSet } from 'svelte/reactivity';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import { tagRows, type TagRow } from '../../../shared/dicom/tag-rows.ts';

/** A row of the panel: of the instance at hand, of the one that it is compared with, or of both. */
export interface ShownRow {
  readonly row: TagRow;
  /** What the pinned instance has there; undefined without one, or when it lacks the element. */
  readonly pinned: TagRow | undefined;
  /** Where two instances are compared: whether they differ here. */
  readonly state: 'same' | 'differs' | 'only-here' | 'only-pinned';
}

interface Instance {
  readonly parsed: ParsedInstance;
  readonly rows: readonly TagRow[];
}

const rowsOf = (parsed: ParsedInstance): TagRow[] => [
  ...tagRows(parsed.meta),
  ...tagRows(parsed.dataset),
];

/** The elements of an instance as a list: searched, folded, compared with another instance. */
export class TagView {
  #current = $state.raw<Instance>();
  #pinned = $state.raw<Instance>();
  search = $state('');
  onlyDifferences = $state(false);
  /** Paths of the sequences and items whose content is hidden. */
  readonly folded = new SvelteSet<string>();

  /** What can be seen, in the order of the tags. */
  readonly shown: readonly ShownRow[] = $derived.by(() => this.#visible());

  get instance(): ParsedInstance | undefined {
    return this.#current?.parsed;
  }

  get isComparing(): boolean {
    return this.#pinned !== undefined;
  }

  show(parsed: ParsedInstance | undefined): void {
    this.#current = parsed && { parsed, rows: rowsOf(parsed) };
  }

  /** Keeps the instance at hand, to compare the next ones with it. */
  pin(): void {
    this.#pinned = this.#current;
    this.onlyDifferences = true;
  }

  unpin(): void {
    this.#pinned = undefined;
    this.onlyDifferences = false;
  }

  fold(row: TagRow, isFolded: boolean): void {
    if (isFolded) this.folded.add(row.path);
    else this.folded.delete(row.path);
  }

  #visible(): ShownRow[] {
    const rows = this.#compared();
    const word = this.search.trim().toLocaleLowerCase();
    const isWanted = (shown: ShownRow) =>
      (!this.onlyDifferences || shown.state !== 'same') &&
      (word === '' || searchText(shown).includes(word));
    const isFiltered = word !== '' || this.onlyDifferences;
    if (!isFiltered) return rows.filter(({ row }) => !this.#isHidden(row.path));
    // What is found is shown within the sequences that it stands in.
    const wanted = new Set<string>();
    for (const shown of rows) {
      if (shown.row.kind === 'item' || !isWanted(shown)) continue;
      for (const path of ancestors(shown.row.path)) wanted.add(path);
    }
    return rows.filter(({ row }) => wanted.has(row.path));
  }

  #isHidden(path: string): boolean {
    return (
      this.folded.size > 0 &&
      ancestors(path)
        .slice(0, -1)
        .some((outer) => this.folded.has(outer))
    );
  }

  #compared(): ShownRow[] {
    const rows = this.#current?.rows ?? [];
    const pinned = this.#pinned;
    if (!pinned) return rows.map((row) => ({ row, pinned: undefined, state: 'same' }));
    const here = new Set(rows.map(({ path }) => path));
    const there = new Map(pinned.rows.map((row) => [row.path, row]));
    const shown: ShownRow[] = rows.map((row) => {
      const other = there.get(row.path);
      if (!other) return { row, pinned: undefined, state: 'only-here' };
      return { row, pinned: other, state: isSame(row, other) ? 'same' : 'differs' };
    });
    for (const row of pinned.rows) {
      if (!here.has(row.path)) shown.push({ row, pinned: row, state: 'only-pinned' });
    }
    return shown.sort((a, b) => comparePaths(a.row.path, b.row.path));
  }
}

/** "A[0].B" stands in "A[0]", which stands in "A"; itself last. */
function ancestors(path: string): string[] {
  const ends = [...path.matchAll(/\[|\./g)].map(({ index }) => index);
  return [...ends.map((end) => path.slice(0, end)), path];
}

/** In the order of tags and items: numbers of items by their size, not by their figures. */
function comparePaths(a: string, b: string): number {
  const [left, right] = [a.split(/[[\].]+/), b.split(/[[\].]+/)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x = '', y = ''] = [left[i], right[i]];
    if (x !== y) return x.length === y.length ? (x < y ? -1 : 1) : x.length - y.length;
  }
  return left.length - right.length;
}

const searchText = ({ row, pinned }: ShownRow): string =>
  [row.label, row.path.slice(-8), row.keyword, row.name, row.creator, row.value, pinned?.value]
    .join('\n')
    .toLocaleLowerCase();

function isSame(a: TagRow, b: TagRow): boolean {
  if (a.kind === 'item' || a.element?.items) return true;
  if (a.vr !== b.vr || a.length !== b.length) return a.value === b.value && a.value !== '';
  const [left, right] = [a.element?.bytes, b.element?.bytes];
  if (!left || !right) return a.value === b.value;
  return left.every((byte, i) => byte === right[i]);
}
