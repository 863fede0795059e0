import { levelSchema } from './settings.ts';
import { z } from 'zod';
import { errorCodeSchema } from './error-code.ts';
import {
  MAX_BATCH_INSTANCES,
  MAX_FAILED_NAMED,
  MAX_LISTED_STUDIES,
  MAX_LISTED_TASKS,
  MAX_RETRIEVED_INSTANCES,
  MAX_ROWS_PER_MESSAGE,
  MAX_STORE_CONTEXTS,
} from './limits.ts';
import { listenerStateSchema, settingsSchema } from './settings.ts';

/** Made by the page, unique within its connection; every message about a request carries it. */
const requestId = z.string().min(1).max(64);

/**
 * A UID as files have them: figures and dots, at most 64. Components with leading zeros break PS3.5 section 9.1, but
 * are met, and a peer that stores them is not Gantry's to judge.
 */
export const uidSchema = z.string().regex(/^[0-9.]{1,64}$/, 'This is no UID.');

/** A SOP class in a transfer syntax, which a presentation context negotiates. */
export const storeContextSchema = z.strictObject({
  sopClassUid: uidSchema,
  transferSyntaxUid: uidSchema,
});

export type StoreContext = z.infer<typeof storeContextSchema>;

const peerName = z.string().max(64);

/** So many rows may come before the page asks for more. */
const credits = z.int().min(1).max(100_000);

/** Levels below the patient (PS3.4 section C.6.2). */

/** A study, series, instance or match: values by keyword of PS3.6, as text; empty for what is empty. */
export const rowSchema = z.record(z.string().regex(/^[A-Za-z0-9]{1,64}$/), z.string());

export type Row = z.infer<typeof rowSchema>;

/** What a forwarding job is known by: a rule and a study. */
const jobKey = { rule: z.string().max(64), studyInstanceUid: uidSchema };

