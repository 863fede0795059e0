import { isLoopbackHost, type ListenerState } from '../../../shared/protocol/settings.ts';
import type { Listener } from '../dimse/listener.ts';

/** A listener as it should be. Two that are equal as JSON are the same. */
export interface ListenerPlan {
  readonly aeTitle: string;
  readonly host: string;
  /** 0: any free one, and once there was one, that. */
  readonly port: number;
  readonly isSecure: boolean;
}

interface Slot<Plan> {
  readonly key: string;
  readonly plan: Plan;
  readonly listener: Listener | undefined;
  readonly problem: string | undefined;
}

/**
 * The listeners of Gantry's AEs. They follow their plans: what is as before goes on undisturbed, what has changed is
 * closed and opened anew, and what can't listen says why.
 */
export class DicomListeners<Plan extends ListenerPlan> {
  readonly #open: (plan: Plan) => Promise<Listener>;
  #slots: Slot<Plan>[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(open: (plan: Plan) => Promise<Listener>) {
    this.#open = open;
  }

  /** One for each plan of the last `follow`, in that order. */
  get states(): ListenerState[] {
    return this.#slots.map(({ plan, listener, problem }) => ({
      aeTitle: plan.aeTitle,
      endpoint: endpointOf(plan.host, listener?.port ?? plan.port),
      isSecure: plan.isSecure,
      ...(problem !== undefined && { problem }),
    }));
  }

  /** Whether other computers can reach one that speaks plain DICOM. */
  get isExposed(): boolean {
    return this.#slots.some(
      ({ plan, listener }) => listener && !plan.isSecure && !isLoopbackHost(plan.host),
    );
  }

  /** The port that a plan's listener has; undefined when it has none. */
  portOf(index: number): number | undefined {
    return this.#slots[index]?.listener?.port;
  }

  /** Connections that wait for their turn. */
  get waiting(): number {
    return this.#slots.reduce((sum, { listener }) => sum + (listener?.waiting ?? 0), 0);
  }

  /** Never fails: what can't listen has its problem in `states`. */
  follow(plans: readonly Plan[]): Promise<void> {
    const turn = this.#last.then(() => this.#follow(plans));
    this.#last = turn;
    return turn;
  }

  close(): Promise<void> {
    return this.follow([]);
  }

  async #follow(plans: readonly Plan[]): Promise<void> {
    const before = this.#slots;
    const wanted = plans.map((plan, index) => {
      const old = before[index]?.listener?.port;
      const key = JSON.stringify(plan);
      // Whoever has learnt a port that was free at first must find it again.
      return { key, plan: plan.port === 0 && old !== undefined ? { ...plan, port: old } : plan };
    });
    const kept = before.filter(
      ({ key, listener }) => listener && wanted.some((want) => want.key === key),
    );
    // A port may go from one to another: all that ends must be closed before anything opens.
    await Promise.all(
      before.flatMap((slot) =>
        kept.includes(slot) || !slot.listener ? [] : [slot.listener.close()],
      ),
    );
    const slots: Slot<Plan>[] = [];
    for (const { key, plan } of wanted) {
      slots.push(kept.find((slot) => slot.key === key) ?? (await this.#started(key, plan)));
    }
    this.#slots = slots;
  }

  async #started(key: string, plan: Plan): Promise<Slot<Plan>> {
    try {
      return { key, plan, listener: await this.#open(plan), problem: undefined };
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'It can’t listen.';
      return { key, plan, listener: undefined, problem };
    }
  }
}

const endpointOf = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
