import { ABORT_REASON, protocolViolation } from '../dimse-error.ts';
import { decodeControlPdu } from './control-pdu.ts';
import type { ControlPdu } from './pdu.ts';
import { PDU_HEADER_LENGTH, PDU_TYPE, PDV_HEADER_LENGTH } from './pdu.ts';

/**
 * Association PDUs are the only ones kept whole. 255 contexts with 38 transfer syntaxes of 64 characters each are
 * 659,000 bytes; real requests have less than 20,000.
 */
const MAX_ASSOCIATE_PDU_LENGTH = 1024 * 1024;
/** PS3.8 sections 9.3.2 and 9.3.3: the fixed part, before any item. */
const MIN_ASSOCIATE_PDU_LENGTH = 68;
/** PS3.8 sections 9.3.4, 9.3.6, 9.3.7 and 9.3.8. */
const SHORT_PDU_LENGTH = 4;
/** The buffer of an association PDU starts with this, and grows with the bytes that have come, not with those claimed. */
const FIRST_BODY_BUFFER = 4096;
/** PS3.8 section 9.3.5.1: the item length counts the context ID and the message control header too. */
const PDV_LENGTH_OVERHEAD = 2;
const PDV_LENGTH_FIELD = 4;

/** The head of one presentation data value (PS3.8 section 9.3.5.1 and annex E.2). */
export interface PdvHeader {
  readonly contextId: number;
  readonly isCommand: boolean;
  readonly isLast: boolean;
}

/** Called in the order of the bytes, within `push`. */
export interface PduSink {
  controlPdu(pdu: ControlPdu): void;
  /** The header of a P-DATA-TF has come; its values follow. */
  dataPdu(): void;
  pdvStart(header: PdvHeader): void;
  /** A slice of what was pushed: not copied, not empty. */
  pdvBytes(bytes: Uint8Array): void;
  pdvEnd(): void;
}

/**
 * Cuts a byte stream into PDUs, whatever its chunks. A header is judged before anything is kept, data values are
 * handed on as slices, so memory doesn't depend on any length that a peer claims.
 */
export class PduReader {
  readonly #sink: PduSink;
  readonly #maxDataPdu: number;
  readonly #header = new Uint8Array(PDU_HEADER_LENGTH);
  #headerFilled = 0;
  #phase: 'pdu-header' | 'body' | 'pdv-header' | 'pdv' = 'pdu-header';
  #type = 0;
  #pduLeft = 0;
  #pdvLeft = 0;
  #body = new Uint8Array(0);
  #bodyFilled = 0;
  #stopped = false;

  /** @param maxDataPdu what we have announced as Maximum Length Received; 0 is unlimited */
  constructor(sink: PduSink, maxDataPdu: number) {
    this.#sink = sink;
    this.#maxDataPdu = maxDataPdu;
  }

  /** Whether bytes of an unfinished PDU have come, so that more must follow. */
  get insidePdu(): boolean {
    return !this.#stopped && (this.#phase !== 'pdu-header' || this.#headerFilled > 0);
  }

  /** Whatever comes from now on is dropped. */
  stop(): void {
    this.#stopped = true;
    this.#body = new Uint8Array(0);
  }

