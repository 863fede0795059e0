import { indexFile, type IndexOutcome } from './index-file.ts';

export interface IndexRequest {
  readonly id: number;
  readonly file: Blob;
}

export interface IndexReply {
  readonly id: number;
  readonly outcome: IndexOutcome;
}

/** With two workers sixteen reads are in flight, which keeps a disk busy; what came beyond waits here. */
const READS = 8;

const waiting: IndexRequest[] = [];
let reading = 0;

self.addEventListener('message', ({ data }: MessageEvent<IndexRequest>) => {
  waiting.push(data);
  readNext();
});

function readNext(): void {
  if (reading >= READS) return;
  const request = waiting.shift();
  if (!request) return;
  reading++;
  void indexFile(request.file).then((outcome) => {
    self.postMessage({ id: request.id, outcome } satisfies IndexReply);
    reading--;
    readNext();
  });
}
