import { afterEach, describe, expect, it } from 'vitest';
import type { AssociationOptions } from './association-settings.ts';
import type { CommandSet } from './message/command-set.ts';
import { StorageScu } from './storage-scu.ts';
import { madeInstance } from './testing/part10.ts';
import * as raw from './testing/raw-connection.ts';

const CT = madeInstance(1, 100_000);
const request = { ...CT, length: CT.dataset.length };

const storeRsp = (status: number, messageId = 1, elements: CommandSet = {}) =>
  raw.commandTf(1, {
    ...elements,
    CommandField: 0x8001,
    MessageIDBeingRespondedTo: messageId,
    CommandDataSetType: 0x0101,
    Status: status,
  });

let server: raw.RawServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A storage SCU whose peer follows the script. */
async function scuOf(
  script: (connection: raw.RawConnection) => Promise<void> | void,
  options: AssociationOptions = {},
): Promise<StorageScu> {
  server = await raw.rawServer(script);
  const peer = {
    host: '127.0.0.1',
    port: server.port,
    calledAeTitle: 'RAW',
    callingAeTitle: 'GANTRY',
  };
  return new StorageScu(peer, [CT], options);
}

/** Accepts the association, then follows the script. */
function accepting(
  script: (connection: raw.RawConnection) => Promise<void> | void,
  changes: Parameters<typeof raw.associateAc>[0] = {},
) {
  return async (connection: raw.RawConnection): Promise<void> => {
    await connection.pdu();
    connection.write(raw.associateAc(changes));
    await script(connection);
  };
}

interface Heard {
  readonly fragments: number[];
  readonly dataset: Buffer;
}

/** Takes a whole C-STORE-RQ. */
async function takeStore(connection: raw.RawConnection): Promise<Heard> {
  const fragments: number[] = [];
  const parts: Buffer[] = [];
  for (;;) {
    const pdu = await connection.pdu();
    if (pdu?.type !== 4) throw new Error(`PDU type ${pdu?.type ?? 'none'} inside a C-STORE`);
    fragments.push(pdu.body.length - 6);
    const control = pdu.body.readUInt8(5);
    if ((control & raw.COMMAND) === 0) parts.push(pdu.body.subarray(6));
    if (control === raw.LAST) return { fragments, dataset: Buffer.concat(parts) };
  }
}

