/** Version of the messages and the upload framing. Page and bridge speak only with their equal. */
export const PROTOCOL_VERSION = 6;

/** Largest WebSocket message in bytes: 1 MiB. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * A batch ends with the instance that reaches this many bytes: 16 MiB. It bounds what a broken connection costs;
 * a larger instance makes a batch of its own.
 */
export const MAX_BATCH_BYTES = 16 * 1024 * 1024;

/** Instances in one batch at most. */
export const MAX_BATCH_INSTANCES = 200;

/** Largest header of an instance in a batch, in bytes. */
export const MAX_FRAME_HEADER_BYTES = 1024;

/** Batches of one transfer that the page sends side by side. */
export const BATCHES_IN_FLIGHT = 4;

/** Pairs of SOP class and transfer syntax in one transfer at most. */
export const MAX_STORE_CONTEXTS = 1024;

/** Peers in the settings at most. */
export const MAX_PEERS = 200;

/** AEs of Gantry's own beside the first one at most. */
export const MAX_LISTENERS = 32;

/** Rules of forwarding at most. */
export const MAX_FORWARD_RULES = 100;

/** Forwarding jobs and commitments that pages are told of at most: the newest. */
export const MAX_LISTED_TASKS = 100;

/** Retrieves from one peer side by side at most, whatever its settings say: each holds an association. */
export const MAX_PARALLEL_RETRIEVES = 16;

/** Requests of one page side by side at most. */
export const MAX_REQUESTS = 64;

/** Retrieves that a page has with its bridge at a time, waiting ones included: others wait in the page. */
export const MAX_RETRIEVES_ASKED = MAX_REQUESTS / 2;

/** Instances that one retrieve names at most: as many UIDs fit into one element (65,534 bytes, PS3.5 section 7.1.2). */
export const MAX_RETRIEVED_INSTANCES = 500;

/** Failed instances that the end of a retrieve names at most: a list for a person. */
export const MAX_FAILED_NAMED = 1000;

/** Rows of a list or a query in one message at most. */
export const MAX_ROWS_PER_MESSAGE = 500;

/** Studies that one listing gives at most; a search finds the others. */
export const MAX_LISTED_STUDIES = 5000;

/**
 * Rows of a query that the bridge may send before the page asks for more: a WebSocket has no back-pressure of its own
 * on the receiving side.
 */
export const QUERY_CREDITS = 1000;
