import { describe, expect, it } from 'vitest';
import { decodeControlPdu, encodeControlPdu } from './control-pdu.ts';
import type { AssociateAc, AssociateRq, ControlPdu } from './pdu.ts';

const ascii = (text: string): number[] => [...Buffer.from(text, 'latin1')];
const zeros = (count: number): number[] => new Array<number>(count).fill(0);

const RQ: AssociateRq = {
  type: 'associate-rq',
  protocolVersion: 1,
  calledAeTitle: 'CALLED',
  callingAeTitle: 'CALLING',
  applicationContextName: '1.2.840.10008.3.1.1.1',
  presentationContexts: [
    { id: 1, abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: ['1.2.840.10008.1.2'] },
  ],
  userInformation: {
    maxPduLength: 16384,
    implementationClassUid: '1.2.3',
    asynchronousOperationsWindow: { invoked: 5, performed: 6 },
    roleSelections: [{ sopClassUid: '1.2.4', scuRole: false, scpRole: true }],
    implementationVersionName: 'V1',
    extendedNegotiations: [{ sopClassUid: '1.2.5', information: Uint8Array.of(1, 0, 1) }],
    userIdentity: {
      identityType: 2,
      positiveResponseRequested: true,
      primaryField: Uint8Array.from(ascii('user')),
      secondaryField: Uint8Array.from(ascii('pw')),
    },
  },
};

// prettier-ignore
const RQ_BYTES = Uint8Array.from([
  0x01, 0x00, 0, 0, 0, 221,                     // PDU type A-ASSOCIATE-RQ, reserved, PDU length
  0x00, 0x01, 0x00, 0x00,                       // protocol version, reserved
  ...ascii('CALLED          '),                 // called AE title, 16 characters
  ...ascii('CALLING         '),                 // calling AE title
  ...zeros(32),                                 // reserved
  0x10, 0x00, 0, 21,                            // application context item, length
  ...ascii('1.2.840.10008.3.1.1.1'),
  0x20, 0x00, 0, 46,                            // presentation context item, length
  1, 0x00, 0x00, 0x00,                          // presentation context ID, reserved
  0x30, 0x00, 0, 17,                            // abstract syntax sub-item
  ...ascii('1.2.840.10008.1.1'),
  0x40, 0x00, 0, 17,                            // transfer syntax sub-item
  ...ascii('1.2.840.10008.1.2'),
  0x50, 0x00, 0, 74,                            // user information item
  0x51, 0x00, 0, 4, 0x00, 0x00, 0x40, 0x00,     // maximum length received: 16384
  0x52, 0x00, 0, 5, ...ascii('1.2.3'),          // implementation class UID
  0x53, 0x00, 0, 4, 0, 5, 0, 6,                 // asynchronous operations window: invoked, performed
  0x54, 0x00, 0, 9, 0, 5, ...ascii('1.2.4'), 0, 1, // role selection: UID length, UID, SCU, SCP
  0x55, 0x00, 0, 2, ...ascii('V1'),             // implementation version name
  0x56, 0x00, 0, 10, 0, 5, ...ascii('1.2.5'), 1, 0, 1, // SOP class extended negotiation
  0x58, 0x00, 0, 12, 2, 1,                      // user identity: type username and passcode, response wanted
  0, 4, ...ascii('user'),                       // primary field
  0, 2, ...ascii('pw'),                         // secondary field
]);

const AC: AssociateAc = {
  type: 'associate-ac',
  protocolVersion: 1,
  calledAeTitle: 'CALLED',
  callingAeTitle: 'CALLING',
  applicationContextName: '1.2.840.10008.3.1.1.1',
  presentationContexts: [
    { id: 1, result: 0, transferSyntax: '1.2.840.10008.1.2' },
    { id: 3, result: 4, transferSyntax: '1.2.840.10008.1.2' },
  ],
  userInformation: { maxPduLength: 0, userIdentityResponse: Uint8Array.of(9) },
};

// prettier-ignore
const AC_BYTES = Uint8Array.from([
  0x02, 0x00, 0, 0, 0, 170,                     // PDU type A-ASSOCIATE-AC, reserved, PDU length
  0x00, 0x01, 0x00, 0x00,                       // protocol version, reserved
  ...ascii('CALLED          '), ...ascii('CALLING         '), ...zeros(32),
  0x10, 0x00, 0, 21, ...ascii('1.2.840.10008.3.1.1.1'),
  0x21, 0x00, 0, 25, 1, 0x00, 0, 0x00,          // presentation context 1: acceptance
  0x40, 0x00, 0, 17, ...ascii('1.2.840.10008.1.2'),
  0x21, 0x00, 0, 25, 3, 0x00, 4, 0x00,          // presentation context 3: transfer syntaxes not supported
  0x40, 0x00, 0, 17, ...ascii('1.2.840.10008.1.2'),
  0x50, 0x00, 0, 15,                            // user information item
  0x51, 0x00, 0, 4, 0, 0, 0, 0,                 // maximum length received: unlimited
  0x59, 0x00, 0, 3, 0, 1, 9,                    // user identity server response
]);

