// The commands about provider profiles: list, show, check a file, add one.
import type { Client } from '../endpoint/client.ts';
import { commandTexts, sentenceOf } from '../messages/index.ts';
import { commandError } from './fail.ts';
import { checkId } from './fields.ts';
import { readTextFile } from './input.ts';
import { asTyped, clean, jsonText, table } from './text.ts';

export async function listProviders(client: Client, json: boolean): Promise<void> {
  const providers = await client.providers();
  if (json) {
    process.stdout.write(jsonText(providers));
    return;
  }
  const rows = providers.map((one) => [one.id, one.built_in ? '' : 'own', one.grants.join(', '), one.name]);
  process.stdout.write(table(['ID', '', 'GRANTS', 'NAME'], rows));
}

export async function showProvider(client: Client, id: string): Promise<void> {
  process.stdout.write(jsonText(await client.provider(checkId(id, 'a provider', 'providers')), 2));
}

/** Prints the JSON Schema of a profile's file, for editors. */
export async function printProfileSchema(): Promise<void> {
  const { profileJsonSchema } = await import('../oauth/profile-check.ts');
  process.stdout.write(jsonText(profileJsonSchema(), 2));
}

/** Checks a profile's file without a host; each problem is told as `FILE:LINE:COL path: reason`. */
export async function checkProvider(file: string): Promise<void> {
  const { id } = await readProfile(file);
  process.stdout.write(`${clean(file)}: valid profile (${clean(id)}).\n`);
}

export async function addProvider(client: Client, file: string): Promise<void> {
  const { text } = await readProfile(file);
  const provider = await client.addProvider(text);
  process.stdout.write(
    asTyped(
      `Added: ${clean(provider.id)}. Use it with \`keyfob add NAME --provider ${clean(provider.id)}\`.\n`,
      process.env,
    ),
  );
  for (const note of provider.notes) process.stdout.write(`${clean(note)}\n`);
}

async function readProfile(file: string): Promise<{ id: string; text: string }> {
  const text = await readTextFile(file);
  const [{ checkProfile }, { builtInProviders }] = await Promise.all([
    import('../oauth/profile-check.ts'),
    import('../providers/index.ts'),
  ]);
  const check = await checkProfile(text, builtInProviders.read);
  if (check.ok) return { id: check.profile.id, text };
  for (const { line, column, path, problem } of check.problems) {
    const reason = sentenceOf(commandTexts, problem);
    process.stderr.write(
      `${clean(file)}:${line}:${column} ${clean(path === '' ? reason : `${path}: ${reason}`)}\n`,
    );
  }
  const count = check.problems.length;
  throw commandError(
    'bad_request',
    `This profile has ${count === 1 ? 'a problem' : `${count} problems`}.`,
    'Correct the lines above and check again with `keyfob provider check FILE`.',
  );
}
