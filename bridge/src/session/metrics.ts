import type { Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { StoreOutcome } from '../../../shared/protocol/messages.ts';
import type { StatusClass } from './metric-labels.ts';

/** What is measured when it is asked for. */
export interface Gauges {
  /** By name: what waits for its turn. */
  readonly queues: Readonly<Record<string, number>>;
  /** Undefined while the archive doesn't answer. */
  readonly archive:
    | { readonly instances: number; readonly archiveBytes: number; readonly cacheBytes: number }
    | undefined;
}

type Role = 'requestor' | 'acceptor';

const ROLES: readonly Role[] = ['requestor', 'acceptor'];
const NANOSECONDS = 1e9;

/** Counters since the start, as Prometheus reads them. No label holds anything of a patient, or a name of a peer. */
export class Metrics {
  #stored = 0;
  #failed = 0;
  #uploadedBytes = 0;
  readonly #open = { requestor: 0, acceptor: 0 };
  readonly #accepted = { requestor: 0, acceptor: 0 };
  readonly #rejections = new Counter();
  readonly #failures = new Counter();
  readonly #operations = new Counter();
  readonly #subOperations = new Counter();
  /** Of connections that are over. */
  #bytesIn = 0;
  #bytesOut = 0;
  readonly #sockets = new Set<Socket>();
  readonly #lag = monitorEventLoopDelay();

  constructor() {
    this.#lag.enable();
  }

  countResults(outcomes: readonly StoreOutcome[]): void {
    for (const { kind } of outcomes) {
      if (kind === 'stored') this.#stored++;
      else this.#failed++;
    }
  }

  countUploaded(bytes: number): void {
    this.#uploadedBytes += bytes;
  }

  /** @returns to be called when the connection is over */
  connection(socket: Socket): () => void {
    this.#sockets.add(socket);
    return () => {
      if (!this.#sockets.delete(socket)) return;
      this.#bytesIn += socket.bytesRead;
      this.#bytesOut += socket.bytesWritten;
    };
  }

  associationOpened(role: Role): void {
    this.#open[role]++;
    this.#accepted[role]++;
  }

  associationClosed(role: Role): void {
    this.#open[role]--;
  }

  associationRejected(role: Role, reason: string): void {
    this.#rejections.add({ role, reason });
  }

  /** There was neither an association nor a rejection. */
  associationFailed(role: Role, code: string): void {
    this.#failures.add({ role, code });
  }

  operation(operation: string, role: 'scu' | 'scp', status: StatusClass): void {
    this.#operations.add({ operation, role, status });
  }

  /** Instances that a C-MOVE or C-GET of another has had sent. */
  subOperations(operation: string, results: Readonly<Record<string, number>>): void {
    for (const [result, count] of Object.entries(results)) {
      this.#subOperations.add({ operation, result }, count);
    }
  }

  /** The text format of Prometheus, version 0.0.4. The longest lag is that since the last call. */
  format({ queues, archive }: Gauges): string {
    const { rss, heapUsed } = process.memoryUsage();
    const sum = (of: 'bytesRead' | 'bytesWritten') =>
      [...this.#sockets].reduce((total, socket) => total + socket[of], 0);
    const byRole = (values: Readonly<Record<Role, number>>): Sample[] =>
      ROLES.map((role) => [{ role }, values[role]]);
    const lag = this.#lag.max / NANOSECONDS;
    this.#lag.reset();
    const plain = (value: number): Sample[] => [[{}, value]];
    const families: readonly Family[] = [
      ['gantry_instances_sent_total', 'Instances that peers have stored', plain(this.#stored)],
      ['gantry_instances_failed_total', 'Instances that could not be stored', plain(this.#failed)],
      ['gantry_uploaded_bytes_total', 'Bytes of batches from pages', plain(this.#uploadedBytes)],
      [
        'gantry_associations_accepted_total',
        'Associations of peers',
        plain(this.#accepted.acceptor),
      ],
      ['gantry_associations_total', 'Associations by who asked', byRole(this.#accepted)],
      ['gantry_associations_rejected_total', 'Rejections', this.#rejections.samples],
      [
        'gantry_associations_failed_total',
        'Connections without an association',
        this.#failures.samples,
      ],
      ['gantry_dimse_operations_total', 'Requests by final status', this.#operations.samples],
      [
        'gantry_retrieve_suboperations_total',
        'Instances that others had sent to a peer or to themselves',
        this.#subOperations.samples,
      ],
      [
        'gantry_dicom_received_bytes_total',
        'Bytes from peers',
        plain(this.#bytesIn + sum('bytesRead')),
      ],
      [
        'gantry_dicom_sent_bytes_total',
        'Bytes to peers',
        plain(this.#bytesOut + sum('bytesWritten')),
      ],
      ['gantry_associations_open', 'Associations that are open', byRole(this.#open)],
      [
        'gantry_queue_length',
        'What waits for its turn',
        Object.entries(queues).map(([queue, length]) => [{ queue }, length]),
      ],
      [
        'gantry_archive_bytes',
        'Bytes of stored instances',
        archive
          ? [
              [{ kind: 'archive' }, archive.archiveBytes],
              [{ kind: 'cache' }, archive.cacheBytes],
            ]
          : [],
      ],
      ['gantry_archive_instances', 'Stored instances', archive ? plain(archive.instances) : []],
      ['process_resident_memory_bytes', 'Memory of the process', plain(rss)],
      ['nodejs_heap_size_used_bytes', 'Memory of its objects', plain(heapUsed)],
      ['nodejs_eventloop_lag_max_seconds', 'Longest delay of a timer', plain(lag)],
    ];
    return families.map(formatFamily).join('');
  }
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [Labels, number];
type Family = readonly [name: string, help: string, samples: readonly Sample[]];

/** A number for each combination of labels, all of which come from closed lists. */
class Counter {
  readonly #values = new Map<string, { labels: Labels; value: number }>();

  add(labels: Labels, count = 1): void {
    const key = JSON.stringify(labels);
    const found = this.#values.get(key);
    if (found) found.value += count;
    else this.#values.set(key, { labels, value: count });
  }

  get samples(): Sample[] {
    return [...this.#values.values()].map(({ labels, value }) => [labels, value]);
  }
}

function formatFamily([name, help, samples]: Family): string {
  const type = name.endsWith('_total') ? 'counter' : 'gauge';
  const lines = samples.map(([labels, value]) => `${name}${formatLabels(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
