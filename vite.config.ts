import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The page is served by the bridge from web/dist, under one origin and a Content-Security-Policy without foreign hosts.
export default defineConfig({
  root: 'web',
  base: './',
  plugins: [svelte()],
  worker: { format: 'es' },
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
    environment: 'node',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
