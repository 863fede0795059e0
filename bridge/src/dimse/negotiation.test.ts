import { describe, expect, it } from 'vitest';
import { decodeControlPdu } from './pdu/control-pdu.ts';
import type { AssociateAc, AssociateRq } from './pdu/pdu.ts';
import { query, type ExtendedQuery } from './query-scu.ts';
import { StorageScu } from './storage-scu.ts';
import { storageScp } from './storage-scp.ts';
import { client, ILE, startListener } from './testing/listener-fixture.ts';
import * as raw from './testing/raw-connection.ts';
import { response, takeMessage } from './testing/raw-messages.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const MR = '1.2.840.10008.5.1.4.1.1.4';
const UNKNOWN = '1.2.999';
const FIND = '1.2.840.10008.5.1.4.1.2.2.1';

const titles = { host: '127.0.0.1', calledAeTitle: 'RAW', callingAeTitle: 'GANTRY' };

describe('An acceptor', () => {
  it('answers roles and extended negotiation of the classes that it accepts, and no others', async () => {
    const sink = () => Promise.resolve({ kind: 'stored' } as const);
    const { port } = await startListener({
      services: [storageScp({ sink, acceptUnknownClasses: false })],
    });
    const connection = await client(port);
    const all = [CT, MR, UNKNOWN];
    connection.write(
      raw.associateRq({
        presentationContexts: all.map((abstractSyntax, index) => ({
          id: 2 * index + 1,
          abstractSyntax,
          transferSyntaxes: [ILE],
        })),
        userInformation: {
          maxPduLength: 0,
          asynchronousOperationsWindow: { invoked: 0, performed: 0 },
          roleSelections: all.map((sopClassUid) => ({
            sopClassUid,
            scuRole: sopClassUid !== MR,
            scpRole: true,
          })),
          extendedNegotiations: [CT, UNKNOWN].map((sopClassUid) => ({
            sopClassUid,
            information: Uint8Array.of(3, 0, 0, 0, 2, 0),
          })),
        },
      }),
    );
    const pdu = await connection.pdu();
    const answer = decodeControlPdu(pdu?.type ?? 0, pdu?.body ?? new Uint8Array()) as AssociateAc;
    expect(answer.userInformation).toMatchObject({
      asynchronousOperationsWindow: { invoked: 1, performed: 1 },
      roleSelections: [
        { sopClassUid: CT, scuRole: true, scpRole: false },
        { sopClassUid: MR, scuRole: false, scpRole: false },
      ],
      // PS3.4 section B.3.1: a level 2 SCP that coerces nothing.
      extendedNegotiations: [{ sopClassUid: CT, information: Buffer.of(2, 0, 0, 0, 0, 0) }],
    });
  });
});

describe('A query', () => {
  const series = {
    informationModel: 'study-root',
    level: 'SERIES',
    keys: { Modality: 'CT' },
  } as const;

  /** What is proposed, and whether a query without the key of its study is sent. */
  async function ask(extended: ExtendedQuery | undefined, agreed: Uint8Array | undefined) {
    let request: AssociateRq | undefined;
    let isAsked = false;
    const server = await raw.rawServer(async (connection) => {
      const pdu = await connection.pdu();
      request = decodeControlPdu(1, pdu?.body ?? new Uint8Array()) as AssociateRq;
      const extendedNegotiations = agreed ? [{ sopClassUid: FIND, information: agreed }] : [];
      connection.write(
        raw.associateAc({
          userInformation: { maxPduLength: 0, extendedNegotiations },
        }),
      );
      const next = await takeMessage(connection).catch(() => undefined);
      isAsked = next !== undefined;
      if (next) connection.write(response(next.command, 0));
      if (next) await connection.pdu();
      connection.write(raw.RELEASE_RP);
    });
    const asking = (async () => {
      for await (const _ of query({ ...titles, port: server.port }, series, { extended })) continue;
      return 'success';
    })();
    const result = await asking.catch((error: unknown) => (error as { code: string }).code);
    await server.close();
    const proposed = request?.userInformation.extendedNegotiations?.map(
      ({ sopClassUid, information }) => [sopClassUid, ...information],
    );
    return { proposed, isAsked, result };
  }

  it('proposes relational queries and fuzzy names only when told so', async () => {
    expect((await ask({ relational: true }, undefined)).proposed).toEqual([[FIND, 1, 0, 0, 0]]);
    const both = { relational: true, fuzzyNames: true };
    expect((await ask(both, undefined)).proposed).toEqual([[FIND, 1, 0, 1, 0]]);
    // A query that is hierarchical doesn't need the peer to see that it can't be sent.
    expect(await ask(undefined, undefined)).toMatchObject({
      proposed: undefined,
      result: 'invalid-dataset',
    });
  });

  it.each([
    ['agrees', Uint8Array.of(1, 0, 0, 0), true, 'success'],
    ['does not agree', Uint8Array.of(0, 0, 1, 0), false, 'invalid-dataset'],
    ['says nothing of it', undefined, false, 'invalid-dataset'],
  ])(
    'below the study, without its key, depends on a peer that %s',
    async (_, agreed, isAsked, result) => {
      expect(await ask({ relational: true }, agreed)).toMatchObject({ isAsked, result });
    },
  );
});

