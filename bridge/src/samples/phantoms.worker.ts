// Makes the archive's phantoms in a thread of their own: two seconds of computing would hold up the bridge.
import { parentPort } from 'node:worker_threads';
import { ExplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { sampleOf } from './sample-index.ts';
import { archiveSamples } from './sample-studies.ts';
import type { SampleInstance } from './samples.ts';

for (const file of archiveSamples()) {
  const { row, dataset } = await sampleOf(file);
  const instance: SampleInstance = {
    sopClassUid: row.SOPClassUID,
    sopInstanceUid: row.SOPInstanceUID,
    transferSyntaxUid: ExplicitVrLittleEndian.uid,
    dataset,
  };
  parentPort?.postMessage(instance, [dataset.buffer]);
}