// prettier-ignore
const SHORT: readonly [ControlPdu, readonly number[]][] = [
  [{ type: 'associate-rj', result: 1, source: 3, reason: 2 }, [0x03, 0, 0, 0, 0, 4, 0, 1, 3, 2]],
  [{ type: 'release-rq' }, [0x05, 0, 0, 0, 0, 4, 0, 0, 0, 0]],
  [{ type: 'release-rp' }, [0x06, 0, 0, 0, 0, 4, 0, 0, 0, 0]],
  [{ type: 'abort', source: 2, reason: 6 }, [0x07, 0, 0, 0, 0, 4, 0, 0, 2, 6]],
];

const decode = (bytes: Uint8Array) => decodeControlPdu(bytes[0] ?? 0, bytes.subarray(6));

/** Inserts bytes at the end of the variable items and corrects the PDU length. */
function withItem(pdu: Uint8Array, ...item: number[]): Uint8Array {
  const bytes = Uint8Array.from([...pdu, ...item]);
  new DataView(bytes.buffer).setUint32(2, bytes.length - 6);
  return bytes;
}

describe('Control PDUs', () => {
  it('writes A-ASSOCIATE-RQ with all user information', () => {
    expect(encodeControlPdu(RQ)).toEqual(RQ_BYTES);
  });

  it('reads A-ASSOCIATE-RQ with all user information', () => {
    expect(decode(RQ_BYTES)).toEqual(RQ);
  });

  it('writes and reads A-ASSOCIATE-AC', () => {
    expect(encodeControlPdu(AC)).toEqual(AC_BYTES);
    expect(decode(AC_BYTES)).toMatchObject({
      presentationContexts: AC.presentationContexts,
      userInformation: AC.userInformation,
    });
  });

  it.each(SHORT)('writes and reads %j', (pdu, bytes) => {
    expect([...encodeControlPdu(pdu)]).toEqual(bytes);
    expect(decode(Uint8Array.from(bytes))).toEqual(pdu);
  });

  it('skips items and sub-items that it does not know', () => {
    expect(decode(withItem(RQ_BYTES, 0x7f, 0, 0, 3, 1, 2, 3))).toEqual(RQ);
    const user = [0x50, 0, 0, 15, 0x5d, 0, 0, 3, 1, 2, 3, 0x51, 0, 0, 4, 0, 0, 1, 0];
    expect(decode(withItem(RQ_BYTES, ...user))).toMatchObject({
      userInformation: { maxPduLength: 256 },
    });
  });

  it('takes padding off UIDs and titles', () => {
    const syntax = '1.2.840.10008.1.2';
    for (const padding of [' ', '\0']) {
      const context = [7, 0, 0, 0, 0x30, 0, 0, 6, ...ascii(`1.2.9${padding}`)];
      context.push(0x40, 0, 0, 18, ...ascii(syntax + padding));
      const pdu = decode(withItem(RQ_BYTES, 0x20, 0, 0, context.length, ...context)) as AssociateRq;
      const expected = { id: 7, abstractSyntax: '1.2.9', transferSyntaxes: [syntax] };
      expect(pdu.presentationContexts[1]).toEqual(expected);
    }
  });

  it('answers the first of two contexts with one ID', () => {
    const second = [1, 0, 0, 0, 0x30, 0, 0, 3, ...ascii('1.9')];
    const pdu = decode(withItem(RQ_BYTES, 0x20, 0, 0, second.length, ...second)) as AssociateRq;
    expect(pdu.presentationContexts).toEqual(RQ.presentationContexts);
  });

  it('refuses an item that reaches behind the PDU, at each cut', () => {
    for (let length = 6 + 68; length < RQ_BYTES.length; length++) {
      // Between two items, or within the user information, a cut leaves a PDU that can be read.
      try {
        decode(RQ_BYTES.subarray(0, length));
      } catch (error) {
        expect(error).toMatchObject({ code: 'protocol-violation' });
      }
    }
    expect(() => decode(RQ_BYTES.subarray(0, RQ_BYTES.length - 1))).toThrow('ends behind');
  });

  it('refuses A-ASSOCIATE-RQ without presentation contexts', () => {
    expect(() => decode(RQ_BYTES.subarray(0, 6 + 68))).toThrow('without presentation contexts');
  });

  it('cuts an AE title that is too long instead of shifting what follows', () => {
    const bytes = encodeControlPdu({ ...RQ, calledAeTitle: 'A'.repeat(40) });
    expect(bytes.length).toBe(RQ_BYTES.length);
  });
});
