// The window's calls about accounts and their sign-ins, against a real host and a real practice vendor.
import { describe, expect, it } from 'vitest';
import type { AccountView } from '../api/accounts.ts';
import { application, signedIn, signInOnPage, told, turn, windowKit } from '../../testing/window-kit.ts';
import type { WindowKit } from '../../testing/window-kit.ts';
import { message } from '../api/problems/index.ts';

/** The accounts that were told, in their order. */
const toldAccounts = (kit: WindowKit): AccountView[] =>
  told(kit, 'accounts').flatMap((one) => [...one.accounts]);

describe('accounts in the window’s calls', () => {
  it('are added, selected, changed, signed out and removed, and are told one by one', async () => {
    await using kit = await windowKit();
    await kit.add(application, 'one');
    await kit.add(application, 'two');
    await turn();
    kit.news.length = 0;
    expect(await kit.ask('account.use', { name: 'two' })).toMatchObject({ name: 'two', selected: true });
    await turn();
    expect(toldAccounts(kit).map(({ name, selected }) => [name, selected])).toEqual([
      ['two', true],
      ['one', false],
    ]);
    const changed = await kit.ask('account.change', {
      name: 'two',
      settings: {},
      secrets: {},
    });
    expect(changed.account.name).toBe('two');
    await kit.ask('sign_in.start', { name: 'two' });
    const refreshed = await kit.ask('account.refresh', { name: 'two' });
    expect(refreshed.lifetime).toBe(3600);
    expect(await kit.ask('account.logout', { name: 'two' })).toMatchObject({
      state: 'signed_out',
      lifetime: null,
    });
    expect(await kit.ask('account.revoke', { name: 'two' })).toMatchObject({
      message: message('nothing_to_revoke', {}),
    });
    await kit.ask('account.remove', { name: 'two' });
    await turn();
    expect(told(kit, 'account_removed')).toEqual([{ type: 'account_removed', name: 'two' }]);
    expect(told(kit, 'overview')).toEqual([]);
    const { accounts } = await kit.ask('overview', {});
    expect(accounts.map(({ name }) => name)).toEqual(['one']);
  });

  it('are told in one piece when many change at once, and those alone unless it concerns all', async () => {
    await using kit = await windowKit();
    const { accounts } = kit.vendor.description;
    const one = accounts.find(({ name }) => name === application);
    for (let number = 0; number < 40; number++) {
      await kit.host.keyfob.add({
        name: `a${number}`,
        provider: one?.provider ?? '',
        grant: one?.grant ?? '',
        settings: one?.settings ?? {},
        secrets: one?.secrets ?? {},
      });
    }
    await turn();
    kit.news.length = 0;
    for (let number = 0; number < 36; number++)
      void kit.host.keyfob.set(`a${number}`, { settings: { scope: 'x' }, secrets: {} });
    await expect.poll(() => toldAccounts(kit).length).toBe(36);
    expect(told(kit, 'overview')).toEqual([]);
    kit.news.length = 0;
    await kit.ask('vault.lock', {});
    await turn();
    expect(kit.news.map(({ type }) => type)).toEqual(['status', 'audit', 'overview']);
    expect((await kit.ask('overview', {})).accounts[0]?.state).toBe('locked');
    expect(await kit.refused('account.reveal', { name: 'a1' })).toMatchObject({ code: 'vault_locked' });
    await kit.ask('vault.unlock', {});
    expect((await kit.ask('overview', {})).accounts[0]?.state).toBe('signed_out');
  });

  it('give their token to be shown or copied, and that is in the audit', async () => {
    await using kit = await windowKit();
    await signedIn(kit);
    const shown = await kit.ask('account.reveal', { name: 'hq' });
    expect(shown.expires_in).toBeGreaterThan(3500);
    const copied = await kit.ask('account.copy', { name: 'hq', as: 'header' });
    expect(copied).toMatchObject({ kind: 'text', text: `Authorization: Bearer ${shown.access_token}` });
    const lines = await kit.ask('audit.tail', { count: 10 });
    expect(
      lines.map(({ route, account, outcome, via: listener }) => [route, account, outcome, listener]),
    ).toEqual([
      ['account.add', 'hq', 'ok', 'console'],
      ['sign_in.start', 'hq', 'ok', 'console'],
      ['account.reveal', 'hq', 'ok', 'console'],
      ['account.copy', 'hq', 'ok', 'console'],
    ]);
    expect(lines[0]?.provider).toBe('oauth2-json');
    expect(told(kit, 'audit')).toHaveLength(4);
  });

  it('are copied by the host where it can, and then no token is in the answer', async () => {
    const clipboard: string[] = [];
    const copy = async (text: string): Promise<{ clears_in: number }> => {
      clipboard.push(text);
      return { clears_in: 30 };
    };
    await using kit = await windowKit({ abilities: { clipboard: { copy } } });
    await signedIn(kit);
    const answer = await kit.ask('account.copy', { name: 'hq', as: 'token' });
    expect(answer).toEqual({ account: 'hq', expires_in: expect.any(Number), kind: 'copied', clears_in: 30 });
    expect(clipboard).toHaveLength(1);
    expect(JSON.stringify(answer)).not.toContain(clipboard[0]);
  });

  it('show their details without secrets, and who fetched their token', async () => {
    await using kit = await windowKit();
    await signedIn(kit, 'practice-eptura');
    await kit.host.endpoint.handler.fetch(new Request('http://keyfob/v1/token?account=hq'), 'socket');
    const details = await kit.ask('account.details', { name: 'hq' });
    expect(details).toMatchObject({
      provider_name: 'Eptura Workplace',
      who_am_i: true,
      can_revoke: true,
      stays_signed_in: false,
      curl: `keyfob curl hq -- -sS ${kit.vendor.url}/eptura/external/api/rest/v2/users/me`,
    });
    const field = (name: string): unknown => details.fields.find((one) => one.name === name);
    expect(field('password')).toEqual({
      name: 'password',
      label: { en: 'Password', de: 'Passwort' },
      secret: true,
      set: true,
      value: null,
    });
    expect(field('client_secret')).toMatchObject({ set: false, value: null });
    expect(field('scope')).toMatchObject({ set: false, value: 'email' });
    expect(field('username')).toMatchObject({ set: true, value: 'alice' });
    expect(details.fetched_by).toMatchObject([{ client: 'local' }]);
    const { marks, spans } = details.timeline;
    expect(marks.map(({ kind }) => kind)).toEqual(['signed_in']);
    // Within one second there is no stretch to draw.
    const since = spans.filter(({ from }) => from >= (marks[0]?.at ?? 0));
    expect(since.filter(({ kind }) => kind !== 'live')).toEqual([]);
  });

  it('say who the vendor takes them for, and mend a token that the API has refused', async () => {
    await using kit = await windowKit();
    await signedIn(kit, 'practice-eptura');
    const known = await kit.ask('account.who_am_i', { name: 'hq' });
    expect(known).toEqual({ name: 'alice', status: 200, milliseconds: expect.any(Number) });
    const first = (await kit.ask('account.reveal', { name: 'hq' })).access_token;
    // The vendor forgets the access token alone: its API answers 401.
    await fetch(`${kit.vendor.url}/eptura/external/api/oauth2/revoke`, {
      method: 'POST',
      headers: { 'x-token': first, 'Content-Type': 'application/json' },
    });
    const again = await kit.calls.call('account.who_am_i', { name: 'hq' });
    const second = await kit.calls.call('account.reveal', { name: 'hq' });
    expect([again.ok, JSON.stringify(second).includes(first)]).toEqual([true, false]);
  });

  it('say why nobody can be named', async () => {
    await using kit = await windowKit();
    await signedIn(kit);
    expect(await kit.refused('account.who_am_i', { name: 'hq' })).toMatchObject({
      code: 'bad_request',
      reason: 'no_who_am_i',
    });
    expect(await kit.ask('account.claims', { name: 'hq' })).toBeNull();
    await kit.add('practice-eptura', 'later');
    expect(await kit.refused('account.who_am_i', { name: 'later' })).toMatchObject({
      code: 'sign_in_needed',
    });
    expect(await kit.ask('account.claims', { name: 'later' })).toBeNull();
  });

  it('stay signed in with their vendor where the host has a window for that', async () => {
    const forgotten: string[] = [];
    const forget = (account: string): void => void forgotten.push(account);
    await using kit = await windowKit({ abilities: { sign_in_window: { forget } } });
    await kit.add(application, 'hq');
    await kit.ask('account.stay_signed_in', { name: 'hq', stay: true });
    expect((await kit.ask('account.details', { name: 'hq' })).stays_signed_in).toBe(true);
    await kit.ask('account.stay_signed_in', { name: 'hq', stay: false });
    expect(forgotten).toEqual(['hq']);
    await kit.ask('account.stay_signed_in', { name: 'hq', stay: true });
    await kit.ask('account.remove', { name: 'hq' });
    expect((await kit.ask('overview', {})).preferences.stay_signed_in).toEqual([]);
    expect(forgotten).toEqual(['hq', 'hq']);
    await using other = await windowKit();
    await other.add(application, 'hq');
    expect(await other.refused('account.stay_signed_in', { name: 'hq', stay: true })).toMatchObject({
      code: 'bad_request',
    });
  });
});

