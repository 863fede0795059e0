// What a peer may say, and how it may be wrong: conversations of PDUs (PS3.8 section 9.3), changed by numbers.
import { encodeCommandSet } from '../../bridge/src/dimse/message/command-set.ts';
import { encodeControlPdu } from '../../bridge/src/dimse/pdu/control-pdu.ts';
import { concatBytes } from '../../shared/dicom/encode.ts';
import type { Random } from './random.ts';

type Bytes = Uint8Array<ArrayBuffer>;
export type Role = 'acceptor' | 'requestor';

export const VERIFICATION = '1.2.840.10008.1.1';
export const STORAGE = '1.2.840.10008.5.1.4.1.1.7';
export const IMPLICIT = '1.2.840.10008.1.2';
export const CONTEXTS = [
  { id: 1, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT] },
  { id: 3, abstractSyntax: STORAGE, transferSyntaxes: [IMPLICIT] },
];

const TITLES = {
  protocolVersion: 1,
  calledAeTitle: 'GANTRY',
  callingAeTitle: 'FUZZ',
  applicationContextName: '1.2.840.10008.3.1.1.1',
};
const USER = {
  maxPduLength: 16_384,
  implementationClassUid: '1.2.3',
  implementationVersionName: 'FUZZ',
  asynchronousOperationsWindow: { invoked: 1, performed: 1 },
};

export const REQUEST = {
  type: 'associate-rq' as const,
  ...TITLES,
  presentationContexts: CONTEXTS,
  userInformation: {
    ...USER,
    roleSelections: [{ sopClassUid: STORAGE, scuRole: true, scpRole: true }],
    extendedNegotiations: [{ sopClassUid: STORAGE, information: new Uint8Array(6) }],
    userIdentity: {
      identityType: 2,
      positiveResponseRequested: true,
      primaryField: new Uint8Array([97]),
      secondaryField: new Uint8Array([98]),
    },
  },
};
const ANSWER = {
  type: 'associate-ac' as const,
  ...TITLES,
  presentationContexts: CONTEXTS.map(({ id }) => ({ id, result: 0, transferSyntax: IMPLICIT })),
  userInformation: USER,
};

const copy = (bytes: Uint8Array): Bytes => Uint8Array.from(bytes);

/** One P-DATA-TF of values: context, control, bytes. */
function dataTf(...values: readonly (readonly [number, number, Uint8Array])[]): Bytes {
  const length = values.reduce((sum, [, , bytes]) => sum + 6 + bytes.length, 0);
  const out = new Uint8Array(6 + length);
  const view = new DataView(out.buffer);
  out[0] = 4;
  view.setUint32(2, length);
  let at = 6;
  for (const [context, control, bytes] of values) {
    view.setUint32(at, bytes.length + 2);
    out[at + 4] = context;
    out[at + 5] = control;
    out.set(bytes, at + 6);
    at += 6 + bytes.length;
  }
  return out;
}

const echo = encodeCommandSet({
  AffectedSOPClassUID: VERIFICATION,
  CommandField: 0x0030,
  MessageID: 1,
  CommandDataSetType: 0x0101,
});
const store = encodeCommandSet({
  AffectedSOPClassUID: STORAGE,
  CommandField: 0x0001,
  MessageID: 2,
  Priority: 0,
  CommandDataSetType: 1,
  AffectedSOPInstanceUID: '1.2.3',
});
const cancel = encodeCommandSet({
  CommandField: 0x0fff,
  MessageIDBeingRespondedTo: 2,
  CommandDataSetType: 0x0101,
});
const echoResponse = encodeCommandSet({
  CommandField: 0x8030,
  MessageIDBeingRespondedTo: 1,
  CommandDataSetType: 0x0101,
  Status: 0,
});
const data = new Uint8Array(200).fill(7);

