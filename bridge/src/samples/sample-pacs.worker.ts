// The sample PACS in a thread of its own: dcmjs-dimse holds whole objects and works synchronously on them.
import { parentPort, workerData } from 'node:worker_threads';
import { SampleIndex } from './sample-index.ts';
import { startSamplePacs, type Destination } from './sample-pacs.ts';
import { pacsSamples } from './sample-studies.ts';

let destination: Destination | undefined;
let index: Promise<SampleIndex> | undefined;
const getIndex = () => (index ??= SampleIndex.of(pacsSamples()));

// A cast: what samples.ts gives.
const { port } = workerData as { readonly port: number };
const pacs = await startSamplePacs(port, getIndex, () => destination);
parentPort?.on('message', (message: { readonly destination: Destination | undefined }) => {
  destination = message.destination;
});
parentPort?.postMessage({ port: pacs.port });
// Made ahead, so that the first question needn't wait.
void getIndex();
