import type { Measurement, MeasurementKind } from '../analysis/measurement.ts';
import type { MeasureActions } from './measure-actions.ts';
import { measureText } from './measure-text.ts';

type List = readonly Measurement[];

/** Steps that can be undone. */
const HISTORY = 200;
export const COLOURS = 6;

/** As it is on disk. */
interface Kept {
  readonly measurement: Measurement;
  readonly studyInstanceUid: string;
}

/**
 * The measurements of the studies on screen: what is drawn, chosen and undone, and kept with its study as it changes. What
 * another window draws on them comes in, and isn't undone here.
 */
export class Measurements {
  readonly #actions: MeasureActions;
  readonly #studyOf: (seriesInstanceUid: string) => string;
  /** What dragging draws; undefined where the viewer's own tools have the mouse. */
  tool = $state.raw<MeasurementKind>();
  /** The id of the one that is being worked on. */
  selected = $state.raw<string>();
  /** The keyboard asks for one in the middle of the active viewport. */
  isWanted = $state(false);
  /** What went wrong with keeping them; empty when all is kept. */
  problem = $state.raw('');
  #list = $state.raw<List>([]);
  #past = $state.raw<readonly List[]>([]);
  #future = $state.raw<readonly List[]>([]);
  #step: string | undefined;
  readonly #studies = new Set<string>();
  /** By id. */
  #kept: ReadonlyMap<string, Kept> = new Map();
  #last: Promise<void> = Promise.resolve();

  /** @param studyOf the Study Instance UID of a series on screen */
  constructor(actions: MeasureActions, studyOf: (seriesInstanceUid: string) => string) {
    this.#actions = actions;
    this.#studyOf = studyOf;
  }

