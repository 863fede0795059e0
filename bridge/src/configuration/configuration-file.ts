import { readFile } from 'node:fs/promises';
import {
  findNodeAtLocation,
  parse,
  parseTree,
  printParseErrorCode,
  type ParseError,
} from 'jsonc-parser';
import { z } from 'zod';
import {
  aeTitleSchema,
  configuredUidSchema,
  maxPduLengthSchema,
  presetSchema,
  settingsSchema,
  timersSchema,
  transferSyntaxesSchema,
} from '../../../shared/protocol/settings.ts';
import { ConfigurationError } from './configuration-error.ts';

const bytes = z.int().min(0);

/** What stands in a field of User Identity (PS3.7 table D.3-14), whose length has 16 bits. */
const identityField = z.string().min(1).max(1024);
const user = z.strictObject({ username: identityField, passcode: identityField.optional() });

/** gantry.json. Everything has a default; what isn't known is an error, so that a slip of the pen is noticed. */
export const configurationSchema = z.strictObject({
  http: z.string().optional(),
  dicom: z.string().optional(),
  /**
   * Who may call when `dicom` names an address beyond this computer: AE titles and addresses. Both lists are needed, as
   * plain DICOM proves nobody's name.
   */
  dicomAccess: z
    .strictObject({
      callingAeTitles: z.array(aeTitleSchema).min(1),
      callingHosts: z.array(z.union([z.ipv4(), z.ipv6()])).min(1),
    })
    .optional(),
  aeTitle: aeTitleSchema.optional(),
  peers: settingsSchema.shape.peers.optional(),
  preset: presetSchema.optional(),
  /** AEs beside the one of `aeTitle` and `dicom`. */
  listeners: settingsSchema.shape.listeners,
  /** What goes on to peers by itself. */
  forwarding: settingsSchema.shape.forwarding,
  /** Storage commitment, both ways; ARCHITECTURE.md has the defaults. */
  commitment: z
    .strictObject({
      /** From a report that didn't reach its peer to the next try, milliseconds. */
      reportRetryMs: z.int().min(1).max(86_400_000).optional(),
      /** So many times a report is tried again. */
      reportRetries: z.int().min(0).max(10_000).optional(),
      /** How long an association stays open for the report of a peer, milliseconds. */
      waitMs: z.int().min(0).max(3_600_000).optional(),
      /** How long the report of a peer is waited for at all, milliseconds. */
      expireMs: z.int().min(1).max(31_536_000_000).optional(),
    })
    .optional(),
  /** The first wait before what failed is tried again, of forwarding and of storage commitment; it doubles each time. */
  retryUnitMs: z.int().min(1).max(3_600_000).optional(),
  /** In milliseconds; ARCHITECTURE.md has the defaults. */
  timers: timersSchema.optional(),
  /** Maximum length of the PDUs that Gantry receives, in bytes. */
  maxPduLength: maxPduLengthSchema.optional(),
  /** How many associations of others there may be at a time. */
  associations: z
    .strictObject({
      /** Of each AE. */
      max: z.int().min(1).max(1024).optional(),
      maxPerHost: z.int().min(1).max(1024).optional(),
      /** Of all AEs together. */
      total: z.int().min(1).max(10_000).optional(),
      /** Peers that wait for a place; one more is rejected. */
      maxWaiting: z.int().min(0).max(1000).optional(),
    })
    .optional(),
  /** Users that others must name to open an association. Default: what they name is ignored. */
  dicomUsers: z
    .strictObject({
      /** A user without a passcode is known by the name alone. */
      users: z.array(user).min(1).max(1000),
      /** Default: true, who names no user is rejected. */
      required: z.boolean().optional(),
    })
    .optional(),
  /**
   * What Gantry proposes to peers beside contexts, by the name of the peer. Not among `peers`, which pages see: here may
   * be passcodes.
   */
  negotiation: z
    .record(
      z.string(),
      z.strictObject({
        user: user.optional(),
        /** Queries with keys of any level (PS3.4 section C.5.1.1). Default: false. */
        relationalQueries: z.boolean().optional(),
        /** Names are matched as the peer does that beyond wildcards. Default: false. */
        fuzzyNames: z.boolean().optional(),
      }),
    )
    .optional(),
  /** What is taken from peers that store. */
  storage: z
    .strictObject({
      /** SOP classes, by UID: no others are taken. Default: all of the standard, and private ones of Philips. */
      sopClasses: z.array(configuredUidSchema).min(1).optional(),
      /** By UID, in order of preference. Default: all, uncompressed ones first. */
      transferSyntaxes: transferSyntaxesSchema.optional(),
    })
    .optional(),
  /** Whether others may ask for what the archive holds, and have it sent to peers. Default: true. */
  queryRetrieve: z.boolean().optional(),
  /** How queries of others are answered. */
  query: z
    .strictObject({
      /** A query with more matches is refused with A700H. Default: no limit. */
      maxMatches: z.int().min(1).optional(),
      /** When what has no value matches a key with one: never, for keys with wildcards, or always. Default: never. */
      unknownMatches: z.enum(['never', 'wildcards', 'always']).optional(),
    })
    .optional(),
  log: z
    .strictObject({
      /** Default: warning. */
      level: z.enum(['error', 'warning', 'info', 'debug']).optional(),
      /** Where JSON lines go; a path that isn't absolute begins at the data directory. Default: standard error. */
      file: z.string().min(1).optional(),
    })
    .optional(),
  /** Whoever shows it as a bearer token reads `GET /metrics` from beyond this computer too. */
  metricsToken: z
    .string()
    .regex(/^[A-Za-z0-9._~+/-]{16,}=*$/, 'A token is 16 or more letters, digits and ._~+/-.')
    .optional(),
  archive: z
    .strictObject({
      /** What happens to an instance whose UID is there already. Default: as the preset has it, else replace. */
      duplicates: z.enum(['replace', 'keep', 'refuse']).optional(),
      /**
       * Minutes after the last instance of a study from which on none of it is replaced: another one of the same UID is
       * discarded, and answered with B006H. Default: never.
       */
      finalAfterMinutes: z.int().min(1).max(5_256_000).optional(),
      /**
       * Whether an image is refused (A900H) that lacks what describes its pixels, or the pixels. Default: as the preset has
       * it, else false.
       */
      requireImageAttributes: z.boolean().optional(),
      /** Takes instances of SOP classes that neither the standard nor Gantry names. Default: false. */
      acceptUnknownClasses: z.boolean().optional(),
      /** Of what peers store: at this size instances are refused. Default: as much as the disk holds. */
      quotaBytes: bytes.optional(),
      /** Of what was retrieved to be looked at: at this size the studies used longest ago go. */
      cacheQuotaBytes: bytes.optional(),
      /** Days after which what was retrieved, and not looked at since, goes. 0: never. Default: 30. */
      cacheDays: z.int().min(0).max(36_500).optional(),
    })
    .optional(),
});