describe('A storage job', () => {
  it('of 200 pairs takes two associations, with odd IDs and each pair once', async () => {
    const requests: AssociateRq[] = [];
    const server = await raw.rawServer(async (connection) => {
      const pdu = await connection.pdu();
      const request = decodeControlPdu(1, pdu?.body ?? new Uint8Array()) as AssociateRq;
      requests.push(request);
      const presentationContexts = request.presentationContexts.map(({ id, transferSyntaxes }) => ({
        id,
        result: 0,
        transferSyntax: transferSyntaxes[0] ?? '',
      }));
      connection.write(raw.associateAc({ presentationContexts }));
      await connection.pdu();
      connection.write(raw.RELEASE_RP);
    });
    const pairs = Array.from({ length: 200 }, (_, index) => ({
      sopClassUid: `1.2.3.${index}`,
      transferSyntaxUid: ILE,
    }));
    const scu = new StorageScu({ ...titles, port: server.port }, pairs);
    for (const pair of pairs) expect(await scu.accepts(pair)).toBe(true);
    await scu.release();
    await server.close();
    const proposed = requests.flatMap(({ presentationContexts }) => presentationContexts);
    expect(requests.map(({ presentationContexts }) => presentationContexts.length)).toEqual([
      128, 72,
    ]);
    expect(proposed.every(({ id }) => id % 2 === 1 && id <= 255)).toBe(true);
    expect(proposed.map(({ abstractSyntax }) => abstractSyntax)).toEqual(
      pairs.map(({ sopClassUid }) => sopClassUid),
    );
  });

  it('never has more than the one operation under way that was negotiated', async () => {
    const heard: string[] = [];
    const server = await raw.rawServer(async (connection) => {
      const pdu = await connection.pdu();
      const request = decodeControlPdu(1, pdu?.body ?? new Uint8Array()) as AssociateRq;
      expect(request.userInformation.asynchronousOperationsWindow).toBeUndefined();
      connection.write(raw.associateAc());
      for (;;) {
        const next = takeMessage(connection).catch(() => undefined);
        const message = await next;
        if (!message) break;
        heard.push('request');
        // Long enough for a second one, which would be heard before the response.
        await new Promise((resolve) => setTimeout(resolve, 30));
        heard.push(connection.hasMore ? 'another' : 'response');
        connection.write(response(message.command, 0));
      }
      connection.write(raw.RELEASE_RP);
    });
    const pair = { sopClassUid: CT, transferSyntaxUid: '1.2.840.10008.1.2.1' };
    const scu = new StorageScu({ ...titles, port: server.port }, [pair]);
    const instance = { ...pair, sopInstanceUid: '1.2.3', dataset: new Uint8Array(10), length: 10 };
    await Promise.all(Array.from({ length: 5 }, () => scu.store(instance)));
    await scu.release();
    await server.close();
    expect(heard).toEqual(Array.from({ length: 5 }, () => ['request', 'response']).flat());
  });
});
