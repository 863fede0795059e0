import { describe, expect, it } from 'vitest';
import { dimseStatus } from './dimse-status.ts';

describe('DIMSE statuses', () => {
  it.each([
    ['C-STORE', 0x0000, 'success'],
    ['C-STORE', 0xb000, 'warning'],
    ['C-STORE', 0xb006, 'warning'],
    ['C-STORE', 0xb007, 'warning'],
    ['C-STORE', 0xa700, 'failure'],
    ['C-STORE', 0xa7ff, 'failure'],
    ['C-STORE', 0xa900, 'failure'],
    ['C-STORE', 0xcfff, 'failure'],
    ['C-STORE', 0x0111, 'failure'],
    ['C-FIND', 0xff00, 'pending'],
    ['C-FIND', 0xff01, 'pending'],
    ['C-FIND', 0xfe00, 'cancel'],
    ['C-FIND', 0xa700, 'failure'],
    ['C-MOVE', 0xa801, 'failure'],
    ['C-MOVE', 0xb000, 'warning'],
    ['C-GET', 0xff00, 'pending'],
    ['N-ACTION', 0x0107, 'warning'],
    ['N-ACTION', 0x0123, 'failure'],
    ['C-ECHO', 0x0122, 'failure'],
  ] as const)('%s %i is of the category %s', (service, status, category) => {
    const found = dimseStatus(service, status);
    expect(found.category).toBe(category);
    expect(found.section).toMatch(/^PS3\.[47] /);
  });

  it.each([
    [0xb123, 'warning'],
    [0x0001, 'warning'],
    [0xd000, 'failure'],
    [0xa800, 'failure'],
  ])('%i, which no table of C-STORE has, is judged by its class', (status, category) => {
    expect(dimseStatus('C-STORE', status)).toMatchObject({ category, section: undefined });
  });

  it('says the same code differently for different services', () => {
    expect(dimseStatus('C-STORE', 0xb000).words).toBe(
      'Stored, with data elements changed (coercion) (B000H)',
    );
    expect(dimseStatus('C-MOVE', 0xb000).words).toContain('Sub-operations complete');
  });

  it('has no code in two rows of one table', () => {
    const services = ['C-STORE', 'C-FIND', 'C-MOVE', 'C-GET'] as const;
    for (const service of services) {
      expect(dimseStatus(service, 0xc001).words).toMatch(/C001H/);
    }
  });
});