describe('Storage SCU', () => {
  it.each([
    [0x0000, { kind: 'stored', status: 0 }],
    [
      0xb000,
      {
        kind: 'stored',
        status: 0xb000,
        warning: 'Stored, with data elements changed (coercion) (B000H)',
      },
    ],
    [0xa702, { kind: 'refused', status: 0xa702, words: 'Refused: out of resources (A702H)' }],
    [0x0124, { kind: 'refused', status: 0x0124, words: 'Refused: not authorized (0124H)' }],
  ])('tells the status %i as a result', async (status, result) => {
    const scu = await scuOf(
      accepting(async (connection) => {
        await takeStore(connection);
        connection.write(storeRsp(status));
        await connection.pdu();
        connection.write(raw.RELEASE_RP);
      }),
    );
    expect(await scu.store(request)).toEqual(result);
    await scu.release();
  });

  it('names the attributes that the peer finds wrong, and quotes nothing that it says of them', async () => {
    const scu = await scuOf(
      accepting(async (connection) => {
        await takeStore(connection);
        const tags = [0x00280010, 0x00280011, 0x00091001, 1, 2, 3];
        const told = { OffendingElement: tags, ErrorComment: 'DOE^JOHN is no patient', ErrorID: 7 };
        connection.write(storeRsp(0xa900, 1, told));
        await connection.pdu();
        connection.write(raw.RELEASE_RP);
      }),
    );
    const words =
      'Data set does not match SOP class (A900H); the peer names Rows (0028,0010), Columns (0028,0011), ' +
      '(0009,1001), (0000,0001), (0000,0002) and 1 more; its number of the error is 7';
    expect(await scu.store(request)).toEqual({ kind: 'refused', status: 0xa900, words });
    await scu.release();
  });

  it.each([
    [16, 10],
    [17, 10],
    [4096, 4090],
    [0, 131066],
    [0xffffffff, 131066],
    // PS3.8 annex D.1 wants the item; who leaves it out gets what anybody takes.
    [undefined, 16378],
  ])(
    'sends even fragments to a peer that says it takes PDUs of %s bytes',
    async (maxPduLength, fragment) => {
      let heard: Heard | undefined;
      const scu = await scuOf(
        accepting(
          async (connection) => {
            heard = await takeStore(connection);
            connection.write(storeRsp(0));
            await connection.pdu();
            connection.write(raw.RELEASE_RP);
          },
          { userInformation: maxPduLength === undefined ? {} : { maxPduLength } },
        ),
      );
      const small = madeInstance(3, 3000);
      const used = fragment < 100 ? { ...small, length: small.dataset.length } : request;
      expect(await scu.store(used)).toEqual({ kind: 'stored', status: 0 });
      await scu.release();
      expect(Buffer.compare(heard?.dataset ?? Buffer.alloc(0), used.dataset)).toBe(0);
      expect(heard?.fragments.filter((length) => length % 2 === 1 || length > fragment)).toEqual(
        [],
      );
      expect(Math.max(...(heard?.fragments ?? []))).toBe(Math.min(fragment, used.dataset.length));
    },
  );

  it.each([4096, 16384, 131072])(
    'leaves nothing unsent, whatever the size, to a peer that takes PDUs of %i bytes',
    async (maxPduLength) => {
      const sizes = Array.from({ length: 40 }, (_, index) => 2 * Math.round(1.4 ** index));
      const heard: number[] = [];
      const scu = await scuOf(
        accepting(
          async (connection) => {
            for (let id = 1; id <= sizes.length; id++) {
              heard.push((await takeStore(connection)).dataset.length);
              connection.write(storeRsp(0, id));
            }
            await connection.pdu();
            connection.write(raw.RELEASE_RP);
          },
          { userInformation: { maxPduLength } },
        ),
      );
      for (const length of sizes) {
        await scu.store({ ...request, dataset: new Uint8Array(length), length });
      }
      await scu.release();
      expect(heard).toEqual(sizes);
    },
  );

  it('waits for the end of a data set although the answer came early', async () => {
    const scu = await scuOf(
      accepting(async (connection) => {
        connection.write(storeRsp(0xa700));
        await takeStore(connection);
        await connection.pdu();
        connection.write(raw.RELEASE_RP);
      }),
    );
    expect(await scu.store(request)).toMatchObject({ kind: 'refused', status: 0xa700 });
    await scu.release();
  });

  it('serves overlapping calls one after another', async () => {
    const scu = await scuOf(
      accepting(async (connection) => {
        for (let id = 1; id <= 3; id++) {
          await takeStore(connection);
          connection.write(storeRsp(0, id));
        }
        await connection.pdu();
        connection.write(raw.RELEASE_RP);
      }),
    );
    const results = await Promise.all([scu.store(request), scu.store(request), scu.store(request)]);
    expect(results.map(({ kind }) => kind)).toEqual(['stored', 'stored', 'stored']);
    await scu.release();
  });

  const answers: [string, Parameters<typeof raw.associateAc>[0], string][] = [
    ['does not answer the context', { presentationContexts: [] }, 'the peer did not answer it'],
    [
      'answers with another transfer syntax',
      { presentationContexts: [{ id: 1, result: 0, transferSyntax: '1.2.840.10008.1.2' }] },
      'the peer accepts it with a transfer syntax that was not proposed',
    ],
    [
      'answers a context that was not asked for',
      { presentationContexts: [{ id: 3, result: 0, transferSyntax: CT.transferSyntaxUid }] },
      'the peer did not answer it',
    ],
  ];
  it.each(answers)('sends nothing when the peer %s', async (_, changes, reason) => {
    let next: raw.RawPdu | undefined;
    const scu = await scuOf(
      accepting(async (connection) => {
        next = await connection.pdu();
        connection.write(raw.RELEASE_RP);
      }, changes),
    );
    expect(await scu.store(request)).toEqual({ kind: 'no-context', reason });
    await scu.release();
    expect(next?.type).toBe(5);
  });

  const ends: [string, string, (connection: raw.RawConnection) => Promise<void> | void][] = [
    ['does not answer the association', 'association-timeout', () => undefined],
    ['closes instead of answering', 'connection-lost', (connection) => connection.end()],
    [
      'answers with HTTP',
      'protocol-violation',
      (connection) => connection.write(Buffer.from('HTTP/1.1 400')),
    ],
    ['answers with data', 'protocol-violation', (connection) => connection.write(storeRsp(0))],
    [
      'aborts instead of answering',
      'association-aborted',
      (connection) => connection.write(raw.ABORT),
    ],
    [
      'takes PDUs of 15 bytes only',
      'protocol-violation',
      accepting(() => undefined, { userInformation: { maxPduLength: 15 } }),
    ],
    ['stops to read', 'stalled', accepting((connection) => connection.stall())],
    [
      'does not answer the store',
      'reply-timeout',
      accepting((connection) => void takeStore(connection)),
    ],
    ['resets the connection', 'connection-lost', accepting((connection) => connection.reset())],
    [
      'releases instead of answering',
      'association-released',
      accepting((connection) => connection.write(raw.RELEASE_RQ)),
    ],
    [
      'answers something else',
      'protocol-violation',
      accepting(async (connection) => {
        await takeStore(connection);
        connection.write(storeRsp(0, 99));
      }),
    ],
    [
      'asks something',
      'protocol-violation',
      accepting((connection) => connection.write(raw.commandTf(1, raw.echoRq(1)))),
    ],
    [
      'stops in the middle of its answer',
      'stalled',
      accepting(async (connection) => {
        await takeStore(connection);
        connection.write(storeRsp(0).subarray(0, 20));
      }),
    ],
  ];
  it.each(ends)('ends once, with its own error, when the peer %s', async (_, code, script) => {
    const scu = await scuOf(script, {
      timers: { associationReplyMs: 300, dimseReplyMs: 600, progressMs: 300, artimMs: 300 },
    });
    const large = madeInstance(2, 20_000_000);
    const used = code === 'stalled' && _ === 'stops to read' ? large : CT;
    const started = performance.now();
    const stored = scu.store({ ...used, length: used.dataset.length });
    await expect(stored).rejects.toMatchObject({ name: 'DimseError', code });
    expect(performance.now() - started).toBeLessThan(1600);
  });

  it('releases an association over which nothing is asked', async () => {
    const { promise: released, resolve } = Promise.withResolvers<number | undefined>();
    const scu = await scuOf(
      accepting(async (connection) => {
        const pdu = await connection.pdu();
        connection.write(raw.RELEASE_RP);
        resolve(pdu?.type);
      }),
      { timers: { idleMs: 100 } },
    );
    await scu.connect();
    expect(await released).toBe(5);
    await scu.release();
  });

  it('agrees when the peer releases an association over which nothing is asked', async () => {
    const { promise: heard, resolve } = Promise.withResolvers<number | undefined>();
    const scu = await scuOf(
      accepting(async (connection) => {
        connection.write(raw.RELEASE_RQ);
        resolve((await connection.pdu())?.type);
      }),
    );
    await scu.connect();
    expect(await heard).toBe(6);
    await expect(scu.store(request)).rejects.toMatchObject({ code: 'association-released' });
    await scu.release();
  });

  it('releases although the peer releases at the same moment', async () => {
    const { promise: heard, resolve } = Promise.withResolvers<unknown>();
    const scu = await scuOf(
      accepting(async (connection) => {
        await connection.pdu();
        connection.write(raw.RELEASE_RQ);
        const answer = await connection.pdu();
        connection.write(raw.RELEASE_RP);
        resolve(answer?.type);
      }),
    );
    await scu.connect();
    await scu.release();
    expect(await heard).toBe(6);
  });

  it('cancels while it waits for the peer to answer the association', async () => {
    const scu = await scuOf(() => undefined);
    const controller = new AbortController();
    const connecting = scu.connect(controller.signal);
    controller.abort();
    await expect(connecting).rejects.toMatchObject({ code: 'cancelled' });
  });

  it.each(['', '   ', 'A'.repeat(17), 'A\\B', 'Ä'])('refuses the AE title "%s"', async (title) => {
    const peer = { host: '127.0.0.1', port: 104, calledAeTitle: title, callingAeTitle: 'GANTRY' };
    const scu = new StorageScu(peer, [CT]);
    await expect(scu.connect()).rejects.toMatchObject({ code: 'invalid-configuration' });
  });
});
