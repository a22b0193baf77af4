// The files of the built-in providers: each good, each in every language, and the list in step with them.
import { readFileSync } from 'node:fs';

import { describe, expect, it, test } from 'vitest';

import { checkProfile, readProfile } from '../main/oauth/profile-check.ts';
import type { ProfileFile } from '../main/oauth/profile.ts';
import { catalog } from '../main/providers/catalog/index.ts';
import { builtInProviders } from '../main/providers/index.ts';
import { catalogList, listFile } from '../scripts/catalog.mjs';

test('the list is what `npm run catalog` writes of the files', async () => {
  expect(readFileSync(listFile, 'utf8')).toBe(await catalogList());
});

test.each(['acme-desks', 'acme-rooms'])('the example %s of the documents passes the check', async (name) => {
  const file = new URL(`../docs/examples/${name}.json`, import.meta.url);
  expect(await checkProfile(readFileSync(file, 'utf8'), builtInProviders.read)).toMatchObject({ ok: true });
});

test('no two providers bear one id', () => {
  expect(new Set(catalog.map(({ id }) => id)).size).toBe(catalog.length);
});

test('a list of them reads none of them', () => {
  expect(builtInProviders.list[0]).toEqual({
    id: 'eptura-workplace',
    category: 'workplace',
    name: 'Eptura Workplace',
    built_in: true,
    summary: expect.objectContaining({
      en: expect.any(String) as string,
      de: expect.any(String) as string,
    }) as object,
  });
});

test('nobody is read as nobody', async () => {
  expect(await builtInProviders.read('nobody')).toBeNull();
  expect(await builtInProviders.read('__proto__')).toBeNull();
});

/** Texts for people by their path, but for names, which are the vendor's own, and examples. */
function texts(file: ProfileFile): [string, unknown][] {
  const { summary, credentials_help, fields, revoke = {}, refusal_hints = {} } = file;
  return [
    ['summary', summary],
    ['credentials_help', credentials_help],
    ...Object.entries(fields).flatMap(([name, { label, help }]): [string, unknown][] => [
      [`fields.${name}.label`, label],
      ...(help === undefined ? [] : [[`fields.${name}.help`, help] as [string, unknown]]),
    ]),
    ...['warning', 'not_offered'].flatMap((key): [string, unknown][] =>
      Object.hasOwn(revoke, key) ? [[`revoke.${key}`, Reflect.get(revoke, key)]] : [],
    ),
    ...Object.entries(refusal_hints).map(([error, hint]): [string, unknown] => [
      `refusal_hints.${error}`,
      hint,
    ]),
  ];
}

describe.each(catalog.map(({ id }) => [id]))('the built-in provider %s', (id) => {
  it('is good, and speaks every language', async () => {
    const found = await readProfile(id, builtInProviders.read);
    if (found === null) throw new Error('it is not there');
    const lacking = texts(found.merged).filter(
      ([, text]) => typeof text !== 'object' || text === null || !('en' in text && 'de' in text),
    );
    expect(lacking).toEqual([]);
    for (const [path, text] of texts(found.merged)) {
      const { en, de } = text as { en: string; de: string };
      // Sentences end as sentences, in both languages alike; labels and summaries do not.
      expect([path, /\.$/.test(de)]).toEqual([path, /\.$/.test(en)]);
      // A long text that is the same in both was left behind.
      expect([path, en.length > 12 && en === de]).toEqual([path, false]);
    }
  });
});
