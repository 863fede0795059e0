import { describe, expect, it } from 'vitest';
import { PROFILE_TABLE } from '../web/src/deidentify/profile-table.generated.ts';
import { assertProfileTable } from './profile-table.ts';

describe('The table of the profile', () => {
  it('is what was published', () => {
    expect(() => assertProfileTable(PROFILE_TABLE)).not.toThrow();
  });

  it('is refused without a row', () => {
    const short = PROFILE_TABLE.slice(0, PROFILE_TABLE.lastIndexOf('\n'));
    expect(() => assertProfileTable(short)).toThrow('656 rows');
  });

  it('is refused with another action', () => {
    const changed = PROFILE_TABLE.replace('|X/Z|', '|X/D|');
    expect(changed).not.toBe(PROFILE_TABLE);
    expect(() => assertProfileTable(changed)).toThrow('not what was published');
  });
});
