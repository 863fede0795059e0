import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { InstanceLocation } from '../archive/store.ts';

/** A single range of bytes, its end included (RFC 9110 section 14.1.2); undefined for what can't be satisfied. */
export function parseRange(
  header: string,
  size: number,
): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return start <= end && start < size ? { start, end } : undefined;
}

/** Answers a GET for an instance of the archive, whole or a range of it. */
export async function serveInstance(
  location: InstanceLocation,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { path, size } = location;
  response.setHeader('Content-Type', 'application/dicom');
  response.setHeader('Accept-Ranges', 'bytes');
  // Patients' data stays out of the browser's disk cache.
  response.setHeader('Cache-Control', 'no-store');
  const { range } = request.headers;
  if (range === undefined) {
    response.writeHead(200, { 'Content-Length': size });
    await pipeline(createReadStream(path), response);
    return;
  }
  const part = parseRange(range, size);
  if (!part) {
    response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end();
    return;
  }
  const { start, end } = part;
  response.writeHead(206, {
    'Content-Length': end - start + 1,
    'Content-Range': `bytes ${start}-${end}/${size}`,
  });
  await pipeline(createReadStream(path, { start, end }), response);
}
