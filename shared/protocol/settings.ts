import { z } from 'zod';
import { WRITABLE_CHARACTER_SETS } from '../dicom/encode-text.ts';
import { TRANSFER_SYNTAXES } from '../dicom/uids.ts';
import { MAX_FORWARD_RULES, MAX_LISTENERS, MAX_PARALLEL_RETRIEVES, MAX_PEERS } from './limits.ts';
import { PRESET_NAMES } from './presets.ts';

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

/** PS3.5 section 9.1. */
export const configuredUidSchema = z
  .string()
  .max(64)
  .regex(/^(0|[1-9]\d*)(\.(0|[1-9]\d*))*$/, 'A UID is numbers with dots between them.');

const knownSyntaxes = new Set<string>(TRANSFER_SYNTAXES.map(({ uid }) => uid));

/** Transfer syntaxes by UID, in order of preference. */
export const transferSyntaxesSchema = z
  .array(
    configuredUidSchema.refine(
      (uid) => knownSyntaxes.has(uid),
      'No transfer syntax that Gantry knows.',
    ),
  )
  .min(1);

const milliseconds = z
  .int('A time is a whole number of milliseconds.')
  .min(1, 'A time is at least 1 ms.')
  .max(3_600_000, 'A time is at most an hour.')
  .optional();

/** What Gantry has others do with what it sends them, and what it does when that fails. */
const sendingShape = {
  /** Whether the peer is asked to keep safely what was sent to it (storage commitment). Default: off. */
  commitment: z.enum(['off', 'ask']).optional(),
  /**
   * Where a peer that asks Gantry to keep something is told the result: over an association of Gantry's own, or over the
   * peer's, while that lasts. Default: Gantry's own.
   */
  commitmentReport: z.enum(['new-association', 'same-association']).optional(),
  /**
   * After an instance that the peer refuses: the transfer ends, goes on, or tries it again later and later. Default: a
   * page's transfer goes on, forwarding tries again.
   */
  onFailure: z.enum(['stop', 'continue', 'retry']).optional(),
};

/** In milliseconds; ARCHITECTURE.md has the defaults. */
export const timersSchema = z.strictObject({
  connectMs: milliseconds,
  artimMs: milliseconds,
  associationReplyMs: milliseconds,
  dimseReplyMs: milliseconds,
  retrieveReplyMs: milliseconds,
  idleMs: milliseconds,
  progressMs: milliseconds,
  readMs: milliseconds,
  writeMs: milliseconds,
  placeMs: milliseconds,
});

export type TimerSettings = z.infer<typeof timersSchema>;

/** Maximum length of the PDUs that Gantry receives, in bytes; 0: any (PS3.8 section D.1.1). */
export const maxPduLengthSchema = z
  .int('The maximum length of a PDU is a whole number of bytes.')
  .refine(
    (length) => length === 0 || length >= 2048,
    'The maximum length of a PDU is at least 2048 bytes, or 0 for any length.',
  )
  .max(16_777_216, 'The maximum length of a PDU is at most 16 MiB.');

export const presetSchema = z.enum(PRESET_NAMES);

const path = z.string().trim().min(1).max(4096);

/** What an association may differ in; what is missing comes from the preset, then from the bridge. */
const associationShape = {
  preset: presetSchema.optional(),
  maxPduLength: maxPduLengthSchema.optional(),
  timers: timersSchema.optional(),
  transferSyntaxes: transferSyntaxesSchema.optional(),
  sopClasses: z.array(configuredUidSchema).min(1).optional(),
  maxAssociations: z
    .int('The number of associations is a whole number.')
    .min(1, 'At least one association is allowed.')
    .max(1000, 'At most 1000 associations are allowed.')
    .optional(),
};

/** How a peer is called over TLS: paths of PEM files where the bridge runs. */
export const peerTlsSchema = z.strictObject({
  /** Who vouches for the peer; without it, the public authorities. */
  caFile: path.optional(),
  /** Of Gantry, for peers that want one. */
  certificateFile: path.optional(),
  keyFile: path.optional(),
  /** The certificate must be for the peer's host. */
  checkName: z.boolean().default(true),
});

/** Of the Study Root information model (PS3.4 section C.6.2.1), from above. */
export const levelSchema = z.enum(['STUDY', 'SERIES', 'IMAGE']);

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
  /** The deepest level that it is asked about; a peer may know studies alone. */
  queryLevel: levelSchema.optional(),
  /** The deepest level that it is asked to send; of what is wanted below it, the whole is brought. */
  retrieveLevel: levelSchema.optional(),
  /** It has a modality worklist, which can be asked for. */
  worklist: z.boolean().optional(),
  /** Plain DICOM when it is missing. */
  tls: peerTlsSchema
    .refine(
      ({ certificateFile, keyFile }) => (certificateFile === undefined) === (keyFile === undefined),
      'A certificate and its key belong together.',
    )
    .optional(),
  /** As whom Gantry calls; its own AE title when it is missing. */
  callingAeTitle: aeTitleSchema.optional(),
  /** `transferSyntaxes` and `sopClasses`: what is proposed for storage, and nothing else. `maxAssociations`: transfers side by side. */
  ...associationShape,
  /** A transfer goes on over another association after so many instances. */
  maxInstancesPerAssociation: z
    .int('The number of instances is a whole number.')
    .min(1, 'At least one instance goes over an association.')
    .optional(),
  ...sendingShape,
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

