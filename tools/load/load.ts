// Load on a bridge of its own: DCMTK's senders, queries and retrieves side by side. Then the bridge is killed, and each
// instance that was acknowledged must be in its archive, byte for byte.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openArchive } from '../../bridge/src/archive/local-archive.ts';
import type { IntegrityReport } from '../../bridge/src/archive/store.ts';
import { phantomFile } from '../../bridge/src/samples/phantom/phantom-file.ts';
import { startBridge } from '../../e2e/support/bridge.ts';
import { runTool, startStorescp } from '../../e2e/support/peers.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const PER_STUDY = 20;
const PIXEL_BYTES = 128 * 128 * 2;
const RUN_TIMEOUT_MS = 120_000;
const MOVE_TO = 'LOADSCP';
const PATIENT_ID = 'LOAD';

export interface LoadOptions {
  readonly seconds: number;
  readonly senders: number;
  readonly queries: number;
  readonly retrieves: number;
}

export interface LoadReport {
  readonly seconds: number;
  /** Instances that were answered with success. */
  readonly acknowledged: number;
  /** Of them those that the archive lacks, or has otherwise. */
  readonly lost: readonly string[];
  readonly queries: number;
  readonly retrieves: number;
  readonly retrievedInstances: number;
  /** What a peer's program says went wrong. */
  readonly failures: readonly string[];
  readonly integrity: IntegrityReport;
}

const uidOf = (study: string, number: number): string => `${study}.${number + 1}`;

function instance(study: string, number: number): Uint8Array<ArrayBuffer> {
  return phantomFile('', {
    [Tag.SOPClassUID]: CT,
    [Tag.SOPInstanceUID]: uidOf(study, number),
    [Tag.StudyInstanceUID]: study,
    [Tag.SeriesInstanceUID]: `${study}.0`,
    [Tag.PatientID]: PATIENT_ID,
    [Tag.Modality]: 'CT',
    [Tag.InstanceNumber]: String(number + 1),
    [Tag.PixelData]: { vr: 'OW', value: new Uint8Array(PIXEL_BYTES).fill(number) },
  }).bytes;
}

const SENDING = /Sending file: \S*?(\d+)\.dcm|Received Store Response \(Success\)/g;

/** The numbers of the files that storescu says were answered with success. */
function acknowledgedOf(output: string): number[] {
  const numbers: number[] = [];
  let sending: number | undefined;
  for (const [, number] of output.matchAll(SENDING)) {
    if (number !== undefined) sending = Number(number);
    else if (sending !== undefined) numbers.push(sending);
  }
  return numbers;
}

/** What goes on while there is time, and what comes of it. */
class Load {
  readonly #root: string;
  readonly #port: string;
  readonly #endMs: number;
  readonly #moved: string;
  /** By study. */
  readonly acknowledged = new Map<string, readonly number[]>();
  readonly failures: string[] = [];
  queries = 0;
  retrieves = 0;
  retrievedInstances = 0;

  /** @param moved the folder where what is moved arrives */
  constructor(root: string, port: number, moved: string, seconds: number) {
    this.#root = root;
    this.#port = String(port);
    this.#moved = moved;
    this.#endMs = Date.now() + seconds * 1000;
  }

