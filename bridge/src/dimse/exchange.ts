import type { Association, OutgoingMessage } from './association.ts';
import { observed } from './association-observer.ts';
import { DimseError, protocolViolation } from './dimse-error.ts';
import type { Message } from './message/message-assembler.ts';

/**
 * One request and its one response, of an SCU (PS3.7 section 8.1: synchronous, the default).
 * @throws DimseError what ended the association, reply-timeout, cancelled
 */
export async function exchange(
  association: Association,
  request: OutgoingMessage,
  signal?: AbortSignal,
): Promise<Message> {
  const tell = observed(association, 'scu', request.command.CommandField);
  try {
    const response = await association.operation(signal, () => answerTo(association, request));
    tell(response.command.Status);
    return response;
  } finally {
    tell(undefined);
  }
}

async function answerTo(association: Association, request: OutgoingMessage): Promise<Message> {
  await association.send(request);
  const response = await association.nextMessage(association.timers.dimseReplyMs);
  if (!response) {
    const message = 'The peer released the association instead of answering.';
    throw new DimseError('association-released', message);
  }
  const { isResponse, command } = response;
  if (!isResponse || command.MessageIDBeingRespondedTo !== request.command.MessageID) {
    const error = protocolViolation(`${response.name} that answers nothing we asked`);
    association.abort(error);
    throw error;
  }
  response.dataset?.discard();
  return response;
}
