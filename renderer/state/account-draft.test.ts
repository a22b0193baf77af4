import { describe, expect, it } from 'vitest';
import type { ProviderForm } from '../../main/api/providers.ts';
import { application, windowKit } from '../../testing/window-kit.ts';
import type { WindowKit } from '../../testing/window-kit.ts';
import { AccountDraft } from './account-draft.svelte.ts';

const formOf = (kit: WindowKit, id: string): Promise<ProviderForm> => kit.ask('provider.form', { id });

describe('a draft of a new account', () => {
  it('has a name that no account has, and the defaults of its provider', async () => {
    await using kit = await windowKit();
    const form = await formOf(kit, 'eptura-workplace');
    expect(new AccountDraft(form, null, new Set()).name).toBe('eptura');
    expect(new AccountDraft(form, null, new Set(['eptura', 'eptura-2'])).name).toBe('eptura-3');
    expect(new AccountDraft(form, null, new Set()).grant).toBe(form.default_grant);
  });

  it('tells what is missing beside each field, and is in order once it is there', async () => {
    await using kit = await windowKit();
    const draft = new AccountDraft(await formOf(kit, 'eptura-workplace'), null, new Set());
    draft.name = 'no/such';
    expect(draft.check(new Set())).toBe(false);
    const missing = draft.required.map(({ name }) => name);
    expect(missing.length).toBeGreaterThan(1);
    expect(Object.keys(draft.errors).sort()).toEqual(['name', ...missing].sort());
    draft.clear('name');
    expect(draft.errors['name']).toBeUndefined();
    draft.name = 'hq';
    for (const { name, secret } of draft.required) (secret ? draft.secrets : draft.settings)[name] = 'x';
    expect(draft.check(new Set(['hq']))).toBe(false);
    expect(Object.keys(draft.errors)).toEqual(['name']);
    expect(draft.check(new Set())).toBe(true);
  });

  it('forgets the secrets that were entered', async () => {
    await using kit = await windowKit();
    const draft = new AccountDraft(await formOf(kit, 'eptura-workplace'), null, new Set());
    for (const name of Object.keys(draft.secrets)) draft.secrets[name] = 'canary';
    expect(JSON.stringify(draft.values())).toContain('canary');
    draft.forget();
    expect(JSON.stringify(draft.secrets)).not.toContain('canary');
  });

  it('shows the fields that its grant uses, and no other', async () => {
    await using kit = await windowKit();
    const draft = new AccountDraft(await formOf(kit, 'oauth2'), null, new Set());
    const names = (): string[] => draft.fields.map(({ name }) => name);
    expect(names()).not.toContain('device_url');
    draft.grant = 'client_credentials';
    expect(names()).toEqual(expect.arrayContaining(['token_url', 'client_id', 'client_secret', 'scope']));
    for (const field of ['authorize_url', 'device_url', 'redirect_uri', 'username'])
      expect(names()).not.toContain(field);
    draft.grant = 'implicit';
    expect(names()).toEqual(expect.arrayContaining(['authorize_url', 'client_id', 'redirect_uri']));
    for (const field of ['token_url', 'client_secret', 'client_auth']) expect(names()).not.toContain(field);
    draft.grant = 'device_code';
    expect(names()).toContain('device_url');
    expect(names()).not.toContain('redirect_uri');
  });

  it('takes the issuer of a discovery address', async () => {
    await using kit = await windowKit();
    const form = await formOf(kit, 'oidc');
    const draft = new AccountDraft(form, null, new Set());
    const issuer = form.fields.find(({ name }) => name === 'issuer')!;
    draft.enter(issuer, 'https://id.example.com/.well-known/openid-configuration');
    expect(draft.settings['issuer']).toBe('https://id.example.com');
    expect(draft.found).toBe('https://id.example.com');
  });

  it('puts what the host refused beside the field that it names', async () => {
    await using kit = await windowKit();
    const draft = new AccountDraft(await formOf(kit, 'eptura-workplace'), null, new Set());
    const problem = await kit.refused('account.use', { name: 'x' });
    expect(draft.showProblem(problem)).toBe(false);
    const field = draft.required[0]?.name ?? '';
    expect(draft.showProblem({ ...problem, field })).toBe(true);
    expect(Object.keys(draft.errors)).toEqual([field]);
  });
});

describe('a draft of an account that is there', () => {
  it('sends what differs alone, and needs no secret that is in the vault', async () => {
    await using kit = await windowKit();
    await kit.add(application, 'hq');
    const old = await kit.ask('account.details', { name: 'hq' });
    const draft = new AccountDraft(await formOf(kit, old.account.provider), old, new Set(['hq']));
    expect(draft.check(new Set(['hq']))).toBe(true);
    expect(draft.values()).toEqual({ settings: {}, secrets: {} });
    draft.settings['scope'] = ' rooms ';
    draft.secrets['client_secret'] = 'new';
    expect(draft.values()).toEqual({ settings: { scope: 'rooms' }, secrets: { client_secret: 'new' } });
  });
});
