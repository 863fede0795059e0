// A PACS to try Gantry with: dcmjs-dimse over phantoms. It speaks on loopback only, holds nobody's images, and shares no
// code with Gantry's own DICOM layer, so that a retrieve from it is one between two programs.
import dcmjsDimse from 'dcmjs-dimse';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { SAMPLE_PACS } from '../../../shared/protocol/settings.ts';
import { isSampleLevel, type Sample, type SampleIndex } from './sample-index.ts';

const { Client, Dataset, Scp, requests, responses, constants, log } = dcmjsDimse;
const { PresentationContextResult, Status } = constants;

/** Where a C-MOVE can send to: AE titles of Gantry's own. */
export interface Destination {
  readonly aeTitle: string;
  readonly port: number;
}

export interface SamplePacs {
  readonly port: number;
  close(): Promise<void>;
}

type Elements = Readonly<Record<string, unknown>>;

/**
 * Starts it on 127.0.0.1.
 * @param port 0 for any that is free
 * @param index asked for when the first peer wants something of it
 * @param destination asked at each C-MOVE; undefined when nothing listens
 */
export async function startSamplePacs(
  port: number,
  index: () => Promise<SampleIndex>,
  destination: () => Destination | undefined,
): Promise<SamplePacs> {
  log.setLevel('silent');
  const sockets = new Set<Socket>();
  const SamplesScp = samplesScp(index, destination);
  // Not dcmjs-dimse's own server: that listens on every interface of the machine.
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const scp = new SamplesScp(socket, {});
    scp.on('networkError', () => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, SAMPLE_PACS.host, resolve);
  });
  return {
    // A cast: a server that listens on TCP has an address of this kind.
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function samplesScp(
  index: () => Promise<SampleIndex>,
  destination: () => Destination | undefined,
): typeof Scp {
  return class SamplesScp extends Scp {
    #socket: Socket | undefined;
    #callingAeTitle = '';

    constructor(...[socket, options]: ConstructorParameters<typeof Scp>) {
      super(socket, options);
      this.#socket = socket;
    }

    override associationRequested(association: dcmjsDimse.association.Association): void {
      this.#callingAeTitle = association.getCallingAeTitle();
      for (const { id } of association.getPresentationContexts()) {
        const context = association.getPresentationContext(id);
        const offered = context.getTransferSyntaxUids();
        const accepted = offered.find((uid) => SYNTAXES.includes(uid));
        const { Accept, RejectTransferSyntaxesNotSupported } = PresentationContextResult;
        if (accepted === undefined) context.setResult(RejectTransferSyntaxesNotSupported);
        else context.setResult(Accept, accepted);
      }
      this.sendAssociationAccept();
    }

    override associationReleaseRequested(): void {
      this.sendAssociationReleaseResponse();
    }

    override cEchoRequest(
      request: dcmjsDimse.requests.CEchoRequest,
      callback: (response: dcmjsDimse.responses.CEchoResponse) => void,
    ): void {
      const response = responses.CEchoResponse.fromRequest(request);
      response.setStatus(Status.Success);
      callback(response);
    }

    override cFindRequest(
      request: dcmjsDimse.requests.CFindRequest,
      callback: (responses: dcmjsDimse.responses.CFindResponse[]) => void,
    ): void {
      const asked = request.getDataset()?.getElements() ?? {};
      const respond = (status: number, elements?: Record<string, unknown>) => {
        const response = responses.CFindResponse.fromRequest(request);
        if (elements) response.setDataset(new Dataset(elements));
        response.setStatus(status);
        return response;
      };
      const level = textOf(asked['QueryRetrieveLevel']);
      if (!isSampleLevel(level)) {
        callback([respond(Status.ProcessingFailure)]);
        return;
      }
      void index().then((samples) => {
        const matches = samples.find(level, keysOf(asked));
        const found = matches.map((match) =>
          respond(Status.Pending, answerTo(asked, level, match)),
        );
        callback([...found, respond(Status.Success)]);
      });
    }

    override cMoveRequest(
      request: dcmjsDimse.requests.CMoveRequest,
      end: (responses: dcmjsDimse.responses.CMoveResponse[]) => void,
    ): void {
      const tell = (status: number, counts: Counts) => {
        const response = counted(responses.CMoveResponse.fromRequest(request), status, counts);
        // What is given to `end` is the end: it may be called once.
        if (status === Status.Pending) this.sendResponse(request, response);
        else end([response]);
      };
      const { MoveDestination, MessageID } = request.getCommandDataset().getElements();
      const target = destination();
      if (target?.aeTitle !== textOf(MoveDestination)) {
        const none = { remaining: 0, completed: 0, failed: 0 };
        tell(Status.MoveDestinationUnknown, none);
        return;
      }
      const originator = {
        MoveOriginatorApplicationEntityTitle: this.#callingAeTitle,
        MoveOriginatorMessageID: MessageID,
      };
      void index().then((samples) => {
        const chosen = samples.select(keysOf(request.getDataset()?.getElements() ?? {}));
        const stores = chosen.map((sample) => storeRequest(sample, originator));
        const counts = followStores(stores, tell);
        if (counts.remaining === 0) return;
        const client = new Client();
        for (const store of stores) client.addRequest(store);
        client.on('networkError', () => tell(Status.ProcessingFailure, counts));
        client.send(SAMPLE_PACS.host, target.port, SAMPLE_PACS.aeTitle, target.aeTitle);
      });
    }

    override cGetRequest(
      request: dcmjsDimse.requests.CGetRequest,
      end: (responses: dcmjsDimse.responses.CGetResponse[]) => void,
    ): void {
      void index().then((samples) => {
        const chosen = samples.select(keysOf(request.getDataset()?.getElements() ?? {}));
        const stores = chosen.map((sample) => storeRequest(sample, {}));
        followStores(stores, (status, counts) => {
          const response = counted(responses.CGetResponse.fromRequest(request), status, counts);
          if (status === Status.Pending) this.sendResponse(request, response);
          else end([response]);
        });
        this.sendRequests(stores);
      });
    }

    override cCancelRequest(): void {
      // What it has is sent within a second or two.
    }

    override abort(): void {
      this.#socket?.destroy();
    }
  };
}

const SYNTAXES: readonly string[] = [ExplicitVrLittleEndian.uid, '1.2.840.10008.1.2'];

interface Counts {
  remaining: number;
  completed: number;
  failed: number;
}

/** Counts sub-operations as their answers come, and tells the peer after each, with the last one as the end. */
function followStores(
  stores: readonly dcmjsDimse.requests.CStoreRequest[],
  tell: (status: number, counts: Counts) => void,
): Counts {
  const counts: Counts = { remaining: stores.length, completed: 0, failed: 0 };
  if (stores.length === 0) tell(Status.Success, counts);
  for (const store of stores) {
    store.on('response', (response: dcmjsDimse.responses.CStoreResponse) => {
      counts.remaining -= 1;
      if (response.getStatus() === Status.Success) counts.completed += 1;
      else counts.failed += 1;
      const isLast = counts.remaining === 0;
      tell(isLast ? Status.Success : Status.Pending, counts);
    });
  }
  return counts;
}

function counted<T extends dcmjsDimse.responses.CMoveResponse | dcmjsDimse.responses.CGetResponse>(
  response: T,
  status: number,
  { remaining, completed, failed }: Counts,
): T {
  response.setRemaining(remaining);
  response.setCompleted(completed);
  response.setFailures(failed);
  response.setWarnings(0);
  response.setStatus(status);
  return response;
}

function storeRequest(sample: Sample, originator: Elements): dcmjsDimse.requests.CStoreRequest {
  const { buffer, byteOffset, byteLength } = sample.dataset;
  const dataset = new Dataset(
    Buffer.from(buffer, byteOffset, byteLength),
    ExplicitVrLittleEndian.uid,
  );
  const store = new requests.CStoreRequest(dataset);
  Object.assign(store.getCommandDataset().getElements(), originator);
  return store;
}

/** dcmjs gives names as components, several values as a list. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join('\\');
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number') return String(value);
  if (typeof value === 'object' && value !== null && 'Alphabetic' in value) {
    return textOf(value.Alphabetic);
  }
  return '';
}

const keysOf = (elements: Elements): Record<string, string> =>
  Object.fromEntries(Object.entries(elements).map(([keyword, value]) => [keyword, textOf(value)]));

/** What was asked for, and no more (PS3.4 section C.4.1.1.3.2). */
function answerTo(
  asked: Elements,
  level: string,
  match: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const answer: Record<string, unknown> = {};
  for (const keyword of Object.keys(asked)) {
    if (keyword.startsWith('_')) continue;
    const value = match[keyword] ?? '';
    answer[keyword] = value.includes('\\') ? value.split('\\') : value;
  }
  return {
    ...answer,
    QueryRetrieveLevel: level,
    RetrieveAETitle: SAMPLE_PACS.aeTitle,
    SpecificCharacterSet: 'ISO_IR 192',
  };
}
