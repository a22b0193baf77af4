import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** Builds the window and the quick panel, a page each, to `dist/renderer/`, with relative addresses only. */
export default defineConfig({
  root: 'renderer',
  base: './',
  publicDir: false,
  plugins: [svelte({ configFile: false, compilerOptions: { discloseVersion: false } })],
  build: {
    target: 'es2024',
    outDir: '../dist/renderer',
    emptyOutDir: true,
    sourcemap: false,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { index: 'renderer/index.html', panel: 'renderer/panel.html' } },
  },
});
