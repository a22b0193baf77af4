import { expect, it } from 'vitest';
import { withPresentNames } from './profile-earlier-names.ts';
import { checkProfileText } from './profile-check.ts';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const present = readFileSync(
  path.join(import.meta.dirname, '../providers/catalog/workplace/organization-api.json'),
  'utf8',
);

it('a profile written before its names were settled was refused: it is read as one of today', () => {
  const earlier = present
    .replace('"in":', '"place":')
    .replaceAll('"cases":', '"ways":')
    .replace('"default_token_type":', '"token_type_unsaid":')
    .replace('"on_expiry"', '"at_end"');
  expect(earlier).not.toBe(present);
  expect(withPresentNames(earlier)).toBe(present);
  const check = checkProfileText(earlier);
  expect(check).toEqual(checkProfileText(present));
  expect(check).toMatchObject({ ok: true });
});

it('an earlier name is taken where it had a meaning, and nowhere else', () => {
  const earlier = {
    fields: { place: { label: 'legs' } },
    authorize: { pkce: true, parameters: { send: 'ways' } },
    token: {
      place: { by_field: 'place', ways: { form: 'form' } },
      legs: { password: { send: ['username'] } },
    },
    api: { header: 'place' },
  };
  expect(JSON.parse(withPresentNames(JSON.stringify(earlier)))).toEqual({
    fields: { place: { label: 'legs' } },
    authorize: { pkce: true, extra_parameters: { send: 'ways' } },
    token: {
      in: { by_field: 'place', cases: { form: 'form' } },
      per_grant: { password: { parameters: ['username'] } },
    },
    api: { header: 'place' },
  });
});

it.each(['', '[]', '{', '{"token": 7, "direct": null, "revoke": []}'])('%j comes back as it was', (text) => {
  expect(withPresentNames(text)).toBe(text);
});