describe('sign-ins in the window’s calls', () => {
  it('wait for a page, take a pasted address, and are told step by step', async () => {
    await using kit = await windowKit();
    await kit.add('practice-json', 'hq');
    const started = await kit.ask('sign_in.start', { name: 'hq', where: 'paste' });
    if (started.kind !== 'waiting') throw new Error('it did not wait');
    const { id, url } = started.sign_in;
    expect((await kit.ask('overview', {})).sign_ins).toMatchObject([{ id, state: 'waiting', problem: null }]);
    expect(await kit.refused('sign_in.paste', { id, url: 'http://127.0.0.1/else' })).toMatchObject({
      code: 'bad_request',
    });
    const back = await signInOnPage(url ?? '', kit.vendor);
    await kit.ask('sign_in.paste', { id, url: back });
    await expect.poll(() => told(kit, 'sign_in').at(-1)?.sign_in.state).toBe('done');
    expect(told(kit, 'sign_in').at(-1)?.sign_in.steps).toEqual([
      'page_opened',
      'redirect_caught',
      'code_exchanged',
      'token_kept',
    ]);
    await turn();
    expect(toldAccounts(kit).at(-1)?.state).toBe('live');
  });

  it('are cancelled, with the reason in words', async () => {
    await using kit = await windowKit();
    await kit.add('practice-json', 'hq');
    const started = await kit.ask('sign_in.start', { name: 'hq', where: 'browser' });
    if (started.kind !== 'waiting') throw new Error('it did not wait');
    await kit.ask('sign_in.cancel', { id: started.sign_in.id });
    expect(told(kit, 'sign_in').at(-1)?.sign_in).toMatchObject({
      state: 'failed',
      problem: {
        code: 'sign_in_cancelled',
        reason: 'sign_in_ended',
        params: { why: { reason: 'was_cancelled' } },
      },
    });
    expect(await kit.refused('sign_in.cancel', { id: 'nobody' })).toMatchObject({ code: 'no_such_sign_in' });
  });

  it('tell the vendor’s own words', async () => {
    await using kit = await windowKit();
    await kit.add(application, 'hq');
    await kit.ask('account.change', { name: 'hq', settings: {}, secrets: { client_secret: 'canary-wrong' } });
    const problem = await kit.refused('sign_in.start', { name: 'hq' });
    expect(problem).toMatchObject({ code: 'vendor_refused', error: 'invalid_client' });
    expect(JSON.stringify(problem)).not.toContain('canary');
  });
});

