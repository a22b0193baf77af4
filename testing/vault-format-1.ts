// A vault file as the first Keyfobs wrote it, with these entries: for the tests that carry one over.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { boxMembers, deriveKey, newKdf, seal } from '../main/platform/sealed-box.ts';

/** Writes the file and its last good copy. */
export async function writeFormat1(
  file: string,
  passphrase: string,
  entries: Readonly<Record<string, string>>,
): Promise<string> {
  const kdf = newKdf({ N: 1024, r: 8, p: 1 });
  const key = await deriveKey(passphrase, kdf);
  const sealed = (boundTo: string, text: string): object =>
    boxMembers(seal(key, boundTo, JSON.stringify(text)));
  const body = {
    keyfob_vault: 1,
    kdf,
    check: sealed('check', 'keyfob'),
    entries: Object.fromEntries(
      Object.entries(entries).map(([name, text]) => [name, sealed(`entry:${name}`, text)]),
    ),
  };
  const sum = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  const text = `${JSON.stringify({ ...body, sum }, undefined, 1)}\n`;
  for (const one of [file, `${file}.bak`]) writeFileSync(one, text, { mode: 0o600 });
  return text;
}
