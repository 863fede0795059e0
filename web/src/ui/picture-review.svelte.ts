import { SvelteMap } from 'svelte/reactivity';
import type { Box } from '../../../shared/pixels/box.ts';
import type { PictureRuleFile } from '../deidentify/burned-in-rules.ts';
import type { Look, NeedsLook } from '../deidentify/look.ts';
import type { LibraryInstance } from '../library/library.ts';
import type { SendPlan } from './actions.ts';

/** To which pictures a decision goes. */
export type ReviewScope = 'instance' | 'series' | 'device';

/** An instance whose pictures someone is to look at. */
interface Suspect {
  readonly instance: LibraryInstance;
  readonly needs: NeedsLook;
  readonly reason: string;
}

/** What is to be looked at before it leaves, and what has been decided. */
export class PictureReview {
  /** In the order in which they were found. */
  suspects = $state.raw<readonly Suspect[]>([]);
  at = $state(0);
  scope = $state<ReviewScope>('instance');
  /** Of the picture that is looked at. */
  boxes = $state.raw<readonly Box[]>([]);
  isSearching = $state(false);
  readonly looks = new SvelteMap<LibraryInstance, Look>();
  /** Decisions that the check of the screen doesn't know yet. */
  hasChanged = $state(false);
  readonly #plan: SendPlan;
  readonly #known = new Set<LibraryInstance>();
  #shown: LibraryInstance | undefined;

  constructor(plan: SendPlan) {
    this.#plan = plan;
  }

  get current(): Suspect | undefined {
    return this.suspects[this.at];
  }

  get undecided(): number {
    return this.suspects.filter(({ instance }) => !this.looks.has(instance)).length;
  }

  add(instance: LibraryInstance, needs: NeedsLook, reason: string): void {
    if (this.#known.has(instance)) return;
    this.#known.add(instance);
    this.suspects = [...this.suspects, { instance, needs, reason }];
  }

  /** What nobody has decided is asked for anew: another profile may let it leave. */
  reset(): void {
    this.suspects = this.suspects.filter(({ instance }) => this.looks.has(instance));
    this.#known.clear();
    for (const { instance } of this.suspects) this.#known.add(instance);
    this.at = 0;
  }

  /** Shows a picture with the boxes that were decided, else with those that are proposed. */
  async show(at: number): Promise<void> {
    const suspect = this.suspects[at];
    if (!suspect) return;
    const { instance, needs } = suspect;
    this.at = at;
    this.#shown = instance;
    const look = this.looks.get(instance);
    this.boxes = look?.kind === 'seen' ? look.boxes : needs.proposed;
    this.isSearching = look === undefined;
    if (look) return;
    const found = await this.#plan.findText(instance).catch(() => []);
    if (this.#shown !== instance) return;
    this.isSearching = false;
    // What a rule has boxed already is proposed once.
    const others = found.filter((box) => !needs.proposed.some((known) => isWithin(box, known)));
    this.boxes = [...this.boxes, ...others.map(plain)];
  }

  async step(by: number): Promise<void> {
    await this.show(Math.min(this.suspects.length - 1, Math.max(0, this.at + by)));
  }

  /** Releases what the decision goes to, with the boxes blanked; or withholds it. Then shows what is next. */
  async decide(kind: 'seen' | 'withheld'): Promise<void> {
    const { current } = this;
    if (!current) return;
    // A copy of plain objects: it goes to a worker, and to the browser's database.
    const boxes = this.boxes.map((box) => ({ ...box }));
    const look: Look = kind === 'seen' ? { kind, boxes } : { kind };
    const instances = this.#inScope(current).map(({ instance }) => instance);
    this.#plan.decide(instances, look);
    for (const instance of instances) this.looks.set(instance, look);
    this.hasChanged = true;
    const isOpen = ({ instance }: Suspect) => !this.looks.has(instance);
    const behind = this.suspects.findIndex((suspect, i) => i > this.at && isOpen(suspect));
    const next = behind === -1 ? this.suspects.findIndex(isOpen) : behind;
    await this.show(next === -1 ? this.at : next);
  }

  #inScope({ instance, needs }: Suspect): readonly Suspect[] {
    const device = JSON.stringify(needs.device);
    const { seriesInstanceUid, rows, columns } = instance.summary;
    return this.suspects.filter((other) => {
      if (this.scope === 'instance') return other.instance === instance;
      // Boxes are places in pictures of one size.
      const { summary } = other.instance;
      const isSize = summary.rows === rows && summary.columns === columns;
      if (this.scope === 'device') return JSON.stringify(other.needs.device) === device;
      return isSize && summary.seriesInstanceUid === seriesInstanceUid;
    });
  }

  /** The boxes as a rule for the device, for a file. */
  ruleFile(): PictureRuleFile | undefined {
    const { current } = this;
    if (!current) return undefined;
    const { device } = current.needs;
    const name = [
      device.Manufacturer,
      device.ManufacturerModelName,
      `${device.Columns ?? 0} × ${device.Rows ?? 0}`,
    ]
      .filter((part) => part !== undefined)
      .join(' ')
      .slice(0, 120);
    const boxes = this.boxes.map(({ frames, ...box }) =>
      frames ? { ...box, frames: [frames[0], frames[1]] satisfies [number, number] } : box,
    );
    const rule = { name, match: device, action: 'blank', boxes, outsideRegions: false } as const;
    return { name, rules: [rule] };
  }
}

const isWithin = (box: Box, other: Box): boolean =>
  box.column >= other.column &&
  box.row >= other.row &&
  box.column + box.columns <= other.column + other.columns &&
  box.row + box.rows <= other.row + other.rows;

const plain = ({ column, row, columns, rows }: Box): Box => ({ column, row, columns, rows });
