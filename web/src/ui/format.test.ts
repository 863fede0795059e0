import { describe, expect, it } from 'vitest';
import { formatPersonName } from './format.ts';

describe('a person name on the screen', () => {
  it('is family and given name of the alphabetic group', () => {
    expect(formatPersonName('Yamada^Tarou')).toBe('Yamada, Tarou');
  });

  it('has its ideographic group in brackets, and leaves the phonetic one out', () => {
    const name = 'Yamada^Tarou=山田^太郎=やまだ^たろう';
    expect(formatPersonName(name)).toBe('Yamada, Tarou (山田, 太郎)');
  });

  it('is said once when the groups are the same', () => {
    expect(formatPersonName('王^小東=王^小東')).toBe('王, 小東');
  });

  it('is the ideographic or the phonetic group when there is no other', () => {
    expect(formatPersonName('=山田^太郎')).toBe('山田, 太郎');
    expect(formatPersonName('==やまだ^たろう')).toBe('やまだ, たろう');
  });
});
