// For tests: a listener with storage into an archive, and what DCMTK needs to send to it.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { runTool } from '../../../../e2e/support/peers.ts';
import { listen, type Listener } from '../../dimse/listener.ts';
import { queryScp, type QueryScpOptions } from '../../dimse/query-scp.ts';
import { storageScp, type StorageScpOptions } from '../../dimse/storage-scp.ts';
import { verificationScp } from '../../dimse/verification.ts';
import type { LocalArchiveOptions } from '../local-archive.ts';
import { ITEM_KEYS, MATCH_KEYS } from '../match-query.ts';
import type { AdmissionRules } from '../store.ts';
import { startArchive, temporaryFolder } from './made-instance.ts';

export const QUERYABLE = { levels: MATCH_KEYS, items: ITEM_KEYS };

let listener: Listener | undefined;

export async function closeListener(): Promise<void> {
  await listener?.close(0);
  listener = undefined;
}

afterEach(closeListener);

/** A bridge's listener with storage into an archive. */
export async function startStorage(
  options: Partial<LocalArchiveOptions> &
    Partial<StorageScpOptions> &
    Partial<QueryScpOptions> & { readonly admission?: AdmissionRules } = {},
) {
  const started = await startArchive(options);
  const failures: unknown[] = [];
  const storage = storageScp({
    acceptUnknownClasses: options.acceptUnknownClasses ?? false,
    sopClasses: options.sopClasses,
    transferSyntaxes: options.transferSyntaxes,
    sink: (instance) =>
      started.archive.store({ ...instance, origin: 'archive', rules: options.admission }),
  });
  listener = await listen({
    host: '127.0.0.1',
    port: 0,
    aeTitles: ['GANTRY'],
    services: [
      verificationScp,
      queryScp({ archive: started.archive, keys: QUERYABLE, rules: options.rules }),
      storage,
    ],
    onHandlerFailure: (error) => failures.push(error),
  });
  return { ...started, port: listener.port, failures };
}

export const storescu = (port: number, options: readonly string[], folder: string) =>
  runTool('storescu', [
    ...['-v', '-aet', 'MODALITY', '-aec', 'GANTRY', '+sd', ...options],
    ...['127.0.0.1', String(port), folder],
  ]);

/** Writes Part 10 files, in the order in which storescu sends them, and says where. */
export async function written(files: readonly Uint8Array[]): Promise<string> {
  const folder = join(await temporaryFolder(), 'send');
  await mkdir(folder);
  await Promise.all(files.map((file, i) => writeFile(join(folder, `${i}.dcm`), file)));
  return folder;
}
