// `keyfob export` and `keyfob import`: accounts and profiles from one home to another, in a file.
//
// Invariants: the file is written whole or not at all, readable by its owner alone, and never over one that
// is there unless `--force` says so; its secrets come sealed from the host and are not opened here.
import { parseJson } from '../api/json.ts';
import type { ImportResultAnswer } from '../api/transfer.ts';
import { randomBytes } from 'node:crypto';
import { link, open, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { KeyfobError } from '../api/errors.ts';
import type { Client } from '../endpoint/client.ts';
import { commandError, usage } from './fail.ts';
import { readSecretFile, readTextFile } from './input.ts';
import { clean, jsonText, table } from './text.ts';

export interface ExportOptions {
  readonly secrets: boolean;
  readonly passphraseFile?: string;
  readonly force: boolean;
}

export async function exportTo(client: Client, file: string, options: ExportOptions): Promise<void> {
  const passphrase = await passphraseOf(options.passphraseFile);
  if (options.secrets && passphrase === undefined) {
    throw usage(
      'Exporting secrets needs a passphrase.',
      'Give a file that contains it: `keyfob export FILE --secrets --passphrase-file F`.',
    );
  }
  if (!options.secrets && passphrase !== undefined) {
    throw usage('A passphrase is only used with secrets.', 'Add `--secrets`, or omit `--passphrase-file`.');
  }
  const document = await client.exportAccounts({
    secrets: options.secrets,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  await writeNew(file, `${JSON.stringify(document, undefined, 2)}\n`, options.force);
  const what = options.secrets
    ? 'Settings, profiles and encrypted secrets'
    : 'Settings and profiles, no secrets';
  process.stdout.write(
    `${what}: ${clean(file)}. Tokens and client keys are not exported: sign in and create keys where you import it.\n`,
  );
}

/** Resolves with the exit code: 1 when something was refused. */
export async function importFrom(
  client: Client,
  file: string,
  options: { readonly passphraseFile?: string; readonly json: boolean },
): Promise<number> {
  let document: unknown;
  const text = await readTextFile(file);
  const passphrase = await passphraseOf(options.passphraseFile);
  try {
    document = parseJson(text);
  } catch {
    throw usage(`The file ${file} is not JSON.`, 'Give one that `keyfob export` wrote.');
  }
  const { results } = await client.importAccounts({
    document,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  process.stdout.write(options.json ? jsonText(results) : resultsText(results));
  return results.some(({ outcome }) => outcome === 'refused') ? 1 : 0;
}

function resultsText(results: readonly ImportResultAnswer[]): string {
  if (results.length === 0) return 'The file contains nothing to import.\n';
  return table(
    ['', 'NAME', '', ''],
    results.map(({ kind, name, outcome, why }) => [kind, name, outcome, clean(why ?? '')]),
  );
}

/** The first line of a file, as `serve --passphrase-file` reads it. */
async function passphraseOf(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const passphrase = (await readSecretFile(file)).split(/\r?\n/, 1)[0] ?? '';
  if (passphrase !== '') return passphrase;
  throw usage(`The file ${file} contains no passphrase.`, 'Put it on its first line.');
}

/** Writes a file that shows up whole, with mode 0600. Throws `already_exists` without `force`. */
export async function writeNew(file: string, text: string, force: boolean): Promise<void> {
  const target = path.resolve(file);
  const temporary = path.join(
    path.dirname(target),
    `.${path.basename(target)}.${randomBytes(6).toString('hex')}`,
  );
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text, 'utf8');
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A link fails where a name is taken; a rename would not.
    if (force) await rename(temporary, target);
    else await link(temporary, target);
  } catch (cause) {
    throw notWritten(file, cause);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

function notWritten(file: string, cause: unknown): KeyfobError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'nothing';
  return code === 'EEXIST'
    ? commandError(
        'already_exists',
        `The file ${file} already exists.`,
        'Choose another name, or overwrite it with `--force`.',
      )
    : commandError(
        'bad_request',
        `The file ${file} cannot be written (the system reported ${code}).`,
        'Check the folder and your permission to write to it.',
        cause,
      );
}
