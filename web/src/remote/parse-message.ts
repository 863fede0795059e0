import { serverMessageSchema, type ServerMessage } from '../../../shared/protocol/messages.ts';

/** A message of the bridge; undefined for what the protocol doesn't allow. */
export function parseMessage(data: unknown): ServerMessage | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return serverMessageSchema.parse(JSON.parse(data));
  } catch {
    return undefined;
  }
}
