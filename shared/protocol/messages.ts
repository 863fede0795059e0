import { z } from 'zod';
import { isUid, MAX_UID_LENGTH } from '../dicom/uids.ts';
import { errorCodeSchema } from './error-code.ts';
import { MAX_BATCH_INSTANCES, MAX_STORE_CONTEXTS } from './limits.ts';
import { settingsSchema } from './settings.ts';

/** Made by the page, unique within its connection; every message about a request carries it. */
const requestId = z.string().min(1).max(64);

export const uidSchema = z
  .string()
  .max(MAX_UID_LENGTH)
  .refine((text): boolean => isUid(text), { message: 'This is no UID.' });

/** A SOP class in a transfer syntax, which a presentation context negotiates. */
export const storeContextSchema = z.strictObject({
  sopClassUid: uidSchema,
  transferSyntaxUid: uidSchema,
});

export type StoreContext = z.infer<typeof storeContextSchema>;

/** What the page asks. */
export const clientMessageSchema = z.discriminatedUnion('type', [
  /** First on each connection; the bridge answers done or error "protocol-version". */
  z.strictObject({ type: z.literal('hello'), requestId, protocolVersion: z.int() }),
  z.strictObject({ type: z.literal('saveSettings'), requestId, settings: settingsSchema }),
  /** C-ECHO to a configured peer. */
  z.strictObject({ type: z.literal('echo'), requestId, peer: z.string().max(64) }),
  /** Opens a transfer to a configured peer; the instances follow by POST to the path that storeReady names. */
  z.strictObject({
    type: z.literal('store'),
    requestId,
    peer: z.string().max(64),
    contexts: z.array(storeContextSchema).min(1).max(MAX_STORE_CONTEXTS),
  }),
  /** No more batches: the transfer ends with done when what was sent has its results. */
  z.strictObject({ type: z.literal('finishStore'), requestId }),
  z.strictObject({ type: z.literal('cancel'), requestId }),
]);

export type ClientMessage = z.infer<typeof clientMessageSchema>;

/** What became of one instance of a transfer. */
export const storeOutcomeSchema = z.discriminatedUnion('kind', [
  /** The peer has it. A warning status (PS3.4 table B.2-1) is a success that says something. */
  z.strictObject({
    kind: z.literal('stored'),
    status: z.int().min(0).max(0xffff),
    warning: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('failed'),
    code: errorCodeSchema,
    status: z.int().min(0).max(0xffff).optional(),
    message: z.string(),
  }),
]);

export type StoreOutcome = z.infer<typeof storeOutcomeSchema>;

const doneResultSchema = z.discriminatedUnion('of', [
  z.strictObject({
    of: z.literal('hello'),
    bridgeVersion: z.string(),
    settings: settingsSchema,
    /** Where the bridge listens for associations; null when it doesn't. */
    dicomListener: z.string().nullable(),
  }),
  z.strictObject({ of: z.literal('saveSettings'), settings: settingsSchema }),
  z.strictObject({ of: z.literal('echo'), milliseconds: z.number().nonnegative() }),
  z.strictObject({
    of: z.literal('store'),
    stored: z.int().nonnegative(),
    failed: z.int().nonnegative(),
  }),
]);

export type DoneResult = z.infer<typeof doneResultSchema>;

/** What the bridge answers. Each request has exactly one end: done, error or cancelled. */
export const serverMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('done'), requestId, result: doneResultSchema }),
  z.strictObject({
    type: z.literal('error'),
    requestId,
    code: errorCodeSchema,
    message: z.string(),
  }),
  z.strictObject({ type: z.literal('cancelled'), requestId }),
  /** The association stands: batches go to `path`. `refused` lists the contexts that the peer did not accept. */
  z.strictObject({
    type: z.literal('storeReady'),
    requestId,
    path: z.string().startsWith('/api/'),
    refused: z.array(storeContextSchema),
  }),
  /** Results in the order in which the instances were stored. */
  z.strictObject({
    type: z.literal('storeResults'),
    requestId,
    results: z
      .array(z.strictObject({ index: z.int().nonnegative(), outcome: storeOutcomeSchema }))
      .min(1)
      .max(MAX_BATCH_INSTANCES),
  }),
  /** Another page changed the settings, or the file did. */
  z.strictObject({ type: z.literal('settingsChanged'), settings: settingsSchema }),
]);

export type ServerMessage = z.infer<typeof serverMessageSchema>;
