// Every call, against a real host and a real practice vendor.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { News } from '../api/window.ts';
import { signInOnPage, windowKit } from '../../testing/window-kit.ts';
import type { WindowKit } from '../../testing/window-kit.ts';
import { message } from '../api/problems/index.ts';
import { describeProblem, sentenceOf, windowTexts } from '../messages/index.ts';
import { KeyfobError } from '../api/errors.ts';

const application = 'practice-json-application';

async function signedIn(kit: WindowKit, practice = application): Promise<void> {
  await kit.add(practice, 'hq');
  const started = await kit.ask('sign_in.start', { name: 'hq' });
  expect(started).toMatchObject({ kind: 'done', account: { state: 'live' } });
}

/** Lets news of this turn be told. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

const told = <Type extends News['type']>(kit: WindowKit, type: Type): Extract<News, { type: Type }>[] =>
  kit.news.filter((one): one is Extract<News, { type: Type }> => one.type === type);

describe('accounts', () => {
  it('are added, selected, changed, signed out and removed, and are told one by one', async () => {
    await using kit = await windowKit();
    await kit.add(application, 'one');
    await kit.add(application, 'two');
    await turn();
    kit.news.length = 0;
    expect(await kit.ask('account.use', { name: 'two' })).toMatchObject({ name: 'two', selected: true });
    await turn();
    expect(told(kit, 'account').map(({ account }) => [account.name, account.selected])).toEqual([
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

  it('are told in one piece when many change at once', async () => {
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
    await kit.ask('vault.lock', {});
    await turn();
    expect(kit.news.map(({ type }) => type)).toEqual(['status', 'overview']);
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
    expect(lines.map(({ route, account, outcome, door }) => [route, account, outcome, door])).toEqual([
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
    expect(details.timeline.marks.map(({ kind }) => kind)).toEqual(['signed_in']);
    expect(details.timeline.spans.map(({ kind }) => kind).at(-1) ?? 'live').toBe('live');
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

describe('sign-ins', () => {
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
    expect(told(kit, 'account').at(-1)?.account.state).toBe('live');
  });

  it('are cancelled, with the reason in words', async () => {
    await using kit = await windowKit();
    await kit.add('practice-json', 'hq');
    const started = await kit.ask('sign_in.start', { name: 'hq', where: 'browser' });
    if (started.kind !== 'waiting') throw new Error('it did not wait');
    await kit.ask('sign_in.cancel', { id: started.sign_in.id });
    expect(told(kit, 'sign_in').at(-1)?.sign_in).toMatchObject({
      state: 'failed',
      problem: { code: 'sign_in_cancelled', reason: 'was_cancelled' },
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

describe('the practice vendor', () => {
  it('gives accounts with names that are free, which sign in on a page', async () => {
    await using kit = await windowKit();
    expect((await kit.ask('practice.add', {})).name).toBe('practice');
    expect(await kit.ask('practice.add', {})).toMatchObject({
      name: 'practice-2',
      grant: 'authorization_code',
    });
    const started = await kit.ask('sign_in.start', { name: 'practice', where: 'paste' });
    if (started.kind !== 'waiting') throw new Error('it did not wait');
    const back = await signInOnPage(started.sign_in.url ?? '', kit.vendor);
    await kit.ask('sign_in.paste', { id: started.sign_in.id, url: back });
    await kit.host.keyfob.waitForSignIn(started.sign_in.id, 5_000);
    expect((await kit.ask('account.reveal', { name: 'practice' })).access_token).not.toBe('');
  });
});

describe('providers', () => {
  const acme = readFileSync(path.join(import.meta.dirname, '../../docs/examples/acme-desks.json'), 'utf8');

  it('are described, checked by line, dry-run and added', async () => {
    await using kit = await windowKit();
    const { text } = await kit.ask('provider.profile', { id: 'oauth2' });
    expect(JSON.parse(text)).toMatchObject({ id: 'oauth2' });
    expect((await kit.ask('provider.schema', {})).schema).toMatchObject({ type: 'object' });
    expect(await kit.ask('provider.check', { text: acme })).toMatchObject({
      faults: [],
      form: { id: 'acme-desks', default_grant: 'authorization_code' },
    });
    const misspelt = acme.replace('"pkce"', '"pkse"');
    const { faults } = await kit.ask('provider.check', { text: misspelt });
    expect(faults).toContainEqual({
      line: misspelt.split('\n').findIndex((line) => line.includes('"pkse"')) + 1,
      path: 'authorize.pkse',
      fault: message('unknown_name', { advice: message('did_you_mean', { name: 'pkce' }) }),
    });
    expect((await kit.ask('provider.check', { text: '{' })).faults).toHaveLength(1);
    const { requests } = await kit.ask('provider.dry_run', { text: acme, values: {} });
    expect(requests.map(({ step }) => step)).toContain('sign_in');
    expect(await kit.refused('provider.dry_run', { text: '{}', values: {} })).toMatchObject({
      code: 'bad_request',
      reason: 'invalid_profile',
    });
    const added = await kit.ask('provider.add', { text: acme });
    expect(added.notes.map((note) => sentenceOf(windowTexts.en, note)).join()).toMatch(
      /https:\/\/\{tenant\}\.desks\.example\.com/,
    );
    expect(added.asks).toEqual([]);
    expect(told(kit, 'providers').at(-1)?.providers.at(-1)).toMatchObject({
      id: added.id,
      name: added.name,
      built_in: false,
    });
    expect(await kit.refused('provider.add', { text: '{}' })).toMatchObject({ code: 'bad_request' });
  });

  it('open their documented page when it is of the web, and nothing else', async () => {
    await using kit = await windowKit();
    const profile = JSON.parse(acme) as Record<string, unknown>;
    const add = (id: string, docs: string): Promise<unknown> =>
      kit.ask('provider.add', { text: JSON.stringify({ ...profile, id, docs }) });
    await add('with-docs', 'https://vendor.example/docs');
    await add('with-file', 'file:///etc/passwd');
    await kit.ask('open.docs', { provider: 'with-docs' });
    expect(kit.opened).toEqual(['https://vendor.example/docs']);
    expect(await kit.refused('open.docs', { provider: 'with-file' })).toMatchObject({ code: 'bad_request' });
    expect(await kit.refused('open.docs', { provider: 'oauth2' })).toMatchObject({ code: 'bad_request' });
    expect(await kit.refused('open.docs', { provider: 'nobody' })).toMatchObject({
      code: 'no_such_provider',
    });
    expect(kit.opened).toHaveLength(1);
  });
});

describe('local tools', () => {
  it('get a key that is shown once, and wait for a yes', async () => {
    await using kit = await windowKit();
    await signedIn(kit);
    const client = { name: 'bot', accounts: ['hq'], scopes: null, approve: 'ask', expires_at: null } as const;
    const { key } = await kit.ask('client.add', client);
    expect(key).toMatch(/^kf_/);
    expect(told(kit, 'clients').at(-1)?.clients).toMatchObject([{ name: 'bot', approve: 'ask' }]);
    expect(JSON.stringify(kit.news)).not.toContain(key);
    expect(await kit.refused('client.add', { ...client, name: 'x', accounts: ['nobody'] })).toMatchObject({
      code: 'no_such_account',
    });
    const headers = { Authorization: `Bearer ${key}` };
    const asked = kit.host.endpoint.handler.fetch(
      new Request('http://keyfob/v1/token?account=hq', { headers }),
      'socket',
    );
    await expect.poll(() => told(kit, 'approvals').at(-1)?.approvals.length).toBe(1);
    const [waiting] = (await kit.ask('overview', {})).approvals;
    expect(waiting).toMatchObject({
      kind: 'request',
      client: 'bot',
      account: 'hq',
    });
    await kit.ask('approval.answer', { id: waiting?.id ?? '', allow: true });
    expect((await asked).status).toBe(200);
    expect(await kit.refused('approval.answer', { id: 'x', allow: true })).toMatchObject({
      code: 'bad_request',
    });
    await kit.ask('client.remove', { name: 'bot' });
    expect(told(kit, 'clients').at(-1)?.clients).toEqual([]);
    expect((await kit.ask('account.details', { name: 'hq' })).fetched_by).toMatchObject([{ client: 'bot' }]);
  });
});

describe('the home', () => {
  it('keeps preferences over a restart, beside what a newer version wrote', async () => {
    await using kit = await windowKit();
    const now = await kit.ask('preferences.change', { theme: 'dark', refresh_ahead: 600 });
    expect(now).toMatchObject({ theme: 'dark', refresh_ahead: 600, clipboard_seconds: 30 });
    expect(told(kit, 'preferences').at(-1)?.preferences).toEqual(now);
    await turn();
    expect(told(kit, 'overview')).toHaveLength(1);
    const file = path.join(kit.home, 'preferences.json');
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...kept, from_a_newer_one: 1, language: 'klingon' }));
    await using again = await kit.restart('memory');
    const { preferences } = await again.ask('overview', {});
    expect(preferences).toMatchObject({ theme: 'dark', refresh_ahead: 600, language: 'system' });
    await again.ask('preferences.change', { theme: 'light' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ theme: 'light', from_a_newer_one: 1 });
  });

  it('refuses what this host cannot do, and asks the system before it keeps', async () => {
    await using kit = await windowKit();
    expect(await kit.refused('preferences.change', { open_at_login: true })).toMatchObject({
      code: 'bad_request',
    });
    expect(await kit.refused('preferences.change', { shortcut_copy: 'Control+K' })).toMatchObject({
      code: 'bad_request',
    });
    const opened: boolean[] = [];
    const taken = new KeyfobError('no_autostart', {});
    await using able = await windowKit({
      abilities: {
        open_at_login: (open) => void opened.push(open),
        shortcuts: () => {
          throw taken;
        },
      },
    });
    await able.ask('preferences.change', { open_at_login: true });
    expect(opened).toEqual([true]);
    expect(await able.refused('preferences.change', { shortcut_copy: 'Control+K' })).toMatchObject({
      reason: 'no_autostart',
    });
    expect((await able.ask('overview', {})).preferences).toMatchObject({
      open_at_login: true,
      shortcut_copy: null,
    });
  });

  it('leaves by export and comes back by import', async () => {
    await using kit = await windowKit();
    await signedIn(kit);
    const plain = await kit.ask('transfer.export', {});
    expect(plain.text).not.toContain('client_secret');
    const sealed = await kit.ask('transfer.export', { passphrase: 'correct horse battery' });
    expect(await kit.refused('transfer.export', { passphrase: 'short' })).toMatchObject({
      code: 'bad_request',
    });
    await using other = await windowKit();
    const results = await other.ask('transfer.import', { ...sealed, passphrase: 'correct horse battery' });
    expect(results).toEqual([{ kind: 'account', name: 'hq', outcome: 'added', why: [] }]);
    expect(await other.refused('transfer.import', { text: 'nothing' })).toMatchObject({
      code: 'bad_request',
    });
    expect(await other.refused('transfer.import', sealed)).toMatchObject({ code: 'bad_request' });
  });

  it(
    'moves its secrets into a file, where a restart finds them, tokens too',
    { timeout: 30_000 },
    async () => {
      await using kit = await windowKit();
      await signedIn(kit);
      const { access_token: token } = await kit.ask('account.reveal', { name: 'hq' });
      expect(await kit.refused('vault.move', { to: 'file' })).toMatchObject({
        code: 'bad_request',
        reason: 'passphrase_wanted',
        field: 'passphrase',
      });
      const status = await kit.ask('vault.move', { to: 'file', passphrase: 'correct horse' });
      expect(status.vault).toEqual({ kind: 'file', locked: false, why: message('moved_there', {}) });
      expect(told(kit, 'status').at(-1)?.status.vault.kind).toBe('file');
      expect(await kit.refused('vault.move', { to: 'file', passphrase: 'correct horse' })).toMatchObject({
        code: 'bad_request',
      });
      const passphraseFile = path.join(kit.home, '..', 'passphrase');
      writeFileSync(passphraseFile, 'correct horse\n');
      await using again = await kit.restart(undefined, passphraseFile);
      expect((await again.ask('account.reveal', { name: 'hq' })).access_token).toBe(token);
    },
  );

  it('tells its licences, or that they were not built', async () => {
    await using kit = await windowKit();
    const reply = await kit.calls.call('about.licences', {});
    if (reply.ok) expect(JSON.stringify(reply.value)).toMatch(/MIT/);
    else expect(reply.problem).toMatchObject({ reason: 'licences_missing', action: { type: 'build' } });
  });
});

describe('bad requests', () => {
  it('name the field, never the value, and reach nothing', async () => {
    await using kit = await windowKit();
    const cases: [string, unknown, RegExp][] = [
      ['account.use', {}, /`name`/],
      ['account.use', { name: 7 }, /`name`/],
      ['account.use', { name: 'hq', more: 1 }, /unknown `more`/],
      ['account.use', null, /object/],
      ['account.use', 'canary-value', /object/],
      ['account.copy', { name: 'hq', as: 'canary-value' }, /`as` must be one of token, header, curl/],
      ['account.add', { name: 'hq', provider: 'x', settings: { a: 1 }, secrets: {} }, /`settings` \/ `a`/],
      ['preferences.change', { clipboard_seconds: 4 }, /`clipboard_seconds`/],
      ['preferences.change', { shortcut_copy: 'canary value' }, /`shortcut_copy`/],
      ['audit.tail', { count: -1 }, /`count`/],
      ['vault.move', { to: 'memory' }, /`to`/],
      ['overview', { constructor: 1 }, /`constructor`/],
    ];
    for (const [name, request, words] of cases) {
      const problem = await kit.refused(name, request);
      expect(problem, name).toMatchObject({
        code: 'bad_request',
        reason: 'bad_call',
      });
      expect(describeProblem(windowTexts.en, problem).detail).toMatch(words);
      expect(JSON.stringify(problem)).not.toContain('canary');
    }
    for (const name of ['nope', 'constructor', '__proto__', 'toString', 7, null, undefined, {}]) {
      const reply = await kit.calls.call(name, {});
      expect(reply).toMatchObject({ ok: false, problem: { code: 'bad_request' } });
    }
    expect(await kit.ask('audit.tail', { count: 10 })).toEqual([]);
  });

  it('of the inside are told without the inside', async () => {
    const copy = (): never => {
      throw new TypeError('canary-internal');
    };
    await using kit = await windowKit({ abilities: { clipboard: { copy } } });
    await signedIn(kit);
    const problem = await kit.refused('account.copy', { name: 'hq', as: 'token' });
    expect(problem.code).toBe('unexpected');
    expect(JSON.stringify(problem)).not.toContain('canary');
  });
});

describe('secrets', () => {
  it('are in no answer and no news, but the one token that was asked for', { timeout: 30_000 }, async () => {
    await using kit = await windowKit();
    await signedIn(kit, 'practice-json-password');
    const names = ['practice-json-password'];
    const secrets = kit.vendor.description.accounts
      .filter(({ name }) => names.includes(name))
      .flatMap((account) => Object.values(account.secrets));
    expect(secrets).toHaveLength(2);
    const tokens: string[] = [];
    for (let round = 0; round < 2; round++) {
      tokens.push((await kit.ask('account.reveal', { name: 'hq' })).access_token);
      await kit.ask('account.copy', { name: 'hq', as: 'curl' });
      await kit.ask('account.refresh', { name: 'hq' });
    }
    const exported = kit.host.keyfob.exportAccounts({ secrets: true });
    expect(JSON.stringify(exported)).toContain(secrets[0]);
    const { text } = await kit.ask('provider.profile', { id: 'oauth2-json' });
    const reads: [string, unknown][] = [
      ['overview', {}],
      ['account.use', { name: 'hq' }],
      ['account.details', { name: 'hq' }],
      ['account.claims', { name: 'hq' }],
      ['account.who_am_i', { name: 'hq' }],
      ['account.change', { name: 'hq', settings: {}, secrets: { password: secrets[1] } }],
      [
        'account.add',
        { name: 'hq', provider: 'oauth2-json', settings: {}, secrets: { client_secret: secrets[0] } },
      ],
      ['account.add', { name: 'b', provider: 'oauth2', settings: { client_id: secrets[0] }, secrets: {} }],
      ['sign_in.start', { name: 'hq' }],
      ['provider.check', { text }],
      [
        'provider.dry_run',
        { text, grant: 'password', values: { client_secret: secrets[0], password: secrets[1] } },
      ],
      ['transfer.export', {}],
      ['transfer.export', { passphrase: 'correct horse battery' }],
      ['audit.tail', { count: 100 }],
      ['vault.lock', {}],
      ['vault.unlock', {}],
      ['account.logout', { name: 'hq' }],
      ['account.revoke', { name: 'hq' }],
    ];
    for (const [name, request] of reads) {
      const reply = await kit.calls.call(name, request);
      kit.answers.push({ name, text: JSON.stringify(reply) });
    }
    await turn();
    expect(new Set(tokens).size).toBe(2);
    const everything = [
      ...kit.answers,
      ...kit.news.map((one) => ({ name: one.type, text: JSON.stringify(one) })),
    ];
    for (const { name, text: said } of everything) {
      for (const secret of secrets) expect(said, name).not.toContain(secret);
      expect(said, name).not.toContain('refresh_token":"');
      if (name === 'account.reveal' || name === 'account.copy') continue;
      for (const token of tokens) expect(said, name).not.toContain(token);
    }
  });
});
