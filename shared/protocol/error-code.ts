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
  'query-without-keys',
  'query-too-deep',
  'settings-invalid',
  'settings-unwritable',
  'upload-broken',
  'bridge-unreachable',
  'archive-failed',
  'internal',
  // The bridge and the peer (PS3.8, PS3.7)
  'host-unknown',
  'connect-refused',
  'connect-timeout',
  'connect-failed',
  'tls-failed',
  'association-timeout',
  'association-rejected',
  'association-aborted',
  'association-released',
  'no-presentation-context',
  'reply-timeout',
  'idle-timeout',
  'stalled',
  'protocol-violation',
  'connection-lost',
  'source-failed',
  'source-stalled',
  'invalid-dataset',
  'status-failure',
] as const;

export const errorCodeSchema = z.enum(ERROR_CODES);

export type ErrorCode = z.infer<typeof errorCodeSchema>;