/** What the page asks. */
export const clientMessageSchema = z.discriminatedUnion('type', [
  /** First on each connection; the bridge answers done or error "protocol-version". */
  z.strictObject({ type: z.literal('hello'), requestId, protocolVersion: z.int() }),
  z.strictObject({ type: z.literal('saveSettings'), requestId, settings: settingsSchema }),
  /** C-ECHO to a configured peer. */
  z.strictObject({ type: z.literal('echo'), requestId, peer: peerName }),
  /** Opens a transfer to a configured peer; the instances follow by POST to the path that storeReady names. */
  z.strictObject({
    type: z.literal('store'),
    requestId,
    peer: peerName,
    contexts: z.array(storeContextSchema).min(1).max(MAX_STORE_CONTEXTS),
    /** A name of the page's for what it sends, in however many parts: commitments are told under it. */
    transfer: z.string().min(1).max(64).optional(),
  }),
  /** No more batches: the transfer ends with done when what was sent has its results. */
  z.strictObject({ type: z.literal('finishStore'), requestId }),
  /** Studies of the archive, newest first: rows, then done with how many there are. */
  z.strictObject({
    type: z.literal('listStudies'),
    requestId,
    search: z.string().max(256),
    limit: z.int().min(1).max(MAX_LISTED_STUDIES),
  }),
  /** All instances of a study in the archive: rows, then done. */
  z.strictObject({ type: z.literal('listInstances'), requestId, studyInstanceUid: uidSchema }),
  z.strictObject({ type: z.literal('deleteStudy'), requestId, studyInstanceUid: uidSchema }),
  /** C-FIND at a configured peer, Study Root: rows against credits, then done. */
  z.strictObject({
    type: z.literal('query'),
    requestId,
    peer: peerName,
    level: levelSchema,
    keys: rowSchema,
    credits,
  }),
  /** C-FIND of a configured peer's modality worklist: a row for each Scheduled Procedure Step against credits, then done. */
  z.strictObject({
    type: z.literal('worklist'),
    requestId,
    peer: peerName,
    keys: rowSchema,
    credits,
  }),
  /** So many more rows of a query or a worklist may come. */
  z.strictObject({ type: z.literal('credit'), requestId, rows: credits }),
  /** C-MOVE or C-GET from a configured peer into the archive. */
  z
    .strictObject({
      type: z.literal('retrieve'),
      requestId,
      peer: peerName,
      studyInstanceUid: uidSchema,
      seriesInstanceUid: uidSchema.optional(),
      /** Of the series; all of it when they are left out. */
      sopInstanceUids: z.array(uidSchema).min(1).max(MAX_RETRIEVED_INSTANCES).optional(),
    })
    .refine(
      ({ seriesInstanceUid, sopInstanceUids }) =>
        sopInstanceUids === undefined || seriesInstanceUid !== undefined,
      { message: 'Instances are retrieved by their series.' },
    ),
  /** Phantoms into the archive, and the sample PACS among the peers. */
  z.strictObject({ type: z.literal('startSamples'), requestId }),
  /** What a configured peer takes: progress, then the report. */
  z.strictObject({ type: z.literal('examine'), requestId, peer: peerName }),
  /** A forwarding job is tried again at once, or given up with all that it has not sent. */
  z.strictObject({ type: z.literal('retryForward'), requestId, ...jobKey }),
  z.strictObject({ type: z.literal('deleteForward'), requestId, ...jobKey }),
  /** Takes the results of a commitment off the list; what is still waited for stays. */
  z.strictObject({
    type: z.literal('dismissCommitment'),
    requestId,
    transfer: z.string().max(256),
  }),
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

const count = z.int().nonnegative();

/** Sub-operations of a retrieve (PS3.4 section C.4.2), and what of it is in the archive. */
const retrieveCounts = {
  completed: count,
  failed: count,
  warning: count,
  /** Instances that came and are on disk: counted here, not by the peer. */
  arrived: count,
};

/** A SOP class that a peer takes, in these transfer syntaxes. */
const acceptedClass = {
  sopClassUid: uidSchema,
  name: z.string(),
  transferSyntaxUids: z.array(uidSchema),
};

export const peerReportSchema = z.strictObject({
  /** As the peer says of itself; missing when it doesn't. */
  implementationClassUid: z.string().optional(),
  implementationVersionName: z.string().optional(),
  /** Bytes of a PDU; 0 for any. */
  maxPduLength: count.optional(),
  services: z.array(z.strictObject({ ...acceptedClass, isAccepted: z.boolean() })),
  storage: z.array(z.strictObject(acceptedClass)),
  askedClasses: count,
});

export type PeerReport = z.infer<typeof peerReportSchema>;

/** What a rule sends of a study. */
const forwardJobSchema = z.strictObject({
  ...jobKey,
  peer: z.string(),
  /** Its name among commitments. */
  transfer: z.string(),
  /** The patient's name, as in the archive. */
  title: z.string(),
  state: z.enum(['queued', 'sending', 'failed', 'done']),
  queued: count,
  failed: count,
  sent: count,
  /** Why instances failed, or are to be tried again. */
  reasons: z.array(z.string()),
  /** Milliseconds until the next try; missing when none is due later. */
  nextTryMs: count.optional(),
});

export type ForwardJobState = z.infer<typeof forwardJobSchema>;

/** What became of the instances that a peer was asked to keep; asked = committed + failed + waiting. */
const commitmentSchema = z.strictObject({
  /** The page's name for the transfer, or the bridge's own. */
  transfer: z.string(),
  peer: z.string(),
  asked: count,
  committed: count,
  failed: count,
  waiting: count,
  refused: z.array(z.strictObject({ sopInstanceUid: z.string(), reason: z.string() })),
  /** What keeps the request from its end. */
  problem: z.string().optional(),
});

export type CommitmentState = z.infer<typeof commitmentSchema>;

const doneResultSchema = z.discriminatedUnion('of', [
  z.strictObject({
    of: z.literal('hello'),
    bridgeVersion: z.string(),
    settings: settingsSchema,
    /** Where the bridge listens for associations; null when it doesn't. */
    dicomListener: z.string().nullable(),
    /** Other computers can reach the listener, without encryption. */
    isDicomExposed: z.boolean(),
    /** Those of the settings, in their order. */
    listeners: z.array(listenerStateSchema),
  }),
  z.strictObject({ of: z.literal('saveSettings'), settings: settingsSchema }),
  z.strictObject({ of: z.literal('echo'), milliseconds: z.number().nonnegative() }),
  z.strictObject({
    of: z.literal('store'),
    stored: count,
    failed: count,
  }),
  z.strictObject({ of: z.literal('listStudies'), total: count }),
  z.strictObject({ of: z.literal('listInstances') }),
  z.strictObject({ of: z.literal('deleteStudy') }),
  z.strictObject({ of: z.literal('tasks') }),
  z.strictObject({ of: z.literal('query'), matches: count }),
  z.strictObject({ of: z.literal('worklist'), matches: count }),
  z.strictObject({ of: z.literal('startSamples'), instances: count }),
  z.strictObject({ of: z.literal('examine'), report: peerReportSchema }),
  z.strictObject({
    of: z.literal('retrieve'),
    ...retrieveCounts,
    /** Failed SOP Instance UID List (0008,0058), as far as the peer gives one. */
    failedSopInstanceUids: z.array(uidSchema).max(MAX_FAILED_NAMED),
    /** What the peer says of failed or missing sub-operations, in words. */
    warningText: z.string().optional(),
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
  /** The association stands: batches go to `path`. `refused` lists the contexts that the peer accepted in no syntax that fits. */
  z.strictObject({
    type: z.literal('storeReady'),
    requestId,
    path: z.string().startsWith('/api/'),
    refused: z.array(storeContextSchema),
    /** What the peer takes only with its pixels decoded or encoded: the page does that before it uploads. */
    recoded: z.array(z.strictObject({ ...storeContextSchema.shape, targetUid: uidSchema })),
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
  /** Rows of a list or a query. */
  z.strictObject({
    type: z.literal('rows'),
    requestId,
    rows: z.array(rowSchema).min(1).max(MAX_ROWS_PER_MESSAGE),
  }),
  /** As many retrieves from this peer as it allows are running: so many stand before this one. */
  z.strictObject({ type: z.literal('retrieveWaiting'), requestId, ahead: count }),
  z.strictObject({
    type: z.literal('retrieveProgress'),
    requestId,
    ...retrieveCounts,
    /** Undefined while the peer doesn't say. */
    remaining: count.optional(),
  }),
  /** Phantoms that are made and stored. */
  z.strictObject({ type: z.literal('samplesProgress'), requestId, done: count, total: count }),
  /** Associations with a peer that is examined. */
  z.strictObject({ type: z.literal('examineProgress'), requestId, done: count, total: count }),
  /** What the bridge does by itself: all of it, the newest first. */
  z.strictObject({
    type: z.literal('tasks'),
    forwards: z.array(forwardJobSchema).max(MAX_LISTED_TASKS),
    commitments: z.array(commitmentSchema).max(MAX_LISTED_TASKS),
  }),
  /** Studies came, changed or went: lists are to be asked for again. */
  z.strictObject({ type: z.literal('archiveChanged') }),
  /** Listeners of the settings have begun or ceased to listen, or can't. */
  z.strictObject({
    type: z.literal('listenersChanged'),
    isDicomExposed: z.boolean(),
    listeners: z.array(listenerStateSchema),
  }),
  /** Another page changed the settings, or the file did. */
  z.strictObject({ type: z.literal('settingsChanged'), settings: settingsSchema }),
]);

export type ServerMessage = z.infer<typeof serverMessageSchema>;
