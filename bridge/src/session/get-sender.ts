import { concatBytes } from '../../../shared/dicom/encode.ts';
import { dimseStatus } from '../../../shared/dicom/dimse-status.ts';
import type { Archive } from '../archive/store.ts';
import { DimseError } from '../dimse/dimse-error.ts';
import { DATA_SET_FOLLOWS } from '../dimse/message/command-set.ts';
import { COMMAND_FIELD, PRIORITY } from '../dimse/message/message-types.ts';
import { evenDataset } from '../dimse/message/outgoing-dataset.ts';
import type { AcceptedContext } from '../dimse/negotiation.ts';
import { type RetrieveSender, type SubOperation, wantsToReceive } from '../dimse/retrieve-scp.ts';
import type { ScpRequest } from '../dimse/scp-service.ts';
import type { StoragePair } from '../dimse/storage-scu.ts';
import { archivedInstance, type ArchivedInstance } from './archived-instance.ts';
import { readAhead } from './read-ahead.ts';
import { ReadBuffers } from './read-buffers.ts';
import { firstSendable, otherSyntaxes, type Convert } from './other-syntax.ts';

/** Instances up to this size are read whole, so that more than one way to write them can be tried: 16 MiB. */
const MAX_WHOLE_BYTES = 16 * 1024 * 1024;

/** Sends what a C-GET asks for over its own association, as it is stored where there is a context for that. */
export const getSender = (archive: Pick<Archive, 'locate'>, convert: Convert): RetrieveSender =>
  async function* (instances, request) {
    const uids = instances.map(({ sopInstanceUid }) => sopInstanceUid);
    const buffers = new ReadBuffers();
    const load = (uid: string) => archivedInstance(archive, uid, buffers);
    for await (const { item: sopInstanceUid, loading } of readAhead(uids, load)) {
      const outcome = await sendBack(request, loading, convert).catch((error: unknown) => {
        // Of the association nothing may be left; then there is nobody to tell.
        request.signal.throwIfAborted();
        if (!isAboutTheInstance(error)) throw error;
        return 'failed' as const;
      });
      yield { sopInstanceUid, outcome };
    }
  };

const isAboutTheInstance = (error: unknown): boolean =>
  error instanceof DimseError || (error instanceof Error && 'code' in error);

async function sendBack(
  request: ScpRequest,
  loading: Promise<ArchivedInstance | undefined>,
  convert: Convert,
): Promise<SubOperation['outcome']> {
  const instance = await loading;
  if (!instance) return 'failed';
  const contexts = contextsFor(request, instance);
  const accepted = contexts.map(({ abstractSyntax, transferSyntax }) => ({
    sopClassUid: abstractSyntax,
    transferSyntaxUid: transferSyntax,
  }));
  const { dataset } = instance;
  const isWhole = instance.length <= MAX_WHOLE_BYTES;
  const chunks = isWhole ? await Array.fromAsync(dataset) : undefined;
  const [first, ...rest] = chunks ?? [];
  const source = first && (rest.length === 0 ? first : concatBytes([first, ...rest]));
  const sent = await firstSendable(
    { ...instance, dataset: source ?? dataset },
    chunks,
    accepted,
    convert,
  );
  const context = contexts.find(({ transferSyntax }) => transferSyntax === sent.transferSyntaxUid);
  if (!context) return 'failed';
  const { Status = 0 } = await request.ask({
    contextId: context.id,
    command: {
      AffectedSOPClassUID: sent.sopClassUid,
      CommandField: COMMAND_FIELD['C-STORE-RQ'],
      Priority: PRIORITY.medium,
      CommandDataSetType: DATA_SET_FOLLOWS,
      AffectedSOPInstanceUID: instance.sopInstanceUid,
    },
    dataset: evenDataset({ bytes: sent.dataset, length: sent.length }, sent.transferSyntaxUid),
  });
  const { category } = dimseStatus('C-STORE', Status);
  if (category !== 'success' && category !== 'warning') return 'failed';
  instance.giveBack();
  return category === 'success' ? 'completed' : 'warning';
}

/** Contexts that an instance can go over: that of its own transfer syntax first. */
function contextsFor({ peer, contexts }: ScpRequest, pair: StoragePair): AcceptedContext[] {
  const { sopClassUid, transferSyntaxUid } = pair;
  if (!wantsToReceive(peer.request, sopClassUid)) return [];
  const ofClass = [...contexts.values()].filter(
    ({ abstractSyntax }) => abstractSyntax === sopClassUid,
  );
  const wanted = [
    transferSyntaxUid,
    ...otherSyntaxes(pair).map((other) => other.transferSyntaxUid),
  ];
  return wanted.flatMap((uid) => ofClass.find((context) => context.transferSyntax === uid) ?? []);
}
