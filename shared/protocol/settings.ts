import { z } from 'zod';
import { WRITABLE_CHARACTER_SETS } from '../dicom/encode-text.ts';
import { MAX_PARALLEL_RETRIEVES, MAX_PEERS } from './limits.ts';

/** AE titles: 1 to 16 characters of the default repertoire, no backslash, not only spaces (PS3.5 section 6.2). */
export const aeTitleSchema = z
  .string()
  .trim()
  .min(1, 'An AE title has at least one character.')
  .max(16, 'An AE title has at most 16 characters.')
  .regex(/^[\x20-\x5b\x5d-\x7e]*$/, 'An AE title holds ASCII characters without backslash.');

export const portSchema = z
  .int('A port is a whole number.')
  .min(1, 'A port lies between 1 and 65535.')
  .max(65535, 'A port lies between 1 and 65535.');

/** A DICOM node that Gantry may talk to; the page can reach no other. */
export const peerSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, 'A peer needs a name.')
    .max(64, 'A name has at most 64 characters.'),
  aeTitle: aeTitleSchema,
  host: z
    .string()
    .trim()
    .min(1, 'A peer needs a host name or an address.')
    .max(253, 'A host name has at most 253 characters.')
    .regex(/^[A-Za-z0-9._:%-]+$/, 'A host name holds letters, digits, dots, colons and hyphens.'),
  port: portSchema,
  /** How studies are brought: C-MOVE to Gantry's own AE, or C-GET. */
  retrieve: z.enum(['move', 'get']).default('move'),
  /** Retrieves from this peer that run side by side; others wait, first come first served. */
  maxRetrieves: z
    .int('The number of retrieves side by side is a whole number.')
    .min(1, 'At least one retrieve runs at a time.')
    .max(MAX_PARALLEL_RETRIEVES, `At most ${MAX_PARALLEL_RETRIEVES} retrieves run side by side.`)
    .default(2),
  /** Studies may be asked for without any key: a large archive then answers with all it has. */
  allowQueryWithoutKeys: z.boolean().default(false),
  /** Names and patient's ID are matched by how they begin: "*" is put behind those that hold no wildcard. */
  appendWildcard: z.boolean().default(true),
  /** What keys beyond ASCII are written in (PS3.3 section C.12.1.1.2). */
  queryCharacterSet: z.enum(WRITABLE_CHARACTER_SETS).default('ISO_IR 192'),
});

export type Peer = z.infer<typeof peerSchema>;

/**
 * The PACS of phantoms that the bridge runs itself, on loopback, while a peer of this AE title and host is in the
 * settings.
 */
export const SAMPLE_PACS = {
  name: 'Sample PACS',
  aeTitle: 'GANTRYSAMPLES',
  host: '127.0.0.1',
} as const;

export const isSamplePacs = ({ aeTitle, host }: Peer): boolean =>
  aeTitle === SAMPLE_PACS.aeTitle && host === SAMPLE_PACS.host;

/** What the page may see and change. The rest of gantry.json is set where the bridge runs. */
export const settingsSchema = z.strictObject({
  aeTitle: aeTitleSchema,
  peers: z
    .array(peerSchema)
    .max(MAX_PEERS)
    .refine((peers) => new Set(peers.map((peer) => peer.name)).size === peers.length, {
      message: 'Two peers have the same name.',
    }),
});

export type Settings = z.infer<typeof settingsSchema>;
