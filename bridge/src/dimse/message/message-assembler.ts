import { ABORT_REASON, protocolViolation } from '../dimse-error.ts';
import type { PdvHeader } from '../pdu/pdu-reader.ts';
import { MAX_COMMAND_LENGTH, decodeCommandSet } from './command-set.ts';
import type { Inflow } from './inflow.ts';
import type { CheckedCommand } from './message-types.ts';
import { checkCommand } from './message-types.ts';
import { ReceivedDataset } from './received-dataset.ts';

/** A DIMSE message as it comes in: the command is whole, the data set may still be on its way. */
export interface Message extends CheckedCommand {
  readonly contextId: number;
  /** There is one exactly if `hasDataSet`. */
  readonly dataset: ReceivedDataset | undefined;
}

/**
 * Puts fragments together to messages (PS3.7 section 6.3.1, PS3.8 annex E): all fragments of a command, then all
 * of its data set, all in one presentation context.
 */
export class MessageAssembler {
  readonly #inflow: Inflow;
  readonly #isAccepted: (contextId: number) => boolean;
  readonly #deliver: (message: Message) => void;
  #commandParts: Uint8Array[] = [];
  #commandLength = 0;
  #contextId: number | undefined;
  #dataset: ReceivedDataset | undefined;
  #pdv: PdvHeader | undefined;

  /**
   * @param isAccepted whether a presentation context was accepted: in others nothing is ever delivered
   * @param deliver called once a command is whole
   */
  constructor(
    inflow: Inflow,
    isAccepted: (contextId: number) => boolean,
    deliver: (message: Message) => void,
  ) {
    this.#inflow = inflow;
    this.#isAccepted = isAccepted;
    this.#deliver = deliver;
  }

  /** Whether a message has begun and not ended. */
  get open(): boolean {
    return this.#contextId !== undefined;
  }

  /** @throws DimseError protocol-violation */
  pdvStart(header: PdvHeader): void {
    const { contextId, isCommand } = header;
    if (!this.#isAccepted(contextId)) {
      throw protocolViolation(
        `data in presentation context ${contextId}, which was not accepted`,
        ABORT_REASON.unexpectedPduParameter,
      );
    }
    if (this.#contextId !== undefined && contextId !== this.#contextId) {
      throw protocolViolation('a message that changes its presentation context');
    }
    if (isCommand && this.#dataset) throw protocolViolation('a command inside a data set');
    if (!isCommand && !this.#dataset) throw protocolViolation('a data set without a command');
    this.#contextId = contextId;
    this.#pdv = header;
  }

  /** @throws DimseError protocol-violation */
  pdvBytes(bytes: Uint8Array): void {
    if (this.#dataset) {
      this.#dataset.push(bytes);
      return;
    }
    this.#commandLength += bytes.length;
    if (this.#commandLength > MAX_COMMAND_LENGTH) {
      throw protocolViolation(`a command of more than ${MAX_COMMAND_LENGTH} bytes`);
    }
    this.#commandParts.push(bytes);
  }

  /** @throws DimseError protocol-violation */
  pdvEnd(): void {
    if (!this.#pdv?.isLast) return;
    if (this.#dataset) {
      const dataset = this.#dataset;
      this.#reset();
      dataset.complete();
      return;
    }
    const checked = checkCommand(decodeCommandSet(joined(this.#commandParts, this.#commandLength)));
    const contextId = this.#pdv.contextId;
    const dataset = checked.hasDataSet ? new ReceivedDataset(this.#inflow) : undefined;
    this.#reset();
    if (dataset) {
      this.#contextId = contextId;
      this.#dataset = dataset;
    }
    this.#deliver({ ...checked, contextId, dataset });
  }

  /** Ends the data set that is still coming. */
  fail(error: Error): void {
    this.#dataset?.fail(error);
    this.#reset();
  }

  #reset(): void {
    this.#commandParts = [];
    this.#commandLength = 0;
    this.#contextId = undefined;
    this.#dataset = undefined;
    this.#pdv = undefined;
  }
}

/** Commands only, which are small. */
function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
