import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseMessage } from './parse-message.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'shared', 'fixtures');
const load = (kind: string) =>
  readdirSync(join(folder, kind))
    .filter((name) => name.startsWith('server.'))
    .map((name) => [name, readFileSync(join(folder, kind, name), 'utf8')] as const);

it.each(load('valid'))('the page understands %s', (_, text) => {
  expect(parseMessage(text)).toEqual(JSON.parse(text));
});

it.each(load('invalid'))('the page refuses %s', (_, text) => {
  expect(parseMessage(text)).toBeUndefined();
});

it.each([
  ['binary', new ArrayBuffer(2)],
  ['no JSON', '{'],
])('the page refuses what is %s', (_, data) => {
  expect(parseMessage(data)).toBeUndefined();
});
