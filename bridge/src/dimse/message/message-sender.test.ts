import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FragmentWriter, fragmentLength } from './message-sender.ts';

interface Fragment {
  readonly control: number;
  readonly bytes: Buffer;
}

/** Sends slices as one data set and reads what went out: checks every header on the way. */
async function fragmentsOf(slices: readonly Uint8Array[], length: number): Promise<Fragment[]> {
  const sent: Buffer[] = [];
  const channel = {
    sendData: (parts: readonly Uint8Array[]) => void sent.push(Buffer.concat(parts)),
    readyToSend: () => undefined,
  };
  const writer = new FragmentWriter(channel, {
    contextId: 5,
    isCommand: false,
    fragmentLength: length,
  });
  for (const slice of slices) await writer.write(slice);
  writer.end();
  return sent.map((pdu) => {
    expect([pdu.readUInt8(0), pdu.readUInt32BE(2)]).toEqual([4, pdu.length - 6]);
    expect([pdu.readUInt32BE(6), pdu.readUInt8(10)]).toEqual([pdu.length - 10, 5]);
    return { control: pdu.readUInt8(11), bytes: pdu.subarray(12) };
  });
}

describe('Fragments', () => {
  it.each([
    [16, 131072, 10],
    [17, 131072, 10],
    [16384, 131072, 16378],
    [16385, 131072, 16378],
    [0, 131072, 131066],
    [0xffffffff, 131072, 131066],
  ])('fit a peer that takes %i bytes', (peer, own, length) => {
    expect(fragmentLength(peer, own)).toBe(length);
  });

  it('are even, full but for the last, and whole again when put together, whatever the slices', async () => {
    const slices = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(slices, fc.integer({ min: 5, max: 40 }), async (parts, half) => {
        const whole = Buffer.concat(parts);
        const fragments = await fragmentsOf(parts, half * 2);
        expect(Buffer.concat(fragments.map(({ bytes }) => bytes))).toEqual(whole);
        expect(fragments.slice(0, -1).every(({ bytes }) => bytes.length === half * 2)).toBe(true);
        expect(fragments.map(({ control }) => control)).toEqual(
          fragments.map((_, index) => (index === fragments.length - 1 ? 2 : 0)),
        );
      }),
    );
  });

  it('carry the last mark in a full fragment rather than in an empty one behind it', async () => {
    const fragments = await fragmentsOf([new Uint8Array(20)], 10);
    expect(fragments.map(({ bytes, control }) => [bytes.length, control])).toEqual([
      [10, 0],
      [10, 2],
    ]);
  });
});
