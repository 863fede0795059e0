import { describe, expect, it } from 'vitest';
import { COMMANDS, FIXED_KEYS, KEY_PROFILES, keyName } from './commands.ts';

const pressed = (key: string, held: { shift?: boolean; ctrl?: boolean; meta?: boolean } = {}) =>
  keyName({
    key,
    shiftKey: held.shift ?? false,
    ctrlKey: held.ctrl ?? false,
    metaKey: held.meta ?? false,
  });

describe('keys', () => {
  it.each(Object.entries(KEY_PROFILES))('of %s mean one thing each', (_, keys) => {
    const all = COMMANDS.flatMap((command) => keys[command]);
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((key) => FIXED_KEYS.includes(key))).toEqual([]);
    for (const command of COMMANDS) expect(keys[command].length, command).toBeGreaterThan(0);
  });

  it('are named by what stands on them, and by what is held with them', () => {
    expect(pressed('w')).toBe('W');
    // With caps lock on it is the same key.
    expect(pressed('W')).toBe('W');
    expect(pressed('W', { shift: true })).toBe('Shift+W');
    expect(pressed('Home', { shift: true })).toBe('Shift+Home');
    expect(pressed('?', { shift: true })).toBe('?');
    expect(pressed(' ')).toBe('Space');
    expect(pressed('Z', { ctrl: true, shift: true })).toBe('Ctrl+Shift+Z');
    expect(pressed('z', { meta: true })).toBe('Ctrl+Z');
    expect(pressed('Shift', { shift: true })).toBeUndefined();
  });
});
