// What holds for every call of the window, against a real host and a real practice vendor.
import { describe, expect, it } from 'vitest';
import { signedIn, signInOnPage, turn, windowKit } from '../../testing/window-kit.ts';
import { describeProblem, windowTexts } from '../messages/index.ts';

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

describe('bad requests of the window', () => {
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
    for (const [name, request, texts] of cases) {
      const problem = await kit.refused(name, request);
      expect(problem, name).toMatchObject({
        code: 'bad_request',
        reason: 'bad_call',
      });
      expect(describeProblem(windowTexts.en, problem).detail).toMatch(texts);
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

describe('secrets in the window’s calls', () => {
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
    const exported = await kit.host.keyfob.exportAccounts({ secrets: true });
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
    for (const { name, text: output } of everything) {
      for (const secret of secrets) expect(output, name).not.toContain(secret);
      expect(output, name).not.toContain('refresh_token":"');
      if (name === 'account.reveal' || name === 'account.copy') continue;
      for (const token of tokens) expect(output, name).not.toContain(token);
    }
  });
});
