// What a profile takes over from the one that it extends, and what is said when that cannot be.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { builtInProviders } from '../../testing/recorded-exchange.ts';
import { short } from '../../testing/short-message.ts';
import { message } from '../api/problems/index.ts';
import { checkProfile, type ProfileCheck } from './profile-check.ts';
import { mergeProfile, readBase } from './profile-extends.ts';
import { profileShape } from './profile.ts';

const check = (file: unknown): Promise<ProfileCheck> =>
  checkProfile(typeof file === 'string' ? file : JSON.stringify(file, null, 2), builtInProviders.read);

async function problems(file: unknown): Promise<string[]> {
  const found = await check(file);
  return found.ok
    ? []
    : found.problems.map((one) => `${one.line}:${one.column} ${one.path}: ${short(one.problem)}`);
}

const others =
  'authorize_url, token_url, revoke_url, client_id, client_secret, redirect_uri, client_auth, sender_constraint, username, password, scope, resource, api_base';
const own = { id: 'my-vendor', extends: 'oauth2', name: 'My vendor' };

describe('a profile that extends another', () => {
  it('may say nothing but its own name', async () => {
    const [mine, base] = await Promise.all([check(own), builtInProviders.read('oauth2')]);
    const { summary: _summary, ...inherited } = base as { summary: unknown };
    expect(mine).toMatchObject({ ok: true, merged: { ...inherited, id: 'my-vendor', name: 'My vendor' } });
    expect(mine.ok && 'summary' in mine.merged).toBe(false);
    expect(mine.ok && 'extends' in mine.merged).toBe(false);
  });

  it('merges objects, replaces lists and texts whole, and takes away by null', async () => {
    const mine = await check({
      ...own,
      credentials_help: 'Ask Acme.',
      fields: {
        tenant: { label: 'Tenant' },
        scope: { default: 'desks.read', label: { en: 'Rights' } },
        device_url: null,
      },
      grants: {
        authorization_code: { required: ['tenant', 'client_id'], optional: ['client_secret'] },
        password: null,
        client_credentials: null,
        device_code: null,
        implicit: null,
      },
      authorize: { url: 'https://{tenant}.example/authorize' },
      token: { url: 'https://{tenant}.example/token' },
      device: null,
      api: { query: 'token' },
    });
    expect(mine).toMatchObject({
      ok: true,
      profile: {
        credentials_help: 'Ask Acme.',
        fields: { scope: { kind: 'scope', default: 'desks.read', help: { en: 'Separate with spaces.' } } },
        grants: {
          authorization_code: {
            required: ['tenant', 'client_id'],
            optional: ['client_secret'],
            renewal: ['refresh_token'],
          },
        },
        authorize: { pkce: true },
        token: { in: 'form' },
      },
    });
    if (!mine.ok) return;
    expect(Object.keys(mine.profile.grants)).toEqual(['authorization_code']);
    expect(Object.keys(mine.profile.fields)[0]).toBe('tenant');
    expect(mine.profile.fields).not.toHaveProperty('device_url');
    // No German left over from the text that it replaced, and no header beside the query.
    expect(mine.profile.fields['scope']?.label).toEqual({ en: 'Rights' });
    expect(mine.profile.api).toEqual({ query: 'token' });
  });

  it.each<[string, unknown, string[]]>([
    ['one that is not there', { ...own, extends: 'nobody' }, ['3:3 extends: extends_no_built_in']],
    ['what it takes away and is not there', { ...own, docs: null }, ['5:3 docs: wants_text']],
    [
      'a fault of its own',
      { ...own, token: { parametres: 'form' } },
      ['6:5 token.parametres: unknown_name(did_you_mean(parameters))'],
    ],
    [
      // What names the field was inherited: the line is that of `extends`.
      'what it takes away and still needs',
      { ...own, fields: { device_url: null }, grants: { device_code: null } },
      [
        ...['authorization_code.optional.1', 'password.optional.2', 'client_credentials.optional.2'],
        'implicit.optional.2',
      ].map((path) => `8:3 grants.${path}: names_no_field(device_url, ${others})`),
    ],
    ['its own id left out', { extends: 'oauth2', name: 'X' }, ['2:3 id: is_missing(wants_text)']],
    ['no text', { id: 'x', name: 'X', extends: 5 }, []],
  ])('tells %s at its place', async (_name, file, expected) => {
    const told = await problems(file);
    expect(told).not.toEqual([]);
    expect(told).toEqual(expect.arrayContaining(expected));
  });

  it('ends a circle and a chain that is too long', async () => {
    const read = (files: Record<string, unknown>) => async (id: string) => files[id] ?? null;
    const circle = { a: { id: 'a', extends: 'b' }, b: { id: 'b', extends: 'a' } };
    expect(await readBase(profileShape, circle.a, read(circle))).toEqual({
      ok: false,
      problem: message('extends_circle', { chain: 'b → a → b' }),
    });
    const chain = Object.fromEntries(
      Array.from({ length: 9 }, (_, at) => [`p${at}`, { id: `p${at}`, extends: `p${at + 1}` }]),
    );
    expect(await readBase(profileShape, chain['p0'], read(chain))).toEqual({
      ok: false,
      problem: message('extends_too_deep', { depth: 5, max: 4 }),
    });
  });
});

