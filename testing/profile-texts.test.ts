// What a stranger's profile may show a person.
import { describe, expect, it } from 'vitest';
import { shownText } from '../main/api/shown-text.ts';
import { checkProfile } from '../main/oauth/profile-check.ts';
import { Catalogue } from '../main/providers/registry.ts';
import { smallProfile } from './small-profile.ts';

const none = async (): Promise<unknown> => null;

describe('the texts of a stranger’s profile', () => {
  const steers = 'Ac\u202eme\u001b[2J\nKeyfob asks: yes?\u061c' + 'x'.repeat(5000);
  const hostile = {
    ...smallProfile,
    name: { en: steers, de: steers },
    summary: steers,
    credentials_help: { en: steers },
    fields: { site: { label: steers, help: { en: steers, de: steers }, placeholder: steers } },
    grants: { client_credentials: { required: ['site'], renewal: [] } },
    revoke: { not_offered: steers },
    refusal_hints: { invalid_client: steers },
  };
  const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

  it('steered window, tray and notifications: they are one line, seen whole, of a length that fits', async () => {
    const check = await checkProfile(JSON.stringify(hostile), none);
    if (!check.ok) throw new Error(JSON.stringify(check.problems));
    const { profile } = check;
    expect(JSON.stringify(profile)).not.toMatch(unseen);
    expect(profile.name).toBe(shownText(steers, 80));
    expect(profile.fields['site']).toMatchObject({
      label: shownText(steers, 80),
      help: { de: shownText(steers) },
    });
  });

  it('in the list of providers too, where it is marked as no built-in one whatever its name', async () => {
    const list = [{ id: 'acme', text: JSON.stringify(hostile) }];
    const builtIn = {
      id: 'real',
      name: 'Acme',
      built_in: true,
      category: 'workplace',
      summary: null,
    } as const;
    const catalogue = new Catalogue(
      { list: [builtIn], read: none },
      { list: async () => list, write: async () => undefined },
    );
    expect(await catalogue.load()).toEqual([]);
    expect(JSON.stringify(catalogue.list())).not.toMatch(unseen);
    expect(catalogue.list()).toMatchObject([builtIn, { id: 'acme', built_in: false, category: null }]);
  });

  it.each([
    ['a name of nothing that is seen', { name: '\u202e\u200b' }, 'wants_some_text'],
    ['a choice', { fields: { site: { label: 'x', choices: ['a\u202e'] } } }, 'wants_seen_text'],
    ['a default', { fields: { site: { label: 'x', default: '\u001b[2J' } } }, 'wants_seen_text'],
  ])('%s is refused, since it is sent as it stands or shows nothing', async (_what, own, reason) => {
    const check = await checkProfile(JSON.stringify({ ...hostile, ...own }), none);
    expect(check.ok ? [] : check.problems.map(({ problem }) => problem.reason)).toContain(reason);
  });
});