  /** Brings what is kept of a study. Nothing more is written before it is known what is there. */
  include(studyInstanceUid: string): void {
    if (this.#studies.has(studyInstanceUid)) return;
    this.#studies.add(studyInstanceUid);
    this.#last = this.#last.then(() => this.#load());
  }

  /** Takes over what other windows draw, until what is returned is called. */
  follow(): () => void {
    return this.#actions.onChanged(() => {
      this.#last = this.#last.then(() => this.#load());
    });
  }

  get list(): List {
    return this.#list;
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /** Those of a frame. */
  on(sopInstanceUid: string | undefined, frameIndex: number): List {
    return this.#list.filter(
      (one) => one.sopInstanceUid === sopInstanceUid && one.frameIndex === frameIndex,
    );
  }

  /** The calibrations by hand that hold for an instance. */
  calibrationsOf(sopInstanceUid: string | undefined): List {
    return this.#list.filter(
      (one) => one.kind === 'calibration' && one.sopInstanceUid === sopInstanceUid,
    );
  }

  /** The colour for the next one: another than the last one's. */
  get nextColour(): number {
    return ((this.#list.at(-1)?.colour ?? -1) + 1) % COLOURS;
  }

  add(measurement: Measurement): void {
    this.#set([...this.#list, measurement]);
    this.selected = measurement.id;
  }

  /** @param step changes in a row with the same step are undone together */
  change(measurement: Measurement, step?: string): void {
    const list = this.#list.map((one) => (one.id === measurement.id ? measurement : one));
    if (step !== undefined && step === this.#step) this.#replace(list);
    else this.#set(list);
    this.#step = step;
  }

  /** The one that is chosen, if any is. */
  removeSelected(): void {
    if (this.selected !== undefined) this.remove(this.selected);
  }

  remove(id: string): void {
    if (this.selected === id) this.selected = undefined;
    if (this.#list.some((one) => one.id === id))
      this.#set(this.#list.filter((one) => one.id !== id));
  }

  undo(): void {
    const before = this.#past.at(-1);
    if (!before) return;
    this.#step = undefined;
    this.#past = this.#past.slice(0, -1);
    this.#future = [...this.#future, this.#list];
    this.#replace(before);
  }

  redo(): void {
    const after = this.#future.at(-1);
    if (!after) return;
    this.#step = undefined;
    this.#future = this.#future.slice(0, -1);
    this.#past = [...this.#past, this.#list];
    this.#replace(after);
  }

  #set(list: List): void {
    this.#step = undefined;
    this.#past = [...this.#past, this.#list].slice(-HISTORY);
    this.#future = [];
    this.#replace(list);
  }

  #replace(list: List): void {
    this.#list = list;
    if (!list.some(({ id }) => id === this.selected)) this.selected = undefined;
    this.#last = this.#last.then(() => this.#save());
  }

  /** Takes over what differs on disk from what was known of it, into all that can be undone or done again too. */
  async #load(): Promise<void> {
    try {
      const before = this.#kept;
      const kept = await this.#read();
      const differing = [...kept.values()].filter(
        ({ measurement }) => !isSame(measurement, before.get(measurement.id)),
      );
      const changed = new Map(differing.map((one) => [one.measurement.id, one]));
      const removed = new Set([...before.keys()].filter((id) => !kept.has(id)));
      this.#kept = new Map([...kept, ...before, ...changed].filter(([id]) => kept.has(id)));
      if (removed.size === 0 && changed.size === 0) return;
      const added = differing.map((one) => one.measurement).filter(({ id }) => !before.has(id));
      const known = (list: List): List => [
        ...added.filter(({ id }) => !list.some((one) => one.id === id)),
        ...list
          .filter(({ id }) => !removed.has(id))
          .map((one) => changed.get(one.id)?.measurement ?? one),
      ];
      this.#list = known(this.#list);
      this.#past = this.#past.map(known);
      this.#future = this.#future.map(known);
      if (this.selected !== undefined && removed.has(this.selected)) this.selected = undefined;
    } catch (error) {
      this.problem = measureText.notLoaded(messageOf(error));
    }
  }

  async #read(): Promise<ReadonlyMap<string, Kept>> {
    const kept = new Map<string, Kept>();
    for (const studyInstanceUid of this.#studies) {
      for (const measurement of await this.#actions.load(studyInstanceUid)) {
        kept.set(measurement.id, { measurement, studyInstanceUid });
      }
    }
    return kept;
  }

  /** Writes what differs from the disk: after a failure the next change brings that, too. */
  async #save(): Promise<void> {
    const list = this.#list;
    const changed = list.filter((one) => this.#kept.get(one.id)?.measurement !== one);
    const ids = new Set(list.map(({ id }) => id));
    const removed = [...this.#kept.values()].filter(({ measurement }) => !ids.has(measurement.id));
    try {
      for (const studyInstanceUid of this.#studies) {
        const isOfStudy = (one: Measurement) => this.#keptWith(one) === studyInstanceUid;
        const gone = removed.filter((one) => one.studyInstanceUid === studyInstanceUid);
        await this.#write(
          studyInstanceUid,
          changed.filter(isOfStudy),
          gone.map(({ measurement }) => measurement.id),
        );
      }
    } catch (error) {
      const isFull = error instanceof DOMException && error.name === 'QuotaExceededError';
      this.problem = isFull ? measureText.full : measureText.notKept(messageOf(error));
    }
  }

  async #write(studyInstanceUid: string, changed: List, removed: readonly string[]): Promise<void> {
    if (changed.length === 0 && removed.length === 0) return;
    await this.#actions.save(studyInstanceUid, changed, removed);
    const kept = new Map(this.#kept);
    for (const id of removed) kept.delete(id);
    for (const measurement of changed) kept.set(measurement.id, { measurement, studyInstanceUid });
    this.#kept = kept;
    this.problem = '';
  }

  #keptWith({ id, seriesInstanceUid }: Measurement): string {
    return this.#kept.get(id)?.studyInstanceUid ?? this.#studyOf(seriesInstanceUid);
  }
}

/** Both come from the disk, or went there. */
const isSame = (measurement: Measurement, kept: Kept | undefined): boolean =>
  kept !== undefined && contentOf(kept.measurement) === contentOf(measurement);

const contentOf = (measurement: Measurement): string =>
  JSON.stringify(Object.entries(measurement).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