describe('mergeProfile', () => {
  const leaf = z.string().optional();
  const schema = z.object({
    both: z.record(z.string(), z.object({ a: leaf, list: z.array(z.string()).optional() })).optional(),
    whole: z.union([z.string(), z.object({ a: leaf, b: leaf })]).optional(),
  });
  const members = fc.record(
    { a: fc.string(), list: fc.array(fc.string(), { maxLength: 3 }) },
    { requiredKeys: [] },
  );
  const file = fc.record(
    {
      both: fc.dictionary(fc.constantFrom('x', 'y', '__proto__', 'constructor'), members),
      whole: fc.oneof(fc.string(), fc.record({ a: fc.string(), b: fc.string() }, { requiredKeys: [] })),
    },
    { requiredKeys: [] },
  );
  type File = Readonly<Record<string, unknown>>;
  const merge = (base: File, over: File): unknown => mergeProfile(schema, base, over);

  it('changes nothing by what says nothing, and nothing of what it is given', () => {
    fc.assert(
      fc.property(file, file, (base, over) => {
        const before = JSON.stringify([base, over]);
        expect(merge(base, {})).toEqual(base);
        expect(merge({}, over)).toEqual(over);
        expect(merge(base, base)).toEqual(base);
        merge(base, over);
        expect(JSON.stringify([base, over])).toBe(before);
      }),
    );
  });

  it('takes each member from the new one where it has it, else from the old', () => {
    fc.assert(
      fc.property(file, file, (base, over) => {
        const merged = merge(base, over) as typeof base;
        expect(merged.whole).toEqual(over.whole ?? base.whole);
        const names = new Set([...Object.keys(base.both ?? {}), ...Object.keys(over.both ?? {})]);
        expect(new Set(Object.keys(merged.both ?? {}))).toEqual(names);
        for (const name of names) {
          const [one, old, now] = [merged, base, over].map(({ both = {} }) =>
            Object.hasOwn(both, name) ? both[name] : undefined,
          );
          expect(one).toEqual({ ...old, ...now });
        }
      }),
    );
  });

  it('lays one change over another as both at once', () => {
    fc.assert(
      fc.property(file, file, file, (base, one, two) => {
        expect(merge(merge(base, one) as File, two)).toEqual(merge(base, merge(one, two) as File));
      }),
    );
  });

  it('takes away by null what is there', () => {
    fc.assert(
      fc.property(file, fc.constantFrom('both', 'whole'), (base, key) => {
        const merged = merge(base, { [key]: null }) as File;
        expect(Object.hasOwn(merged, key)).toBe(!Object.hasOwn(base, key));
      }),
    );
  });
});
