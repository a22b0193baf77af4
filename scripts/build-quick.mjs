/**
 * The second half of `npm run build:main`: `main/cli/quick.ts` becomes `dist/main/quick.cjs`, one CommonJS file that
 * loads nothing but Node's own modules. A graph of ES modules would cost each `keyfob token` a tenth of its time.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

await esbuild.build({
  absWorkingDir: root,
  entryPoints: ['main/cli/quick.ts'],
  outfile: path.join(root, 'dist', 'main', 'quick.cjs'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  // It also runs under the Node that the project is installed with.
  target: 'node20.19',
  // It is read and compiled at each start.
  minify: true,
  logLevel: 'warning',
});
