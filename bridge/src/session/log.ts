// What the bridge writes down: an event and its fields. Nothing of a patient is among them, whatever happens: no
// attribute, no key of a query, no UID of an instance; of errors that nobody expected, the class and where they came from.
import { createWriteStream, renameSync, statSync, type WriteStream } from 'node:fs';
import type { Writable } from 'node:stream';

export const LOG_LEVELS = ['error', 'warning', 'info', 'debug'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Values that can't hold a text of somebody else's but names of hosts and AEs, and words of ours. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** At this size a file is renamed to "….1", which replaces the one before it. */
const MAX_FILE_BYTES = 10 * 1024 * 1024;

export interface LogOptions {
  readonly level: LogLevel;
  /** JSON lines, there or on standard error; without it, text for a person on standard error. */
  readonly format: 'json' | 'text';
  readonly file: string | undefined;
}

export class Log {
  readonly #options: LogOptions;
  readonly #maxFileBytes: number;
  #file: WriteStream | undefined;
  #fileBytes = 0;

  constructor(options: LogOptions, maxFileBytes = MAX_FILE_BYTES) {
    this.#options = options;
    this.#maxFileBytes = maxFileBytes;
    if (options.file !== undefined) this.#openFile(options.file);
  }

  /** @param event a name with dots, such as "association.ended" */
  readonly write = (level: LogLevel, event: string, fields: LogFields = {}): void => {
    if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(this.#options.level)) return;
    const time = new Date().toISOString();
    const line =
      this.#options.format === 'json'
        ? JSON.stringify({ time, level, event, ...fields })
        : `${time} ${textOf(event, fields)}`;
    this.#output(`${line}\n`);
  };

  /** Something nobody expected. Its message may quote what was read, so that its class and its place must do. */
  readonly failure = (event: string, error: unknown): void => {
    this.write('error', event, { error: nameOf(error), at: placeOf(error) });
  };

  close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    return new Promise((resolve) => {
      if (file) file.end(resolve);
      else resolve();
    });
  }

  #output(line: string): void {
    const target: Writable = this.#file ?? process.stderr;
    target.write(line);
    this.#fileBytes += Buffer.byteLength(line);
    const { file } = this.#options;
    if (this.#file && file !== undefined && this.#fileBytes > this.#maxFileBytes)
      this.#rotate(file);
  }

  #openFile(path: string): void {
    this.#fileBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const file = createWriteStream(path, { flags: 'a', mode: 0o600 });
    // A log that can't be written must not end what it tells of.
    file.on('error', () => {
      if (this.#file === file) this.#file = undefined;
    });
    this.#file = file;
  }

  #rotate(path: string): void {
    this.#file?.end();
    try {
      renameSync(path, `${path}.1`);
    } catch {
      // Another program holds it (Windows): it grows on.
    }
    this.#openFile(path);
  }
}

const textOf = (event: string, fields: LogFields): string =>
  [
    event,
    ...Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [name === 'text' ? String(value) : `${name}=${value}`],
    ),
  ].join(' ');

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

/** Of its stack, the first place in our code: a stack begins with the message, which is left out. */
function placeOf(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return /^ {4}at .*?((?:bridge|shared)\/[\w./-]+:\d+)/m.exec(stack.replaceAll('\\', '/'))?.[1];
}