/** PDUs behind the first one. */
const PDUS: readonly Bytes[] = [
  dataTf([1, 3, echo]),
  dataTf([1, 1, echo.subarray(0, 30)], [1, 3, echo.subarray(30)]),
  dataTf([3, 3, store], [3, 0, data], [3, 2, data]),
  concatBytes([dataTf([3, 3, store]), dataTf([3, 0, data]), dataTf([3, 2, data])]),
  dataTf([3, 3, store], [3, 0, new Uint8Array(0)], [3, 2, new Uint8Array(0)]),
  dataTf([3, 3, cancel]),
  dataTf([1, 3, echoResponse]),
  copy(encodeControlPdu({ type: 'release-rq' })),
  copy(encodeControlPdu({ type: 'release-rp' })),
  copy(encodeControlPdu({ type: 'abort', source: 0, reason: 0 })),
  copy(encodeControlPdu({ type: 'associate-rj', result: 1, source: 1, reason: 1 })),
];
const FIRST: Readonly<Record<Role, Bytes>> = {
  acceptor: copy(encodeControlPdu(REQUEST)),
  requestor: copy(encodeControlPdu(ANSWER)),
};

const EXTREMES = [0, 1, 2, 3, 5, 6, 0x7f, 0xff, 0x4000, 0xffff, 0x10000, 0x7fffffff, 0xffffffff];

type Change = (bytes: Bytes, random: Random) => Bytes;

const flipBits: Change = (bytes, random) => {
  for (let count = 1 + random.below(8); count > 0; count--) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
  return bytes;
};

const setBytes: Change = (bytes, random) => {
  for (let count = 1 + random.below(4); count > 0; count--) {
    bytes[random.below(bytes.length)] = random.next() < 0.3 ? 0xff : random.below(256);
  }
  return bytes;
};

/** A length of 16 or 32 bits anywhere: those of PDUs, items and values are met often, they are dense. */
const extremeLength: Change = (bytes, random) => {
  const view = new DataView(bytes.buffer);
  const at = random.next() < 0.3 ? 2 : random.below(bytes.length);
  if (at + 4 > bytes.length) return bytes;
  if (random.next() < 0.5) view.setUint16(at, random.pick(EXTREMES) & 0xffff);
  else view.setUint32(at, random.pick(EXTREMES));
  return bytes;
};

const cut: Change = (bytes, random) => bytes.slice(0, random.below(bytes.length + 1));

const repeat: Change = (bytes, random) => {
  const from = random.below(bytes.length);
  const piece = bytes.subarray(from, from + 1 + random.below(64));
  const times = 1 + random.below(random.next() < 0.02 ? 2000 : 20);
  const pieces = Array.from({ length: times }, () => piece);
  return concatBytes([bytes.subarray(0, from), ...pieces, bytes.subarray(from)]);
};

const manyValues: Change = (bytes, random) => {
  const nothing = new Uint8Array(0);
  const values = Array.from(
    { length: 1 + random.below(300) },
    () => [3, random.below(4), nothing] as const,
  );
  return concatBytes([bytes, dataTf([3, 3, store], ...values)]);
};

const CHANGES: readonly Change[] = [flipBits, setBytes, extremeLength, cut, repeat, manyValues];

/** What a peer says to `role`: a conversation, most often changed somewhere. */
export function conversation(role: Role, random: Random): Bytes {
  const pdus = random.next() < 0.9 ? [FIRST[role]] : [];
  for (let count = random.below(5); count > 0; count--) pdus.push(random.pick(PDUS));
  if (random.next() < 0.05) pdus.push(FIRST[random.pick(['acceptor', 'requestor'] as const)]);
  // A change within one PDU lets the others be understood; one across all meets what lies between.
  const isWhole = random.next() < 0.3;
  const parts = isWhole ? [concatBytes(pdus)] : pdus.map((pdu) => pdu.slice());
  for (let count = random.below(3); count > 0 && parts.length > 0; count--) {
    const index = random.below(parts.length);
    const part = parts[index];
    if (part && part.length > 0) parts[index] = random.pick(CHANGES)(part, random);
  }
  return concatBytes(parts);
}

/** Cuts what is said into the chunks that a socket might bring. */
export function* chunksOf(bytes: Bytes, random: Random): Generator<Bytes> {
  const isWhole = random.next() < 0.5;
  for (let at = 0; at < bytes.length;) {
    const length = isWhole ? bytes.length : 1 + random.below(random.next() < 0.3 ? 8 : 400);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}
