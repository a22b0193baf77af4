import { describe, expect, it } from 'vitest';
import { endpointKit, kitLifetime } from '../../testing/endpoint-kit.ts';
import type { CopyForm } from '../api/window.ts';
import { copyToken } from './copying.ts';

describe('the copying of a token', () => {
  it("puts the token's form into the clipboard and says what becomes of it", async () => {
    await using kit = await endpointKit([{ name: 'hq' }]);
    const { access, keyfob } = kit;
    const texts: string[] = [];
    const clipboard = {
      async copy(text: string) {
        texts.push(text);
        return { clears_in: 30 };
      },
    };
    const copy = (account: string, as: CopyForm, confirmed = false) =>
      access.byOwner({ via: 'tray', route: 'account.copy', account, audited: true }, (serving) =>
        copyToken({ keyfob, access }, clipboard, { name: account, as, confirmed }, serving),
      );
    expect(await copy('hq', 'token')).toEqual({
      kind: 'copied',
      account: 'hq',
      expires_in: kitLifetime,
      clears_in: 30,
    });
    await copy('hq', 'curl');
    const program = process.platform === 'win32' ? 'curl.exe' : 'curl';
    expect(texts).toEqual(['token-of-hq', `${program} -H 'Authorization: Bearer token-of-hq' `]);
    await expect(copy('nobody', 'token')).rejects.toMatchObject({ code: 'no_such_account' });
    expect(texts).toHaveLength(2);
    await keyfob.setLabels('hq', { ask_before_copy: true });
    await expect(copy('hq', 'token')).rejects.toMatchObject({ problem: { reason: 'copy_not_confirmed' } });
    expect(texts).toHaveLength(2);
    await copy('hq', 'token', true);
    expect(texts).toHaveLength(3);
    const line = { client: 'local', via: 'tray', route: 'account.copy' };
    expect(await access.audit.tail(10)).toMatchObject([
      { ...line, account: 'hq', provider: 'oauth2', outcome: 'ok' },
      { ...line, account: 'hq', provider: 'oauth2', outcome: 'ok' },
      // What is the name of no account may be a token in the wrong place.
      { ...line, account: null, provider: null, outcome: 'no_such_account' },
      { ...line, account: 'hq', outcome: 'bad_request' },
      { ...line, account: 'hq', outcome: 'ok' },
    ]);
  });

  it('is what counts as the person’s use, and is told; what a script fetches as the owner is not', async () => {
    await using kit = await endpointKit([{ name: 'hq' }]);
    const { access, keyfob } = kit;
    const told: string[] = [];
    keyfob.on((event) => told.push(event.type));
    const ask = { via: 'socket', route: 'GET /v1/token', account: 'hq', audited: true } as const;
    await access.byOwner(ask, (serving) => access.token({ account: 'hq' }, serving));
    expect([keyfob.account('hq').last_used_at, told]).toEqual([null, []]);
    const clipboard = { copy: async () => ({ clears_in: 30 }) };
    await access.byOwner({ ...ask, via: 'tray', route: 'account.copy' }, (serving) =>
      copyToken({ keyfob, access }, clipboard, { name: 'hq', as: 'token' }, serving),
    );
    expect(keyfob.account('hq').last_used_at).not.toBeNull();
    expect(told).toEqual(['account.changed']);
  });
});
