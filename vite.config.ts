import { readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { configDefaults, defineConfig } from 'vitest/config';
import { assertProfileTable } from './tools/profile-table.ts';
import { PROFILE_TABLE } from './web/src/deidentify/profile-table.generated.ts';

/** Together some minutes: continuous integration and `npm run test:long` run them, `npm test` doesn't. */
const SLOW_TESTS = [
  'bridge/src/archive/{crash,duplicates,query-scp}.interop.test.ts',
  'bridge/src/commitment-s*.interop.test.ts',
  'bridge/src/dimse/tls.interop.test.ts',
  'bridge/src/forwarding.interop.test.ts',
  'bridge/src/session/{query-retrieve.interop,store-transfer}.test.ts',
  'shared/dicom/transcode-corpus.test.ts',
  'shared/pixels/{compress,corpus,picture-corpus}.test.ts',
  'tools/gantry/convert.test.ts',
  'tools/load/load.test.ts',
  'web/src/deidentify/{blanking,find-text,validity}.test.ts',
  'web/src/deidentify/face/find-face.test.ts',
];

/**
 * What the page needs later (the viewer, codecs, workers) comes into the browser's cache when there is time: a page that
 * was loaded does the same when the bridge is gone.
 */
const prefetchAll: Plugin = {
  name: 'gantry-prefetch-all',
  transformIndexHtml: {
    order: 'post',
    handler: (_, { bundle = {} }) =>
      Object.keys(bundle)
        .filter((name) => /\.(?:js|wasm)$/.test(name))
        .map((name) => ({
          tag: 'link',
          attrs: { rel: 'prefetch', href: `./${name}` },
          injectTo: 'body',
        })),
  },
};

/** A table that isn't whole would leave names where they stand: no page is built from it. */
const profileTable: Plugin = {
  name: 'gantry-profile-table',
  buildStart: () => assertProfileTable(PROFILE_TABLE),
};

/** What reports name as the program. A cast: our own file. */
const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// The page is served by the bridge from web/dist, under one origin and a Content-Security-Policy without foreign hosts.
export default defineConfig({
  root: 'web',
  base: './',
  plugins: [svelte(), prefetchAll, profileTable],
  worker: { format: 'es' },
  define: { 'import.meta.env.VITE_GANTRY_VERSION': JSON.stringify(version) },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    chunkSizeWarningLimit: 6000,
    // A data: URL of a font or a codec would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
  },
  test: {
    root: '.',
    include: ['{shared,web,bridge,tools}/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      ...(process.env['GANTRY_TEST_SLOW'] === undefined ? SLOW_TESTS : []),
    ],
    environment: 'node',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
