import { describe, expect, it } from 'vitest';
import { Canaries } from './canaries.ts';

describe('A canary', () => {
  const FORMS: readonly (readonly [string, (text: string) => string | Uint8Array])[] = [
    ['as it is', (text) => text],
    ['in UTF-16', (text) => Buffer.from(text, 'utf16le')],
    ['in hexadecimal', (text) => Buffer.from(text).toString('hex')],
    ['in Base64', (text) => Buffer.from(text).toString('base64')],
    ['in Base64, one byte in', (text) => Buffer.from(`a${text}bcd`).toString('base64')],
    ['in Base64, two bytes in', (text) => Buffer.from(`ab${text}c`).toString('base64url')],
  ];

  it.each(FORMS)('is found %s, and no other', (_, form) => {
    const canaries = new Canaries();
    const [planted] = [canaries.text(), canaries.text()];
    const bytes = Buffer.concat([Buffer.from('..'), Buffer.from(form(planted)), Buffer.from('..')]);
    expect(canaries.foundIn(bytes)).toEqual([planted]);
  });
});
