import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMAND, LAST, RELEASE_RQ, associateRq, dataTf, pdv } from '../testing/raw-connection.ts';
import type { PduSink } from './pdu-reader.ts';
import { PduReader } from './pdu-reader.ts';

/** Notes what happens; slices of one value are joined, since how they are cut depends on the chunks. */
class Recorder implements PduSink {
  readonly events: string[] = [];
  bytes: number[] = [];
  largestSlice = 0;

  controlPdu(pdu: { type: string }): void {
    this.events.push(JSON.stringify(pdu));
  }
  dataPdu(): void {
    this.events.push('P-DATA-TF');
  }
  pdvStart(header: object): void {
    this.events.push(JSON.stringify(header));
    this.bytes = [];
  }
  pdvBytes(bytes: Uint8Array): void {
    this.largestSlice = Math.max(this.largestSlice, bytes.length);
    for (const byte of bytes) this.bytes.push(byte);
  }
  pdvEnd(): void {
    this.events.push(`bytes ${this.bytes.join()}`);
  }
}

function read(chunks: readonly Uint8Array[], maxDataPdu = 0): Recorder {
  const recorder = new Recorder();
  const reader = new PduReader(recorder, maxDataPdu);
  for (const chunk of chunks) reader.push(chunk);
  return recorder;
}

const STREAM = Buffer.concat([
  associateRq(),
  dataTf(pdv(1, COMMAND, Uint8Array.of(1, 2)), pdv(1, COMMAND | LAST, Uint8Array.of(3, 4))),
  dataTf(pdv(1, 0, new Uint8Array(0))),
  dataTf(
    pdv(
      3,
      LAST,
      Uint8Array.from({ length: 300 }, (_, index) => index & 0xff),
    ),
  ),
  RELEASE_RQ,
]);

describe('The PDU reader', () => {
  it('hands on PDUs and values in their order', () => {
    const { events } = read([STREAM]);
    expect(events.slice(1, 7)).toEqual([
      'P-DATA-TF',
      '{"contextId":1,"isCommand":true,"isLast":false}',
      'bytes 1,2',
      '{"contextId":1,"isCommand":true,"isLast":true}',
      'bytes 3,4',
      'P-DATA-TF',
    ]);
    expect(events.at(-1)).toBe('{"type":"release-rq"}');
  });

  it('gives the same result whatever the chunks are', () => {
    const whole = read([STREAM]).events;
    const cuts = fc.array(fc.integer({ min: 0, max: STREAM.length }), { maxLength: 40 });
    fc.assert(
      fc.property(cuts, (places) => {
        const sorted = [0, ...places.sort((a, b) => a - b), STREAM.length];
        const chunks = sorted.slice(1).map((to, index) => STREAM.subarray(sorted[index], to));
        expect(read(chunks).events).toEqual(whole);
      }),
    );
    expect(read([...STREAM].map((byte) => Uint8Array.of(byte))).events).toEqual(whole);
  });

  it('passes values on as slices of the chunk, without a copy', () => {
    const chunk = dataTf(pdv(1, LAST, new Uint8Array(1000)));
    let slice = new Uint8Array(0);
    const recorder = Object.assign(new Recorder(), {
      pdvBytes: (bytes: Uint8Array<ArrayBuffer>) => (slice = bytes),
    });
    new PduReader(recorder, 0).push(chunk);
    expect(slice.buffer).toBe(chunk.buffer);
  });

  it('keeps no memory for a PDU of 4 GB that is only claimed', () => {
    const before = process.memoryUsage();
    const readers = Array.from({ length: 1000 }, () => {
      const reader = new PduReader(new Recorder(), 0);
      reader.push(Uint8Array.of(4, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0, 1, 0));
      return reader;
    });
    const after = process.memoryUsage();
    expect(readers.every(({ insidePdu }) => insidePdu)).toBe(true);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(1_000_000);
  });

  it('keeps memory for an association PDU only as its bytes come', () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 100 }, () => {
      const reader = new PduReader(new Recorder(), 0);
      reader.push(Uint8Array.of(1, 0, 0, 0x10, 0, 0, 0, 1));
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    expect(readers).toHaveLength(100);
  });

  it.each([
    ['HTTP', [...Buffer.from('GET / HTTP/1.1\r\n')], 1],
    ['one byte of TLS', [0x16], 1],
    ['type 0', [0, 0, 0, 0, 0, 4], 1],
    ['type 8', [8, 0, 0, 0, 0, 4], 1],
    ['A-ASSOCIATE-RQ over the limit', [1, 0, 0, 0x10, 0, 1], 6],
    ['A-ASSOCIATE-RQ without its fixed part', [1, 0, 0, 0, 0, 67], 6],
    ['A-ABORT of 5 bytes', [7, 0, 0, 0, 0, 5], 6],
    ['A-RELEASE-RQ of 4 GB', [5, 0, 0xff, 0xff, 0xff, 0xff], 6],
    ['P-DATA-TF without a value', [4, 0, 0, 0, 0, 0], 6],
    ['P-DATA-TF over what was announced', [4, 0, 0, 0, 0x40, 1], 6],
    ['a value without header', [4, 0, 0, 0, 0, 6, 0, 0, 0, 1, 1, 0], 6],
    ['a value longer than its PDU', [4, 0, 0, 0, 0, 8, 0, 0, 0, 5, 1, 0], 6],
    ['bytes behind the last value', [4, 0, 0, 0, 0, 9, 0, 0, 0, 2, 1, 0], 6],
  ])('refuses %s', (_, bytes, reason) => {
    expect(() => read([Uint8Array.from(bytes)], 0x4000)).toThrow(
      expect.objectContaining({ code: 'protocol-violation', abort: { source: 2, reason } }),
    );
  });

  it('drops what comes after a violation', () => {
    const recorder = new Recorder();
    const reader = new PduReader(recorder, 0);
    expect(() => reader.push(Buffer.from('GET'))).toThrow();
    reader.push(STREAM);
    expect(recorder.events).toEqual([]);
  });

  it('throws nothing but protocol violations on any bytes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.uint8Array({ maxLength: 400 }),
        (type, body) => {
          const pdu = Buffer.concat([
            Uint8Array.of(type, 0, 0, 0, body.length >> 8, body.length),
            body,
          ]);
          try {
            read([pdu], 0x4000);
          } catch (error) {
            expect(error).toMatchObject({ code: 'protocol-violation' });
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
