import { indexFile, type IndexOutcome } from './index-file.ts';

export interface IndexRequest {
  readonly id: number;
  readonly file: Blob;
}

export interface IndexReply {
  readonly id: number;
  readonly outcome: IndexOutcome;
}

self.addEventListener('message', ({ data }: MessageEvent<IndexRequest>) => {
  void indexFile(data.file).then((outcome) => {
    self.postMessage({ id: data.id, outcome } satisfies IndexReply);
  });
});
