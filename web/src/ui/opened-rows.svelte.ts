import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { LibrarySeries, RemoteImage, StudyListing } from '../library/library.ts';
import type { StudyRow } from './study-columns.ts';

export interface SeriesLine {
  readonly kind: 'series';
  readonly study: StudyListing;
  readonly series: LibrarySeries;
}

export interface ImageLine {
  readonly kind: 'image';
  readonly study: StudyListing;
  readonly series: LibrarySeries;
  readonly image: RemoteImage;
}

/** A line of the table: a study, a series of an opened study, an image of an opened series. */
export type Line = StudyRow | SeriesLine | ImageLine;

export const seriesKey = ({ studyInstanceUid, seriesInstanceUid }: LibrarySeries) =>
  `${studyInstanceUid}/${seriesInstanceUid}`;

/** What identifies a line while the list changes. */
export function keyOf(line: Line | undefined): string {
  if (!line) return '';
  if (line.kind === 'study') return line.study.studyInstanceUid;
  const series = seriesKey(line.series);
  return line.kind === 'series' ? series : `${series}/${line.image.sopInstanceUid}`;
}

interface Loads {
  readonly series: (study: StudyListing) => Promise<readonly LibrarySeries[]>;
  readonly images: (study: StudyListing, series: LibrarySeries) => Promise<readonly RemoteImage[]>;
  /** What could not be had, in words. */
  readonly onProblem: (words: string) => void;
}

/** Which studies and series are open, and what is in them. */
export class OpenedRows {
  readonly #loads: Loads;
  readonly #opened = new SvelteSet<string>();
  /** Kept while the study, or the series, is the same. */
  readonly #series = new SvelteMap<StudyListing, readonly LibrarySeries[]>();
  readonly #images = new SvelteMap<LibrarySeries, readonly RemoteImage[]>();

  constructor(loads: Loads) {
    this.#loads = loads;
  }

  isOpen(key: string): boolean {
    return this.#opened.has(key);
  }

  open(key: string): void {
    this.#opened.add(key);
  }

  close(key: string): void {
    this.#opened.delete(key);
  }

  toggle(key: string): void {
    if (!this.#opened.delete(key)) this.#opened.add(key);
  }

  /** Asks for what is open and not here yet. */
  load(rows: readonly StudyRow[]): void {
    // A list of 100,000 isn't gone through for nothing.
    if (this.#opened.size === 0) return;
    for (const { study } of rows) {
      if (!this.#opened.has(study.studyInstanceUid)) continue;
      const list = this.#series.get(study);
      if (!list) {
        this.#take(study.studyInstanceUid, this.#loads.series(study), (found) =>
          this.#series.set(study, found),
        );
        continue;
      }
      for (const series of list) {
        const key = seriesKey(series);
        if (!this.#opened.has(key) || this.#images.has(series)) continue;
        this.#take(key, this.#loads.images(study, series), (found) =>
          this.#images.set(series, found),
        );
      }
    }
  }

  linesOf(rows: readonly StudyRow[]): readonly Line[] {
    if (this.#opened.size === 0) return rows;
    const lines: Line[] = [];
    for (const row of rows) {
      lines.push(row);
      if (this.#opened.has(row.study.studyInstanceUid)) this.#addSeries(lines, row.study);
    }
    return lines;
  }

  #addSeries(lines: Line[], study: StudyListing): void {
    for (const series of this.#series.get(study) ?? []) {
      lines.push({ kind: 'series', study, series });
      if (!this.#opened.has(seriesKey(series))) continue;
      for (const image of this.#images.get(series) ?? []) {
        lines.push({ kind: 'image', study, series, image });
      }
    }
  }

  #take<Found>(key: string, loading: Promise<Found>, keep: (found: Found) => void): void {
    loading.then(keep, (error: unknown) => {
      // Closed again, so that opening it is another try.
      this.#opened.delete(key);
      // The user turned away: nothing went wrong.
      if (error instanceof DOMException && error.name === 'AbortError') return;
      this.#loads.onProblem(error instanceof Error ? error.message : String(error));
    });
  }
}