  /** @throws DimseError protocol-violation; the reader has stopped then */
  push(chunk: Uint8Array): void {
    try {
      let rest = chunk;
      while (rest.length > 0 && !this.#stopped) rest = rest.subarray(this.#step(rest));
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** Takes what belongs to the current phase and returns how much that was. */
  #step(bytes: Uint8Array): number {
    switch (this.#phase) {
      case 'pdu-header':
        return this.#fillHeader(bytes, () => this.#startPdu());
      case 'body':
        return this.#fillBody(bytes);
      case 'pdv-header':
        return this.#fillHeader(bytes, () => this.#startPdv());
      case 'pdv': {
        const slice = bytes.subarray(0, this.#pdvLeft);
        this.#pdvLeft -= slice.length;
        this.#sink.pdvBytes(slice);
        if (this.#pdvLeft === 0) this.#endPdv();
        return slice.length;
      }
    }
  }

  #fillHeader(bytes: Uint8Array, whenFull: () => void): number {
    const slice = bytes.subarray(0, this.#header.length - this.#headerFilled);
    this.#header.set(slice, this.#headerFilled);
    this.#headerFilled += slice.length;
    // HTTP and TLS are known by their first byte: don't wait for the other five.
    if (this.#phase === 'pdu-header') refuseUnknownType(this.#headerByte(0));
    if (this.#headerFilled === this.#header.length) {
      this.#headerFilled = 0;
      whenFull();
    }
    return slice.length;
  }

  #headerByte(index: number): number {
    return this.#header[index] ?? 0;
  }

  #headerU32(offset: number): number {
    return new DataView(this.#header.buffer).getUint32(offset);
  }

  #startPdu(): void {
    this.#type = this.#headerByte(0);
    this.#pduLeft = this.#headerU32(2);
    if (this.#type === PDU_TYPE.dataTf) {
      if (this.#maxDataPdu !== 0 && this.#pduLeft > this.#maxDataPdu) {
        throw protocolViolation(`P-DATA-TF of ${this.#pduLeft} bytes, ${this.#maxDataPdu} allowed`);
      }
      if (this.#pduLeft < PDV_HEADER_LENGTH) throw protocolViolation('P-DATA-TF without a value');
      this.#phase = 'pdv-header';
      this.#sink.dataPdu();
      return;
    }
    const isAssociate = this.#type <= PDU_TYPE.associateAc;
    const least = isAssociate ? MIN_ASSOCIATE_PDU_LENGTH : SHORT_PDU_LENGTH;
    const most = isAssociate ? MAX_ASSOCIATE_PDU_LENGTH : SHORT_PDU_LENGTH;
    if (this.#pduLeft < least || this.#pduLeft > most) {
      throw protocolViolation(`a PDU of type ${this.#type} with ${this.#pduLeft} bytes`);
    }
    this.#phase = 'body';
    this.#body = new Uint8Array(Math.min(this.#pduLeft, FIRST_BODY_BUFFER));
    this.#bodyFilled = 0;
  }

  #fillBody(bytes: Uint8Array): number {
    const slice = bytes.subarray(0, this.#pduLeft);
    const needed = this.#bodyFilled + slice.length;
    if (needed > this.#body.length) {
      const grown = new Uint8Array(Math.max(needed, this.#body.length * 2));
      grown.set(this.#body.subarray(0, this.#bodyFilled));
      this.#body = grown;
    }
    this.#body.set(slice, this.#bodyFilled);
    this.#bodyFilled = needed;
    this.#pduLeft -= slice.length;
    if (this.#pduLeft === 0) {
      const body = this.#body.subarray(0, this.#bodyFilled);
      this.#body = new Uint8Array(0);
      this.#phase = 'pdu-header';
      this.#sink.controlPdu(decodeControlPdu(this.#type, body));
    }
    return slice.length;
  }

  #startPdv(): void {
    const itemLength = this.#headerU32(0);
    const available = this.#pduLeft - PDV_LENGTH_FIELD;
    if (itemLength < PDV_LENGTH_OVERHEAD || itemLength > available) {
      throw protocolViolation(`a data value of ${itemLength} bytes where ${available} are left`);
    }
    this.#pduLeft -= PDV_LENGTH_FIELD + itemLength;
    if (this.#pduLeft > 0 && this.#pduLeft < PDV_HEADER_LENGTH) {
      throw protocolViolation('P-DATA-TF with bytes behind its last value');
    }
    this.#pdvLeft = itemLength - PDV_LENGTH_OVERHEAD;
    this.#phase = 'pdv';
    // PS3.8 annex E.2: bit 0 tells command from data set, bit 1 marks the last fragment, the others are not tested.
    const control = this.#headerByte(5);
    this.#sink.pdvStart({
      contextId: this.#headerByte(4),
      isCommand: (control & 0x01) !== 0,
      isLast: (control & 0x02) !== 0,
    });
    if (this.#pdvLeft === 0) this.#endPdv();
  }

  #endPdv(): void {
    this.#phase = this.#pduLeft === 0 ? 'pdu-header' : 'pdv-header';
    this.#sink.pdvEnd();
  }
}

function refuseUnknownType(type: number): void {
  if (type >= PDU_TYPE.associateRq && type <= PDU_TYPE.abort) return;
  // 16H begins a handshake of TLS, 15H an alert: what a TLS port answers to plain DICOM.
  const isTls = type === 0x15 || type === 0x16;
  const hint = isTls
    ? ' (it speaks TLS: turn TLS on for it)'
    : type >= 0x41 && type <= 0x5a
      ? ' (HTTP?)'
      : '';
  throw protocolViolation(
    `bytes that are not a DICOM PDU${hint}: check that a DICOM application uses this port`,
    ABORT_REASON.unrecognizedPdu,
  );
}
