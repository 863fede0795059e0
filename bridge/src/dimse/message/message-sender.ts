import { PDU_HEADER_LENGTH, PDU_TYPE, PDV_HEADER_LENGTH } from '../pdu/pdu.ts';

/** PS3.8 section 9.3.1: a smaller Maximum Length Received leaves no room for data. */
export const MIN_PEER_PDU_LENGTH = 16;

/** PS3.8 annex E.2, message control header. */
const IS_COMMAND = 0x01;
const IS_LAST = 0x02;

/** Where fragments go: an established association. */
export interface FragmentChannel {
  /** Takes one P-DATA-TF in parts; they are not copied. */
  sendData(parts: readonly Uint8Array[]): void;
  /** Undefined when more may be sent at once, else a promise of that moment. */
  readyToSend(): Promise<void> | undefined;
}

/**
 * How many bytes of a message fit into one P-DATA-TF with one value; even (PS3.8 annex E.1).
 * @param peerMaxPduLength Maximum Length Received of the peer; 0 is unlimited
 * @param ownMaxPduLength our own bound
 */
export function fragmentLength(peerMaxPduLength: number, ownMaxPduLength: number): number {
  const pduLength =
    peerMaxPduLength === 0 ? ownMaxPduLength : Math.min(peerMaxPduLength, ownMaxPduLength);
  const length = pduLength - PDV_HEADER_LENGTH;
  return length - (length % 2);
}

/**
 * Cuts one message into P-DATA-TFs: whatever the slices that come in, each fragment but the last is full, so all
 * are even when the whole is. Bytes are passed on as they are, a header beside them; nothing is joined.
 */
export class FragmentWriter {
  readonly #channel: FragmentChannel;
  readonly #contextId: number;
  readonly #control: number;
  readonly #fragmentLength: number;
  #parts: Uint8Array[] = [];
  #filled = 0;

  constructor(
    channel: FragmentChannel,
    to: {
      readonly contextId: number;
      readonly isCommand: boolean;
      readonly fragmentLength: number;
    },
  ) {
    this.#channel = channel;
    this.#contextId = to.contextId;
    this.#control = to.isCommand ? IS_COMMAND : 0;
    this.#fragmentLength = to.fragmentLength;
  }

  /** Sends what fills fragments. A full one is kept back until more comes, because it may be the last. */
  async write(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#filled === this.#fragmentLength) {
        this.#send(0);
        const ready = this.#channel.readyToSend();
        if (ready) await ready;
      }
      const part = rest.subarray(0, this.#fragmentLength - this.#filled);
      this.#parts.push(part);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
    }
  }

  /** Sends the last fragment. */
  end(): void {
    this.#send(IS_LAST);
  }

  #send(last: number): void {
    const header = new Uint8Array(PDU_HEADER_LENGTH + PDV_HEADER_LENGTH);
    const view = new DataView(header.buffer);
    view.setUint8(0, PDU_TYPE.dataTf);
    view.setUint32(2, this.#filled + PDV_HEADER_LENGTH);
    // The item length doesn't count itself: context ID, control header and the bytes.
    view.setUint32(PDU_HEADER_LENGTH, this.#filled + 2);
    view.setUint8(PDU_HEADER_LENGTH + 4, this.#contextId);
    view.setUint8(PDU_HEADER_LENGTH + 5, this.#control | last);
    this.#channel.sendData([header, ...this.#parts]);
    this.#parts = [];
    this.#filled = 0;
  }
}
