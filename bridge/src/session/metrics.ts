import type { StoreOutcome } from '../../../shared/protocol/messages.ts';

/** Counters since the start, as Prometheus reads them. No label holds anything of a patient. */
export class Metrics {
  #stored = 0;
  #failed = 0;
  #uploadedBytes = 0;
  #associationsAccepted = 0;

  countResults(outcomes: readonly StoreOutcome[]): void {
    for (const { kind } of outcomes) {
      if (kind === 'stored') this.#stored++;
      else this.#failed++;
    }
  }

  countUploaded(bytes: number): void {
    this.#uploadedBytes += bytes;
  }

  countAssociation(): void {
    this.#associationsAccepted++;
  }

  /** The text format of Prometheus, version 0.0.4. */
  format(): string {
    const counters: readonly (readonly [string, string, number])[] = [
      ['gantry_instances_sent_total', 'Instances that peers have stored', this.#stored],
      ['gantry_instances_failed_total', 'Instances that could not be stored', this.#failed],
      ['gantry_uploaded_bytes_total', 'Bytes of batches from pages', this.#uploadedBytes],
      ['gantry_associations_accepted_total', 'Associations of peers', this.#associationsAccepted],
    ];
    return counters
      .map(
        ([name, help, value]) =>
          `# HELP ${name} ${help}\n# TYPE ${name} counter\n${name} ${value}\n`,
      )
      .join('');
  }
}
