import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import type { Settings } from '../../../shared/protocol/settings.ts';
import { readConfigurationFile } from './configuration-file.ts';

/** The settings that pages see and change, kept in gantry.json beside what is set by hand. */
export class SettingsStore {
  readonly #path: string;
  #current: Settings;
  #lastSave: Promise<unknown> = Promise.resolve();

  constructor(path: string, current: Settings) {
    this.#path = path;
    this.#current = current;
  }

  get current(): Settings {
    return this.#current;
  }

  /** Writes the file whole or not at all. Rejects when it can't be written; the settings then stay as they were. */
  async save(settings: Settings): Promise<void> {
    const turn = this.#lastSave.then(() => this.#write(settings));
    this.#lastSave = turn.catch(() => undefined);
    await turn;
    this.#current = settings;
  }

  async #write(settings: Settings): Promise<void> {
    const before = await readConfigurationFile(this.#path);
    // What was taken away is missing in the settings, and must go from the file.
    const gone = { preset: undefined, listeners: undefined, forwarding: undefined };
    const file = { ...before, ...gone, ...settings };
    await mkdir(dirname(this.#path), { recursive: true });
    const temporary = join(dirname(this.#path), `.gantry.json.${process.pid}.tmp`);
    try {
      const handle = await open(temporary, 'w', 0o600);
      try {
        await handle.writeFile(`${JSON.stringify(file, null, 2)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, this.#path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}
