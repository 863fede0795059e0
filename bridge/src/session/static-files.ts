import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

/** The built page: a closed list of files, so that no path can lead anywhere else. */
export class StaticFiles {
  readonly #root: string;
  readonly #files: ReadonlySet<string>;

  private constructor(root: string, files: ReadonlySet<string>) {
    this.#root = root;
    this.#files = files;
  }

  /** Rejects when the folder isn't there: the page was not built. */
  static async load(root: string): Promise<StaticFiles> {
    const entries = await readdir(root, { recursive: true });
    const files = new Set<string>();
    for (const entry of entries) {
      const isPublic = !entry.split(sep).some((part) => part.startsWith('.'));
      if (isPublic && (await stat(join(root, entry))).isFile()) {
        files.add(`/${entry.split(sep).join('/')}`);
      }
    }
    return new StaticFiles(root, files);
  }

  /** Answers a GET or HEAD for a file of the page; false when there is no such file. */
  async serve(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const name = path === '/' ? '/index.html' : path;
    if (!this.#files.has(name)) return false;
    const file = join(this.#root, ...name.split('/'));
    response.setHeader('Content-Type', CONTENT_TYPES[extname(name)] ?? 'application/octet-stream');
    response.setHeader('Content-Length', (await stat(file)).size);
    // Names under assets/ hold a hash of their content; everything else may change with the next build.
    const isHashed = name.startsWith('/assets/');
    response.setHeader('Cache-Control', isHashed ? 'max-age=31536000, immutable' : 'no-cache');
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(file), response);
    return true;
  }
}
