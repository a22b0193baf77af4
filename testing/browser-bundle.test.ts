// OAuth and the accounts know no Node: each of their files bundles for a browser, with all that it imports.
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Bundles modules for a browser. Throws where one of Node's own modules is imported, however far down. */
async function bundle(
  entryPoints: string[],
): Promise<{ readonly imports: string[]; readonly bytes: number }> {
  const result = await build({
    absWorkingDir: root,
    entryPoints,
    bundle: true,
    platform: 'browser',
    format: 'esm',
    outdir: 'unwritten',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const outputs = Object.values(result.metafile.outputs);
  return {
    imports: outputs.flatMap(({ imports }) => imports.map(({ path }) => path)),
    bytes: outputs.reduce((sum, output) => sum + output.bytes, 0),
  };
}

describe.each(['main/oauth', 'main/accounts'])('%s', (folder) => {
  it('bundles for a browser, with nothing left outside', async () => {
    const files = globSync(`${folder}/**/*.ts`, { cwd: root }).filter((path) => !path.endsWith('.test.ts'));
    expect(files.length).toBeGreaterThan(20);
    const { imports, bytes } = await bundle(files);
    expect(imports).toEqual([]);
    expect(bytes).toBeGreaterThan(10_000);
  });
});

it('a file that imports a module of Node’s does not', async () => {
  await expect(bundle(['main/platform/atomic-file.ts'])).rejects.toThrow(/Could not resolve "node:/);
});