const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/;

/** Whether only programs on this computer can reach an address. */
export const isLoopbackHost = (host: string): boolean => LOOPBACK.test(host);

/** An AE of Gantry's own on a port of its own, beside the first one. */
export const listenerSchema = z
  .strictObject({
    aeTitle: aeTitleSchema,
    host: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
    port: portSchema,
    /** Nothing but TLS is spoken then. Paths of PEM files where the bridge runs. */
    tls: z
      .strictObject({
        certificateFile: path,
        keyFile: path,
        /** Who vouches for callers. */
        caFile: path.optional(),
        requireClientCertificate: z.boolean().default(false),
      })
      .refine(
        ({ caFile, requireClientCertificate }) => !requireClientCertificate || caFile !== undefined,
        'Where callers need a certificate, caFile says who vouches for it.',
      )
      .optional(),
    /** Who may call; anybody when it is missing. */
    callingAeTitles: z.array(aeTitleSchema).min(1).optional(),
    callingHosts: z
      .array(z.union([z.ipv4(), z.ipv6()]))
      .min(1)
      .optional(),
    /** Whatever AE title is called. */
    acceptAnyCalledAeTitle: z.boolean().optional(),
    /** What comes is kept as archive or as cache; by its origin: as cache where a retrieve of Gantry's own brings it. */
    keepAs: z.enum(['by-origin', 'archive', 'cache']).default('by-origin'),
    /** Whether others may ask for what the archive holds, and have it sent. */
    queryRetrieve: z.boolean().optional(),
    /** `transferSyntaxes` and `sopClasses`: what is taken, in order of preference. */
    ...associationShape,
    /** Peers that wait for a place when there are `maxAssociations`; one more is rejected. */
    maxWaiting: z.int().min(0).max(1000).optional(),
  })
  .refine(
    ({ host, callingAeTitles, callingHosts }) =>
      isLoopbackHost(host) || (callingAeTitles !== undefined && callingHosts !== undefined),
    {
      path: ['callingAeTitles'],
      message:
        'An address that the network reaches needs the AE titles and the addresses that may call.',
    },
  );

export type ListenerSettings = z.infer<typeof listenerSchema>;

/** Of a listener, as it is: `problem` says why it doesn't listen. */
export const listenerStateSchema = z.strictObject({
  aeTitle: z.string(),
  /** As "HOST:PORT". */
  endpoint: z.string(),
  isSecure: z.boolean(),
  problem: z.string().optional(),
});

export type ListenerState = z.infer<typeof listenerStateSchema>;

/** What goes on to a peer by itself when it comes. What is missing matches all. */
export const forwardRuleSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, 'A rule needs a name.')
    .max(64, 'A name has at most 64 characters.'),
  /** Where it goes: the name of a peer. What that peer has sent itself stays here. */
  peer: z.string().min(1, 'A rule needs a peer to send to.').max(64),
  /** AEs of Gantry's that were called. */
  calledAeTitles: z.array(aeTitleSchema).min(1).optional(),
  callingAeTitles: z.array(aeTitleSchema).min(1).optional(),
  /** As in Modality (0008,0060). */
  modalities: z
    .array(
      z.string().regex(/^[A-Z0-9_ ]{1,16}$/, 'A modality is up to 16 capital letters and digits.'),
    )
    .min(1)
    .optional(),
  sopClasses: z.array(configuredUidSchema).min(1).optional(),
  /**
   * The whole study once nothing has come for `quietSeconds`, Secondary Capture alone, or each instance that comes; these at
   * once.
   */
  what: z.enum(['study', 'secondary-captures', 'instances']).default('study'),
  quietSeconds: z
    .int('A time is a whole number of seconds.')
    .min(1, 'A time is at least a second.')
    .max(86_400, 'A time is at most a day.')
    .default(60),
});

export type ForwardRule = z.infer<typeof forwardRuleSchema>;

/** What the page may see and change. The rest of gantry.json is set where the bridge runs. */
export const settingsSchema = z.strictObject({
  aeTitle: aeTitleSchema,
  peers: z
    .array(peerSchema)
    .max(MAX_PEERS)
    .refine((peers) => new Set(peers.map((peer) => peer.name)).size === peers.length, {
      message: 'Two peers have the same name.',
    }),
  /** How Gantry's own AE behaves where nothing else is set. */
  preset: presetSchema.optional(),
  listeners: z
    .array(listenerSchema)
    .max(MAX_LISTENERS)
    .refine((listeners) => new Set(listeners.map(({ port }) => port)).size === listeners.length, {
      message: 'Two listeners have the same port.',
    })
    .optional(),
  forwarding: z
    .array(forwardRuleSchema)
    .max(MAX_FORWARD_RULES)
    .refine((rules) => new Set(rules.map(({ name }) => name)).size === rules.length, {
      message: 'Two rules have the same name.',
    })
    .optional(),
});

export type Settings = z.infer<typeof settingsSchema>;