export type ConfigurationFile = z.infer<typeof configurationSchema>;

/**
 * Reads and checks the file; one that doesn't exist is an empty configuration.
 * @throws ConfigurationError with file, line and path within it
 */
export async function readConfigurationFile(path: string): Promise<ConfigurationFile> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ConfigurationError(`The configuration file ${path} can't be read.`, { cause: error });
  });
  return text === undefined ? {} : parseConfiguration(text, path);
}

/** @throws ConfigurationError with file, line and path within it */
export function parseConfiguration(text: string, path: string): ConfigurationFile {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: false, disallowComments: true });
  const broken = errors[0];
  if (broken) {
    const what = printParseErrorCode(broken.error);
    throw new ConfigurationError(
      `${path}, line ${lineOf(text, broken.offset)}: not valid JSON (${what}).`,
    );
  }
  const result = configurationSchema.safeParse(value);
  if (result.success) return result.data;
  const messages = result.error.issues.map((issue) => {
    const line = lineOf(text, offsetOf(text, issue.path));
    const where = issue.path.length === 0 ? '' : ` ${z.core.toDotPath(issue.path)}:`;
    return `${path}, line ${line}:${where} ${issue.message}`;
  });
  throw new ConfigurationError(messages.join('\n'));
}

/** Where a value stands; that of the nearest enclosing one when it is missing. */
function offsetOf(text: string, path: readonly PropertyKey[]): number {
  const tree = parseTree(text);
  for (let length = path.length; tree && length >= 0; length--) {
    const node = findNodeAtLocation(
      tree,
      path.slice(0, length).map((part) => (typeof part === 'number' ? part : String(part))),
    );
    if (node) return node.offset;
  }
  return 0;
}

const lineOf = (text: string, offset: number) => text.slice(0, offset).split('\n').length;
