// The window's calls about the home, its providers and local tools, against a real host and a real practice vendor.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { signedIn, told, turn, windowKit } from '../../testing/window-kit.ts';
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import { sentenceOf, windowTexts } from '../messages/index.ts';

describe('what the person does at the window', () => {
  it('was in no line of the audit: keys, locks, providers', async () => {
    await using kit = await windowKit();
    const text = JSON.stringify({ extends: 'oauth2', id: 'acme', name: 'Acme', credentials_help: 'Ask.' });
    const { key } = await kit.ask('client.add', { name: 'bot' });
    await kit.ask('client.remove', { name: 'bot' });
    await kit.ask('provider.add', { text });
    await kit.ask('provider.add', { text });
    await kit.ask('vault.lock', {});
    await kit.ask('vault.unlock', {});
    const lines = await kit.ask('audit.tail', { count: 10 });
    expect(lines.map(({ route, about, account, outcome }) => [route, about, account, outcome])).toEqual([
      ['client.add', 'bot', null, 'ok'],
      ['client.remove', 'bot', null, 'ok'],
      ['provider.add', 'acme', null, 'ok'],
      ['provider.add', 'acme, replaced', null, 'ok'],
      ['vault.lock', undefined, null, 'ok'],
      ['vault.unlock', undefined, null, 'ok'],
    ]);
    expect(JSON.stringify(lines)).not.toContain(key);
  });
});

describe('the home in the window’s calls', () => {
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
      expect(status.vault).toEqual({
        kind: 'file',
        locked: false,
        away: null,
        why: message('moved_there', {}),
      });
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

describe('providers in the window’s calls', () => {
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
    const withFile = JSON.stringify({ ...profile, id: 'with-file', docs: 'file:///etc/passwd' });
    expect(await kit.refused('provider.add', { text: withFile })).toMatchObject({ code: 'bad_request' });
    await kit.ask('open.docs', { provider: 'with-docs' });
    expect(kit.opened).toEqual(['https://vendor.example/docs']);
    expect(await kit.refused('open.docs', { provider: 'oauth2' })).toMatchObject({ code: 'bad_request' });
    expect(await kit.refused('open.docs', { provider: 'nobody' })).toMatchObject({
      code: 'no_such_provider',
    });
    expect(kit.opened).toHaveLength(1);
  });
});

describe('local tools in the window’s calls', () => {
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
