import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clientMessageSchema, serverMessageSchema } from './messages.ts';

const folder = join(import.meta.dirname, '..', 'fixtures');

const load = (kind: 'valid' | 'invalid') =>
  readdirSync(join(folder, kind)).map((name) => ({
    name,
    schema: name.startsWith('client.') ? clientMessageSchema : serverMessageSchema,
    message: JSON.parse(readFileSync(join(folder, kind, name), 'utf8')) as unknown,
  }));

describe('the message schemas', () => {
  it.each(load('valid'))('take $name as it is', ({ schema, message }) => {
    expect(schema.parse(message)).toEqual(message);
  });

  it.each(load('invalid'))('refuse $name', ({ schema, message }) => {
    expect(schema.safeParse(message).success).toBe(false);
  });
});
