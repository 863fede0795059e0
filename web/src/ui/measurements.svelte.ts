import type { Measurement, MeasurementKind } from '../analysis/measurement.ts';
import type { MeasureActions } from './measure-actions.ts';
import { measureText } from './measure-text.ts';

type List = readonly Measurement[];

/** Steps that can be undone. */
const HISTORY = 200;
export const COLOURS = 6;

/** The measurements of a study: what is drawn, chosen and undone on screen, and kept as it changes. */
export class Measurements {
  readonly #actions: MeasureActions;
  readonly #studyInstanceUid: string;
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
  /** As they are on disk. */
  #kept: ReadonlyMap<string, Measurement> = new Map();
  #lastSave: Promise<void> = Promise.resolve();

  constructor(actions: MeasureActions, studyInstanceUid: string) {
    this.#actions = actions;
    this.#studyInstanceUid = studyInstanceUid;
    // Nothing is written before it is known what is there.
    this.#lastSave = this.#load();
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
    this.#lastSave = this.#lastSave.then(() => this.#save());
  }

  async #load(): Promise<void> {
    try {
      const kept = await this.#actions.load(this.#studyInstanceUid);
      this.#kept = new Map(kept.map((one) => [one.id, one]));
      const known = (list: List) => [...kept, ...list];
      // What was drawn meanwhile comes after.
      this.#list = known(this.#list);
      this.#past = this.#past.map(known);
      this.#future = this.#future.map(known);
    } catch (error) {
      this.problem = measureText.notLoaded(messageOf(error));
    }
  }

  /** Writes what differs from the disk: after a failure the next change brings that, too. */
  async #save(): Promise<void> {
    const list = this.#list;
    const changed = list.filter((one) => this.#kept.get(one.id) !== one);
    const ids = new Set(list.map(({ id }) => id));
    const removed = [...this.#kept.keys()].filter((id) => !ids.has(id));
    if (changed.length === 0 && removed.length === 0) return;
    try {
      await this.#actions.save(this.#studyInstanceUid, changed, removed);
      this.#kept = new Map(list.map((one) => [one.id, one]));
      this.problem = '';
    } catch (error) {
      const isFull = error instanceof DOMException && error.name === 'QuotaExceededError';
      this.problem = isFull ? measureText.full : measureText.notKept(messageOf(error));
    }
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
