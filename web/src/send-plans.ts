import { createKey, type Preparer } from './deidentify/preparer.ts';
import type { Profile } from './deidentify/profile.ts';
import type { LibraryInstance } from './library/library.ts';
import type { NewTransferInput, Transfers } from './remote/transfers.ts';
import type { SendPlan } from './ui/actions.ts';

/** An instance of the library as a transfer knows it. */
export function transferInput(instance: LibraryInstance): NewTransferInput {
  const { source, summary, size, lastModified } = instance;
  return {
    path: source.path,
    size,
    lastModified,
    open: () => source.open(),
    handle: source.handle,
    root: source.root,
    sopClassUid: summary.sopClassUid,
    transferSyntaxUid: summary.transferSyntaxUid,
  };
}

/** Begins to plan a transfer; what the plan shows is what it sends, by the same key. */
export async function planSend(
  mode: SendPlan['mode'],
  instances: readonly LibraryInstance[],
  profile: Profile,
  preparer: Preparer,
  transfers: Transfers,
): Promise<SendPlan> {
  const key = mode === 'deidentified' ? await createKey() : undefined;
  const keyId = key && crypto.randomUUID();
  if (key && keyId !== undefined) preparer.useKey(keyId, key, profile);
  const discard = () => {
    if (keyId !== undefined) preparer.forgetKey(keyId);
  };
  return {
    mode,
    instances,
    prepare: async (instance, withChanges) => {
      try {
        return await preparer.prepare(await instance.source.open(), keyId, { withChanges });
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        return { kind: 'failed', reason: `The file could not be opened: ${detail}` };
      }
    },
    send: (peer) => {
      void transfers.start({ peer, mode, key, profile, inputs: instances.map(transferInput) });
    },
    discard,
  };
}
