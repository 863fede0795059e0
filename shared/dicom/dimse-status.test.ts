import { describe, expect, it } from 'vitest';
import { dimseStatus, type DimseService } from './dimse-status.ts';

/** PS3.7 table E.1-1. */
const ELEMENT_OF = {
  OffendingElement: 0x0901,
  ErrorComment: 0x0902,
  ErrorID: 0x0903,
  AttributeIdentifierList: 0x1005,
  EventTypeID: 0x1002,
  ActionTypeID: 0x1008,
  NumberOfRemainingSuboperations: 0x1020,
  NumberOfCompletedSuboperations: 0x1021,
  NumberOfFailedSuboperations: 0x1022,
  NumberOfWarningSuboperations: 0x1023,
};

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

  /** PS3.7 annex C, typed off: statuses of any service by their class. */
  const ANNEX_C: readonly [string, readonly number[]][] = [
    ['success', [0x0000]],
    ['warning', [0x0107, 0x0116]],
    ['cancel', [0xfe00]],
    [
      'failure',
      [
        0x0105, 0x0106, 0x0110, 0x0111, 0x0112, 0x0113, 0x0114, 0x0115, 0x0117, 0x0118, 0x0119,
        0x0120, 0x0121, 0x0122, 0x0123, 0x0124, 0x0210, 0x0211, 0x0212, 0x0213,
      ],
    ],
  ];
  it.each(ANNEX_C)(
    'knows those of PS3.7 annex C that mean %s, for any service',
    (category, codes) => {
      const services = [
        'C-ECHO',
        'N-ACTION',
        'N-CREATE',
        'N-DELETE',
        'N-EVENT-REPORT',
        'N-GET',
        'N-SET',
      ];
      for (const service of services as DimseService[]) {
        for (const code of codes) {
          const found = dimseStatus(service, code);
          expect([code, found.category, found.section]).toEqual([code, category, 'PS3.7 annex C']);
        }
      }
    },
  );

  /** PS3.7 sections C.4 and C.5, PS3.4 tables B.2-1, C.4-1 to C.4-3, typed off. */
  const COUNTS = [0x1020, 0x1021, 0x1022, 0x1023];
  const RELATED: readonly [DimseService, number, readonly number[]][] = [
    ['C-STORE', 0x0000, []],
    ['C-STORE', 0xa701, [0x0902]],
    ['C-STORE', 0xa900, [0x0901, 0x0902]],
    ['C-STORE', 0xc123, [0x0901, 0x0902]],
    ['C-STORE', 0xb000, [0x0901, 0x0902]],
    ['C-STORE', 0xb006, [0x0901, 0x0902]],
    ['C-STORE', 0xb007, [0x0901, 0x0902]],
    ['C-FIND', 0xa700, [0x0902]],
    ['C-FIND', 0xa900, [0x0901, 0x0902]],
    ['C-FIND', 0xc000, [0x0901, 0x0902]],
    ['C-FIND', 0xfe00, []],
    ['C-FIND', 0xff00, []],
    ['C-MOVE', 0x0000, COUNTS],
    ['C-MOVE', 0xa701, [0x0902]],
    ['C-MOVE', 0xa702, COUNTS],
    ['C-MOVE', 0xa801, [0x0902]],
    ['C-MOVE', 0xa900, [0x0901, 0x0902]],
    ['C-MOVE', 0xfe00, COUNTS],
    ['C-MOVE', 0xb000, COUNTS],
    ['C-GET', 0xff00, COUNTS],
    ['N-GET', 0x0105, [0x1005]],
    ['N-GET', 0x0107, [0x1005]],
    ['N-ACTION', 0x0110, [0x0902, 0x0903]],
    ['N-EVENT-REPORT', 0x0113, [0x1002]],
    ['N-ACTION', 0x0114, [0x1002, 0x1008]],
    ['N-ACTION', 0x0115, [0x1002, 0x1008]],
    ['N-ACTION', 0x0112, []],
    ['N-CREATE', 0x0120, [0x1005]],
    ['N-CREATE', 0x0121, [0x1005]],
    ['C-STORE', 0x0122, [0x0902]],
    ['N-ACTION', 0x0123, [0x1008]],
    ['N-ACTION', 0x0124, [0x0902]],
    ['C-STORE', 0xd000, [0x0901, 0x0902]],
  ];
  it.each(RELATED)('%s, %i: names what a response may say beside it', (service, code, elements) => {
    const tags = dimseStatus(service, code).fields.map((keyword) => ELEMENT_OF[keyword]);
    expect(tags).toEqual(elements);
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
