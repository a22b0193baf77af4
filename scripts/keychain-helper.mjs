/** Writes the source of keytar's process, which `main/vaults/keychain-process.ts` has as a text, to a file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

export async function writeKeychainHelper(file) {
  const { outputFiles } = await esbuild.build({
    stdin: {
      contents: "export { keychainHelperSource } from './main/vaults/keychain-process.ts';",
      resolveDir: root,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  const { keychainHelperSource } = await import(`data:text/javascript;base64,${code}`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, keychainHelperSource.trimStart());
}
