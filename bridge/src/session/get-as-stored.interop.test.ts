import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Peer } from '../../../e2e/support/peers.ts';
import {
  DCMQRSCP_AE_TITLE,
  ORTHANC_AE_TITLE,
  runTool,
  startDcmqrscp,
  startOrthanc,
} from '../../../e2e/support/peers.ts';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { readInstance } from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { Credits } from './credits.ts';
import { Arrivals } from './arrivals.ts';
import { runRetrieve } from './retrieve-request.ts';

const data = process.env['GANTRY_TEST_DATA'];
const WG04 = join('dicom', 'dicom-test-files', 'data', 'WG04');
const J2K = { file: join(WG04, 'J2KI', 'CT2_J2KI'), syntax: '1.2.840.10008.1.2.4.91' };
const RLE = { file: join(WG04, 'RLE', 'MR3_RLE'), syntax: '1.2.840.10008.1.2.5' };

/** dcmqrscp takes one compressed transfer syntax, by its option; Orthanc takes all. */
const CASES = [
  ['Orthanc, in JPEG 2000', ORTHANC_AE_TITLE, J2K, () => startOrthanc()],
  ['Orthanc, in RLE', ORTHANC_AE_TITLE, RLE, () => startOrthanc()],
  ['dcmqrscp, in JPEG 2000', DCMQRSCP_AE_TITLE, J2K, () => startDcmqrscp([], undefined, ['+xw'])],
  ['dcmqrscp, in RLE', DCMQRSCP_AE_TITLE, RLE, () => startDcmqrscp([], undefined, ['+xr'])],
] as const;

// Without the collection of files there is nothing compressed to store.
describe.skipIf(data === undefined)('What is retrieved by C-GET comes as it is stored', () => {
  let peer: Peer | undefined;
  afterEach(() => peer?.stop());

  it.each(CASES)('from %s', async (_, aeTitle, { file, syntax }, start) => {
    peer = await start();
    const { host, port } = peer;
    const path = join(data ?? '', file);
    const to = ['-aec', aeTitle, '-dn', host, String(port)];
    const sent = await runTool('dcmsend', [...to, path]);
    expect(sent.code, sent.output).toBe(0);
    const { dataset } = await readInstance(bufferSource(new Uint8Array(await readFile(path))));
    const studyInstanceUid = dataset.string(Tag.StudyInstanceUID) ?? '';
    const came: string[] = [];
    const signal = new AbortController().signal;
    const result = await runRetrieve(
      { host, port, calledAeTitle: aeTitle, callingAeTitle: 'GANTRY' },
      'get',
      { type: 'retrieve', requestId: '1', peer: 'PACS', studyInstanceUid },
      {
        association: {},
        arrivals: new Arrivals(),
        sink: async ({ transferSyntaxUid, dataset: incoming }) => {
          for await (const part of incoming) expect(part.length).toBeGreaterThan(0);
          came.push(transferSyntaxUid);
          return { kind: 'stored' };
        },
        isListening: false,
        countHere: () => Promise.resolve(0),
      },
      {
        requestId: '1',
        signal,
        send: () => undefined,
        finished: new Promise(() => undefined),
        credits: new Credits(),
      },
    );
    expect(result).toMatchObject({ completed: 1, failed: 0, arrived: 1 });
    expect(came).toEqual([syntax]);
  });
});
