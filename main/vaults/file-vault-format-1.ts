// The vault file as the first Keyfobs wrote it: all entries in one JSON document. Read, and never written again.
//
// Invariants: `sum` is the SHA-256 of the JSON of everything else, in the order below; each entry is a sealed box
// under the passphrase's key, bound to `entry:<name>`, and holds its text as JSON; `check` holds a known text.
import { z } from 'zod';
import { boxOf, boxSchema, kdfSchema, unseal } from '../platform/sealed-box.ts';

const checkText = 'keyfob';

export const format1 = z.strictObject({
  keyfob_vault: z.literal(1),
  kdf: kdfSchema,
  check: boxSchema,
  entries: z.record(z.string(), boxSchema),
});
export type Format1 = z.infer<typeof format1>;

/** Opens every entry, null where one is damaged; null altogether: the key is another passphrase's. */
export function openFormat1(file: Format1, key: Buffer): Map<string, string | null> | null {
  const open = (boundTo: string, box: Format1['check']): string | null => {
    const plain = unseal(key, boundTo, boxOf(box));
    const text: unknown = plain === null ? null : JSON.parse(plain.toString('utf8'));
    return typeof text === 'string' ? text : null;
  };
  if (open('check', file.check) !== checkText) return null;
  return new Map(Object.entries(file.entries).map(([id, box]) => [id, open(`entry:${id}`, box)]));
}
