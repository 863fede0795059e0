import type { ByteSource } from '../../../shared/dicom/byte-source.ts';
import { MAX_LISTED_STUDIES, QUERY_CREDITS } from '../../../shared/protocol/limits.ts';
import type {
  DoneResult,
  PeerReport,
  Row,
  ServerMessage,
} from '../../../shared/protocol/messages.ts';
import { BridgeError, type BridgeClient, type Progress, type Request } from './bridge-client.ts';

export type QueryLevel = 'STUDY' | 'SERIES' | 'IMAGE';

/** What is to be brought from a peer: a study, a series of it, or instances of a series. */
export interface RetrieveTarget {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid?: string;
  readonly sopInstanceUids?: string[];
}

export type RetrieveProgress = Omit<
  Extract<ServerMessage, { type: 'retrieveProgress' }>,
  'type' | 'requestId'
>;

export type RetrieveResult = Extract<DoneResult, { of: 'retrieve' }>;

/** Credits are renewed when this many rows have come. */
const RENEW_AFTER = QUERY_CREDITS / 2;

/** The bridge's archive and the peers behind it, as the page asks for them. */
export class ArchiveClient {
  readonly #client: BridgeClient;

  constructor(client: BridgeClient) {
    this.#client = client;
  }

  /** Studies of the archive, newest first, that a search finds; `total` counts all that it finds. */
  async studies(search: string): Promise<{ rows: Row[]; total: number }> {
    const rows: Row[] = [];
    const request = { type: 'listStudies', search, limit: MAX_LISTED_STUDIES } as const;
    const result = await this.#collect(request, rows);
    return { rows, total: result.of === 'listStudies' ? result.total : 0 };
  }

  /** All instances of a study, each with its series' attributes. */
  async instances(studyInstanceUid: string): Promise<Row[]> {
    const rows: Row[] = [];
    await this.#collect({ type: 'listInstances', studyInstanceUid }, rows);
    return rows;
  }

  async deleteStudy(studyInstanceUid: string): Promise<void> {
    await this.#client.request({ type: 'deleteStudy', studyInstanceUid }).ended;
  }

  /** C-FIND at a peer. Rows come as they come; aborting reaches the peer. */
  async query(
    peer: string,
    level: QueryLevel,
    keys: Row,
    onRows: (rows: Row[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#stream(
      { type: 'query', peer, level, keys, credits: QUERY_CREDITS },
      onRows,
      signal,
    );
  }

  /** The modality worklist of a peer, a row for each step, as `query`. */
  async worklist(
    peer: string,
    keys: Row,
    onRows: (rows: Row[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#stream({ type: 'worklist', peer, keys, credits: QUERY_CREDITS }, onRows, signal);
  }

  /** C-MOVE or C-GET, as the peer is set, into the archive. */
  async retrieve(
    peer: string,
    target: RetrieveTarget,
    told: {
      readonly onProgress: (progress: RetrieveProgress) => void;
      /** The peer's limit is reached: it waits in the bridge. */
      readonly onWaiting: () => void;
    },
    signal: AbortSignal,
  ): Promise<RetrieveResult> {
    const result = await this.#run({ type: 'retrieve', peer, ...target }, signal, (message) => {
      if (message.type === 'retrieveProgress') told.onProgress(message);
      else if (message.type === 'retrieveWaiting') told.onWaiting();
    });
    if (result.of !== 'retrieve')
      throw new BridgeError('bad-message', 'Not the end of a retrieve.');
    return result;
  }

  /** What a peer takes. Aborting ends it. */
  async examine(
    peer: string,
    onProgress: (done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<PeerReport> {
    const result = await this.#run({ type: 'examine', peer }, signal, (message) => {
      if (message.type === 'examineProgress') onProgress(message.done, message.total);
    });
    if (result.of !== 'examine') throw new BridgeError('bad-message', 'Not the end of a report.');
    return result.report;
  }

  async #stream(
    request: Request,
    onRows: (rows: Row[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let taken = 0;
    await this.#run(request, signal, (message, requestId) => {
      if (message.type !== 'rows') return;
      onRows(message.rows);
      taken += message.rows.length;
      if (taken < RENEW_AFTER) return;
      this.#client.credit(requestId, taken);
      taken = 0;
    });
  }

  #collect(request: Request, rows: Row[]): Promise<DoneResult> {
    return this.#client.request(request, (message) => {
      if (message.type === 'rows') rows.push(...message.rows);
    }).ended;
  }

  async #run(
    request: Request,
    signal: AbortSignal,
    onProgress: (message: Progress, requestId: string) => void,
  ): Promise<DoneResult> {
    signal.throwIfAborted();
    const running = this.#client.request(request, (message) => {
      onProgress(message, running.requestId);
    });
    const cancel = () => {
      this.#client.cancel(running.requestId);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await running.ended;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }
}

const urlOf = (sopInstanceUid: string) => `/api/instances/${sopInstanceUid}`;

async function ask(sopInstanceUid: string, headers: Record<string, string>): Promise<Response> {
  const response = await fetch(urlOf(sopInstanceUid), { headers });
  if (response.ok) return response;
  // As a file of this computer that is gone: who reads it says so.
  if (response.status === 404) throw new DOMException('Deleted.', 'NotFoundError');
  throw new BridgeError(
    'archive-failed',
    `The archive gave no instance (HTTP ${response.status}).`,
  );
}

/** An instance of the archive, whole. */
export async function fetchInstance(sopInstanceUid: string): Promise<File> {
  const response = await ask(sopInstanceUid, {});
  return new File([await response.blob()], sopInstanceUid, { lastModified: 0 });
}

/** An instance of the archive, read by ranges: the first image shows before the study is here. */
export function instanceRanges(sopInstanceUid: string, size: number): ByteSource {
  return {
    size,
    read: async (offset, length) => {
      if (length === 0) return new Uint8Array();
      const end = Math.min(offset + length, size) - 1;
      const response = await ask(sopInstanceUid, { Range: `bytes=${offset}-${end}` });
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}
