import { fileURLToPath } from 'node:url';

import { defineConfig, mergeConfig } from 'vite';
import type { Plugin } from 'vite';

import renderer from '../../vite.renderer.config.ts';

/** Puts what Chromium 83 lacks before everything that the window loads. */
function shimFirst(): Plugin {
  const shim = fileURLToPath(new URL('shim/renderer.ts', import.meta.url));
  return {
    name: 'electron9-shim-first',
    enforce: 'pre',
    transform(code, id) {
      if (!id.split('?')[0]?.endsWith('/renderer/main.ts')) return undefined;
      return { code: `import ${JSON.stringify(shim)};\n${code}`, map: null };
    },
  };
}

/** Builds the same window for Chromium 83: syntax and CSS lowered. */
export default mergeConfig(
  renderer,
  defineConfig({
    plugins: [shimFirst()],
    css: { transformer: 'lightningcss', lightningcss: { targets: { chrome: 83 << 16 } } },
    build: { target: 'chrome83', cssTarget: 'chrome83', cssMinify: 'lightningcss' },
  }),
);
