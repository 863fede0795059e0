import { describe, expect, it } from 'vitest';
import type { ListenerOptions } from './listener.ts';
import { encodeCommandSet } from './message/command-set.ts';
import { decodeControlPdu } from './pdu/control-pdu.ts';
import type { ScpService } from './scp-service.ts';
import {
  associated,
  bothContexts,
  client,
  errorOf,
  ILE,
  startListener,
  storage,
  TYPE,
} from './testing/listener-fixture.ts';
import * as raw from './testing/raw-connection.ts';
import { verificationScp } from './verification.ts';

describe('A DICOM listener, to a peer that it should not serve,', () => {
  const hostile: [string, Uint8Array, number][] = [
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), 0],
    ['TLS', Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0), 0],
    ['data before an association', raw.commandTf(1, raw.echoRq(1)), 0],
    ['a release before an association', raw.RELEASE_RQ, 0],
    ['a PDU of 4 GB', Uint8Array.of(1, 0, 0xff, 0xff, 0xff, 0xff), 0],
  ];
  it.each(hostile)('aborts on %s without a handler', async (_, bytes, source) => {
    const { handled, listener, nextEnd, port } = await startListener();
    const connection = await client(port);
    connection.write(bytes);
    const abort = await connection.pdu();
    expect([abort?.type, abort?.body[2]]).toEqual([TYPE.abort, source]);
    expect(await connection.pdu()).toBeUndefined();
    expect(errorOf(await nextEnd())).toBe('protocol-violation');
    // Only when all has ended is it sure that no handler starts late.
    await listener.close(0);
    expect(handled).toEqual([]);
  });

  const echo = encodeCommandSet(raw.echoRq(1));
  const violations: [string, Uint8Array, number][] = [
    ['a context that was not proposed', raw.commandTf(9, raw.echoRq(1)), 5],
    ['a context that was refused', raw.commandTf(5, raw.echoRq(1)), 5],
    ['a data set without a command', raw.dataTf(raw.pdv(1, raw.LAST, new Uint8Array(4))), 6],
    [
      'a command that changes its context',
      raw.dataTf(raw.pdv(1, 1, echo.subarray(0, 4)), raw.pdv(3, 3, echo.subarray(4))),
      6,
    ],
    [
      'a response to nothing',
      raw.commandTf(1, { CommandField: 0x8030, MessageIDBeingRespondedTo: 1, Status: 0 }),
      6,
    ],
    ['a second A-ASSOCIATE-RQ', raw.associateRq(), 2],
    ['A-RELEASE-RP', raw.RELEASE_RP, 2],
    ['garbage', Buffer.from('garbage'), 1],
    [
      'a command of 70,000 bytes',
      Buffer.concat(
        Array.from({ length: 7 }, () => raw.dataTf(raw.pdv(1, 1, new Uint8Array(10_000)))),
      ),
      6,
    ],
    ['a PDU over what we announced', Uint8Array.of(4, 0, 0xff, 0xff, 0xff, 0xff), 6],
  ];
  it.each(violations)('aborts on %s without a handler', async (_, bytes, reason) => {
    const { handled, listener, nextEnd, port } = await startListener({
      services: [verificationScp, storage(() => Promise.resolve(0))],
    });
    const refused = { id: 5, abstractSyntax: '1.2.999', transferSyntaxes: [ILE] };
    const connection = await associated(port, [...bothContexts, refused]);
    connection.write(bytes);
    const abort = await connection.pdu();
    expect([abort?.type, abort?.body[2], abort?.body[3]]).toEqual([TYPE.abort, 2, reason]);
    expect(errorOf(await nextEnd())).toBe('protocol-violation');
    // Only when all has ended is it sure that no handler starts late.
    await listener.close(0);
    expect(handled).toEqual([]);
  });

  it('aborts on requests without a bound that do not wait for their responses', async () => {
    const { promise: go, resolve: goOn } = Promise.withResolvers<undefined>();
    const service: ScpService = {
      ...verificationScp,
      handle: async () => {
        await go;
        return { status: 0 };
      },
    };
    const { nextEnd, port } = await startListener({ services: [service] });
    const connection = await associated(port);
    for (let id = 1; id <= 40; id++) connection.write(raw.commandTf(1, raw.echoRq(id)));
    expect((await connection.pdu())?.type).toBe(TYPE.abort);
    expect(errorOf(await nextEnd())).toBe('protocol-violation');
    goOn(undefined);
  });

  it('answers each presentation context by itself', async () => {
    const { port } = await startListener();
    const connection = await client(port);
    const verification = '1.2.840.10008.1.1';
    connection.write(
      raw.associateRq({
        presentationContexts: [
          { id: 1, abstractSyntax: verification, transferSyntaxes: ['1.2.3', ILE] },
          { id: 3, abstractSyntax: '1.2.999', transferSyntaxes: [ILE] },
          { id: 5, abstractSyntax: verification, transferSyntaxes: ['1.2.840.10008.1.2.4.50'] },
        ],
        userInformation: {
          maxPduLength: 0,
          asynchronousOperationsWindow: { invoked: 0, performed: 9 },
        },
      }),
    );
    const pdu = await connection.pdu();
    expect(decodeControlPdu(pdu?.type ?? 0, pdu?.body ?? Buffer.alloc(0))).toMatchObject({
      presentationContexts: [
        { id: 1, result: 0, transferSyntax: ILE },
        { id: 3, result: 3 },
        { id: 5, result: 4 },
      ],
      userInformation: { asynchronousOperationsWindow: { invoked: 1, performed: 1 } },
    });
  });

  const rejected: [
    string,
    Partial<ListenerOptions>,
    Parameters<typeof raw.associateRq>[0],
    number[],
  ][] = [
    ['another called AE title', {}, { calledAeTitle: 'OTHER' }, [1, 1, 7]],
    ['a calling AE title that is not listed', { callingAeTitles: ['CT1'] }, {}, [1, 1, 3]],
    ['a host that is not listed', { callingHosts: ['10.0.0.1'] }, {}, [1, 1, 3]],
    ['another application context', {}, { applicationContextName: '1.2.3' }, [1, 1, 2]],
    ['another protocol version', {}, { protocolVersion: 2 }, [1, 2, 2]],
    ['a maximum PDU length of 15', {}, { userInformation: { maxPduLength: 15 } }, [1, 1, 1]],
    ['more associations than allowed', { maxAssociations: 0 }, {}, [2, 3, 2]],
    ['more associations of a host than allowed', { maxAssociationsPerHost: 0 }, {}, [2, 3, 2]],
  ];
  it.each(rejected)('rejects %s, and runs no handler', async (_, options, request, fields) => {
    const { handled, listener, nextEnd, port } = await startListener(options);
    const connection = await client(port);
    connection.write(raw.associateRq(request), raw.commandTf(1, raw.echoRq(1)));
    const pdu = await connection.pdu();
    expect([pdu?.type, ...(pdu?.body.subarray(1) ?? [])]).toEqual([TYPE.rj, ...fields]);
    expect(errorOf(await nextEnd())).toBe('association-rejected');
    // Only when all has ended is it sure that no handler starts late.
    await listener.close(0);
    expect(handled).toEqual([]);
  });

  it('accepts what its lists name, and any called AE title when told so', async () => {
    const { port } = await startListener({
      acceptAnyCalledAeTitle: true,
      callingAeTitles: ['RAW'],
      callingHosts: ['127.0.0.1'],
    });
    const connection = await client(port);
    connection.write(raw.associateRq({ calledAeTitle: 'WHATEVER' }));
    expect((await connection.pdu())?.type).toBe(TYPE.ac);
  });
});