  async send(sender: number): Promise<void> {
    await this.#whileTime(async (round) => {
      const study = `2.25.${sender + 1}.${round + 1}`;
      const folder = join(this.#root, study);
      await mkdir(folder);
      for (let number = 0; number < PER_STUDY; number++) {
        await writeFile(join(folder, `${number}.dcm`), instance(study, number));
      }
      const output = await this.#run('storescu', ['-v', '+sd'], [folder]);
      this.acknowledged.set(study, acknowledgedOf(output));
      await rm(folder, { recursive: true });
    });
  }

  async query(): Promise<void> {
    await this.#whileTime(async (round) => {
      const study = round % 2 === 0 ? undefined : this.#lastStudy(round);
      const level = study === undefined ? 'STUDY' : 'SERIES';
      const known = study === undefined ? [...this.acknowledged.keys()] : [`${study}.0`];
      const keys = ['SeriesInstanceUID', `StudyInstanceUID=${study ?? ''}`].slice(study ? 0 : 1);
      const asked = [`QueryRetrieveLevel=${level}`, `PatientID=${PATIENT_ID}`, ...keys];
      const options = asked.flatMap((key) => ['-k', key]);
      const output = await this.#run('findscu', ['-v', '-S', ...options]);
      const found = new Set(Array.from(output.matchAll(/UI \[([0-9.]+)/g), ([, uid]) => uid));
      for (const uid of known.filter((candidate) => !found.has(candidate))) {
        this.failures.push(`A query did not find ${uid}.`);
      }
      this.queries++;
    });
  }

  /** By C-GET and C-MOVE in turns; each must bring all that was acknowledged of its study. */
  async retrieve(): Promise<void> {
    await this.#whileTime(async (round) => {
      const study = this.#lastStudy(round);
      if (study === undefined) return;
      const keys = ['-k', 'QueryRetrieveLevel=STUDY', '-k', `StudyInstanceUID=${study}`];
      const wanted = this.acknowledged.get(study) ?? [];
      if (round % 2 === 0) {
        const folder = await mkdtemp(join(this.#root, 'get-'));
        await this.#run('getscu', ['-v', '-S', '+B', '-od', folder, ...keys]);
        this.#compare(study, wanted, await readdir(folder));
        await rm(folder, { recursive: true });
      } else {
        await this.#run('movescu', ['-v', '-S', '-aem', MOVE_TO, ...keys]);
        this.#compare(study, wanted, await readdir(this.#moved));
      }
      this.retrieves++;
    });
  }

  #compare(study: string, wanted: readonly number[], files: readonly string[]): void {
    // storescp puts the modality in front, getscu nothing.
    const names = new Set(files.map((file) => file.replace(/^CT\./, '')));
    for (const number of wanted) {
      if (names.has(uidOf(study, number))) {
        this.retrievedInstances++;
      } else {
        this.failures.push(`A retrieve of ${study} did not bring instance ${number}.`);
      }
    }
  }

  /** Now one, now another of those that are there. */
  #lastStudy(round: number): string | undefined {
    const studies = [...this.acknowledged.keys()];
    return studies[studies.length - 1 - (round % Math.max(1, studies.length))];
  }

  /** Nothing to do yet isn't asked for without a pause. */
  async #whileTime(work: (round: number) => Promise<void>): Promise<void> {
    for (let round = 0; Date.now() < this.#endMs; round++) {
      await work(round);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #run(
    program: string,
    options: readonly string[],
    files: readonly string[] = [],
  ): Promise<string> {
    const args = [...options, '-aec', 'GANTRY', '127.0.0.1', this.#port, ...files];
    const { code, output } = await runTool(program, args, RUN_TIMEOUT_MS);
    const isWell = code === 0 && !/^[EF]: /m.test(output);
    if (!isWell) this.failures.push(`${program}: code ${code}\n${output.slice(-500)}`);
    return output;
  }
}

export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const root = await mkdtemp(join(tmpdir(), 'gantry-load-'));
  const storescp = await startStorescp(['+B']);
  const peer = { name: 'Load', aeTitle: MOVE_TO, host: storescp.host, port: storescp.port };
  const bridge = await startBridge({ peers: [peer] });
  try {
    const load = new Load(root, bridge.dicomPort, storescp.folder, options.seconds);
    const many = (count: number, work: (index: number) => Promise<void>) =>
      Array.from({ length: count }, (_, index) => work(index));
    await Promise.all([
      ...many(options.senders, (sender) => load.send(sender)),
      ...many(options.queries, () => load.query()),
      ...many(options.retrieves, () => load.retrieve()),
    ]);
    await bridge.kill();
    const kept = await keptOf(bridge.folder, load.acknowledged);
    const { queries, retrieves, retrievedInstances, failures } = load;
    return { seconds: options.seconds, queries, retrieves, retrievedInstances, failures, ...kept };
  } finally {
    await bridge.stop();
    await storescp.stop();
    await rm(root, { recursive: true, force: true });
  }
}

/** Holds the archive of a bridge that was killed against what it has acknowledged. */
async function keptOf(
  dataDirectory: string,
  acknowledged: ReadonlyMap<string, readonly number[]>,
): Promise<Pick<LoadReport, 'acknowledged' | 'lost' | 'integrity'>> {
  const archive = await openArchive({ dataDirectory });
  try {
    const lost: string[] = [];
    let count = 0;
    for (const [study, numbers] of acknowledged) {
      for (const number of numbers) {
        count++;
        const found = await archive.locate(uidOf(study, number));
        const file = found && (await readFile(found.path));
        const value = Buffer.alloc(PIXEL_BYTES, number);
        if (!file?.subarray(-PIXEL_BYTES).equals(value)) lost.push(uidOf(study, number));
      }
    }
    return { acknowledged: count, lost, integrity: await archive.check() };
  } finally {
    await archive.close();
  }
}
