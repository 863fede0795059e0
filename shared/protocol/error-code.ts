import { z } from 'zod';

/**
 * Why a request ended in an error, or an instance was not stored: a closed list that both sides know.
 * The table in README.md says what each means and what helps.
 */
export const ERROR_CODES = [
  // The page and the bridge
  'protocol-version',
  'bad-message',
  'unknown-request',
  'duplicate-request',
  'too-many-requests',
  'unknown-peer',
  'settings-invalid',
  'settings-unwritable',
  'upload-broken',
  'bridge-unreachable',
  'internal',
  // The bridge and the peer (PS3.8, PS3.7)
  'connect-refused',
  'connect-timeout',
  'host-unknown',
  'host-unreachable',
  'association-rejected',
  'association-aborted',
  'no-presentation-context',
  'reply-timeout',
  'stalled',
  'protocol-violation',
  'connection-lost',
  'status-failure',
] as const;

export const errorCodeSchema = z.enum(ERROR_CODES);

export type ErrorCode = z.infer<typeof errorCodeSchema>;
