import type { RightButton } from '../viewer/viewer-state.ts';
import {
  COMMANDS,
  FIXED_KEYS,
  KEY_PROFILES,
  type Command,
  type KeyMap,
  type KeyProfile,
} from './commands.ts';

/** What a browser keeps: the profile of keys, what the user has changed of it, and what the right button does. */
export interface KeptShortcuts {
  readonly profile: KeyProfile;
  readonly changes: Partial<KeyMap>;
  readonly rightButton: RightButton;
}

export interface ShortcutActions {
  readonly load: () => KeptShortcuts;
  readonly save: (kept: KeptShortcuts) => void;
}

/** By which keys the viewer is worked, and by which button of the mouse. */
export class Shortcuts {
  readonly #save: ShortcutActions['save'];
  #kept = $state.raw<KeptShortcuts>({ profile: 'gantry', changes: {}, rightButton: 'zoom' });
  readonly #keys = $derived<KeyMap>({
    ...KEY_PROFILES[this.#kept.profile],
    ...this.#kept.changes,
  });
  readonly #commands = $derived(
    new Map(COMMANDS.flatMap((command) => this.#keys[command].map((key) => [key, command]))),
  );

  constructor({ load, save }: ShortcutActions) {
    this.#save = save;
    this.#kept = load();
  }

  get profile(): KeyProfile {
    return this.#kept.profile;
  }

  get isChanged(): boolean {
    return Object.keys(this.#kept.changes).length > 0;
  }

  get rightButton(): RightButton {
    return this.#kept.rightButton;
  }

  set rightButton(rightButton: RightButton) {
    this.#keep({ ...this.#kept, rightButton });
  }

  keysOf(command: Command): readonly string[] {
    return this.#keys[command];
  }

  commandOf(key: string): Command | undefined {
    return this.#commands.get(key);
  }

  /** Takes another profile, without what was changed of the last one. */
  choose(profile: KeyProfile): void {
    this.#keep({ ...this.#kept, profile, changes: {} });
  }

  /**
   * Gives a command this key alone. Another command that had it is left without.
   * @returns the one that had it; 'fixed' when the key can't be given
   */
  assign(command: Command, key: string): Command | 'fixed' | undefined {
    if (FIXED_KEYS.includes(key)) return 'fixed';
    const other = this.commandOf(key);
    const taken = other !== undefined && other !== command ? other : undefined;
    const rest = taken && { [taken]: this.keysOf(taken).filter((one) => one !== key) };
    const changes = { ...this.#kept.changes, ...rest, [command]: [key] };
    this.#keep({ ...this.#kept, changes });
    return taken;
  }

  #keep(kept: KeptShortcuts): void {
    this.#kept = kept;
    this.#save(kept);
  }
}