describe('an address that changed under an account', () => {
  it('is asked about with old and new origin, and gets nothing before the yes', async () => {
    await using kit = await windowKit();
    await kit.add(application, 'hq');
    const elsewhere = 'http://127.0.0.1:9';
    const { asks } = await kit.ask('account.change', {
      name: 'hq',
      settings: { token_url: `${elsewhere}/token` },
      secrets: {},
    });
    const origins = { account: 'hq', known: [new URL(kit.vendor.url).origin], asked: elsewhere };
    expect(asks).toEqual([origins]);
    expect((await kit.ask('account.details', { name: 'hq' })).asks).toEqual([
      expect.objectContaining({ code: 'not_permitted', origins }),
    ]);
    expect(await kit.refused('sign_in.start', { name: 'hq' })).toMatchObject({
      code: 'not_permitted',
      origins,
    });
    const change = { name: 'hq', settings: {}, secrets: {}, allow_origins: [elsewhere] };
    expect((await kit.ask('account.change', change)).asks).toEqual([]);
    // Nothing listens there: what is said now is the network's.
    expect(await kit.refused('sign_in.start', { name: 'hq' })).toMatchObject({ code: 'vendor_unreachable' });
    const lines = (await kit.ask('audit.tail', { count: 20 })).filter(({ route }) =>
      route.includes('origin'),
    );
    expect(lines.map(({ route, outcome, account }) => [route, outcome, account])).toEqual([
      ['account.origin_refused', 'not_permitted', 'hq'],
      ['account.origin_allowed', 'ok', 'hq'],
    ]);
  });
});
