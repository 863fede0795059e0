import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommandSet } from './command-set.ts';
import { decodeCommandSet, encodeCommandSet } from './command-set.ts';

const ascii = (text: string): number[] => [...Buffer.from(text, 'latin1')];

const STORE_RQ: CommandSet = {
  AffectedSOPClassUID: '1.2.3',
  CommandField: 0x0001,
  MessageID: 7,
  Priority: 0,
  CommandDataSetType: 1,
  AffectedSOPInstanceUID: '1.2.4.5',
  MoveOriginatorApplicationEntityTitle: 'ORIGIN',
};

// prettier-ignore
const STORE_RQ_BYTES = Uint8Array.from([
  0x00, 0x00, 0x00, 0x00, 4, 0, 0, 0, 76, 0, 0, 0,      // (0000,0000) CommandGroupLength
  0x00, 0x00, 0x02, 0x00, 6, 0, 0, 0, ...ascii('1.2.3\0'), // (0000,0002) AffectedSOPClassUID
  0x00, 0x00, 0x00, 0x01, 2, 0, 0, 0, 0x01, 0x00,       // (0000,0100) CommandField
  0x00, 0x00, 0x10, 0x01, 2, 0, 0, 0, 7, 0,             // (0000,0110) MessageID
  0x00, 0x00, 0x00, 0x07, 2, 0, 0, 0, 0, 0,             // (0000,0700) Priority
  0x00, 0x00, 0x00, 0x08, 2, 0, 0, 0, 1, 0,             // (0000,0800) CommandDataSetType
  0x00, 0x00, 0x00, 0x10, 8, 0, 0, 0, ...ascii('1.2.4.5\0'), // (0000,1000) AffectedSOPInstanceUID
  0x00, 0x00, 0x30, 0x10, 6, 0, 0, 0, ...ascii('ORIGIN'), // (0000,1030) MoveOriginatorApplicationEntityTitle
]);

describe('Command sets', () => {
  it('are written in implicit VR little endian, ascending, behind the group length', () => {
    const bytes = encodeCommandSet(STORE_RQ);
    const length = new DataView(bytes.buffer).getUint32(8, true);
    expect(length).toBe(bytes.length - 12);
    expect([...bytes.subarray(12)]).toEqual([...STORE_RQ_BYTES.subarray(12)]);
  });

  it('are read again as they were written', () => {
    expect(decodeCommandSet(encodeCommandSet(STORE_RQ))).toEqual(STORE_RQ);
    const tags = { OffendingElement: [0x00100010, 0xffff0001], Status: 0xa900 };
    expect(decodeCommandSet(encodeCommandSet(tags))).toEqual(tags);
  });

  it('are read in any order, with a wrong group length and unknown elements', () => {
    const status = [0x00, 0x00, 0x00, 0x09, 2, 0, 0, 0, 0x00, 0xb0];
    const unknown = [0x00, 0x00, 0x99, 0x99, 1, 0, 0, 0, 5];
    const length = [0x00, 0x00, 0x00, 0x00, 4, 0, 0, 0, 1, 2, 3, 4];
    const field = [0x00, 0x00, 0x00, 0x01, 2, 0, 0, 0, 0x01, 0x80];
    const bytes = Uint8Array.from([...status, ...unknown, ...length, ...field]);
    expect(decodeCommandSet(bytes)).toEqual({ Status: 0xb000, CommandField: 0x8001 });
  });

  it('take an empty value for a missing element', () => {
    const bytes = Uint8Array.from([0x00, 0x00, 0x00, 0x09, 0, 0, 0, 0]);
    expect(decodeCommandSet(bytes)).toEqual({});
  });

  it.each([
    ['cut in a header', [0, 0, 0, 9, 2, 0, 0]],
    ['cut in a value', [0, 0, 0, 9, 2, 0, 0, 0, 1]],
    ['with a claimed 4 GB', [0, 0, 0, 9, 0xff, 0xff, 0xff, 0xff, 1, 2]],
    ['with an element of another group', [8, 0, 0, 9, 0, 0, 0, 0]],
    ['with a status of four bytes', [0, 0, 0, 9, 4, 0, 0, 0, 1, 2, 3, 4]],
  ])('are refused %s', (_, bytes) => {
    expect(() => decodeCommandSet(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ code: 'protocol-violation' }),
    );
  });

  it('throw nothing but protocol violations on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          decodeCommandSet(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'protocol-violation' });
        }
      }),
    );
  });
});
