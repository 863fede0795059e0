import type { ErrorCode } from '../../../shared/protocol/error-code.ts';

/** A request that can't be done, with its code and a message for a person. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
