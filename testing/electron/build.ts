// Builds a main file beside the desktop's: an application that one spec or measurement needs.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Bundles `entry`, named from the project's folder, into `outfile`, as the desktop's own main file is. */
export async function buildMain(entry: string, outfile: string): Promise<void> {
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['electron'],
    logLevel: 'warning',
  });
}
