import { describe, expect, it } from 'vitest';
import { accountView, fakeKeyfob } from '../../testing/fake-keyfob.ts';
import { handClock } from '../../testing/hand-clock.ts';
import type { AuditLine } from '../api/audit.ts';
import { createCopying } from './copying.ts';

describe('copying', () => {
  it("puts the token's form into the clipboard and says what becomes of it", async () => {
    const texts: string[] = [];
    const lines: AuditLine[] = [];
    const copy = createCopying({
      keyfob: fakeKeyfob(accountView('hq')),
      clipboard: {
        async copy(text) {
          texts.push(text);
          return { clearsIn: 30 };
        },
      },
      audit: { record: (line) => void Promise.resolve(line).then((one) => lines.push(one)) },
      clock: handClock(1_700_000_000_500),
      platform: 'linux',
    });
    expect(await copy('hq', 'token')).toEqual({
      kind: 'copied',
      account: 'hq',
      expires_in: 100,
      clears_in: 30,
    });
    await copy('hq', 'curl');
    expect(texts).toEqual(['token-of-hq', "curl -H 'Authorization: Bearer token-of-hq' "]);
    await expect(copy('nobody', 'token')).rejects.toMatchObject({ code: 'no_such_account' });
    expect(texts).toHaveLength(2);
    const line = { at: 1_700_000_000, client: 'local', door: 'tray', route: 'account.copy' };
    expect(lines).toEqual([
      { ...line, account: 'hq', provider: 'oauth2', outcome: 'ok' },
      { ...line, account: 'hq', provider: 'oauth2', outcome: 'ok' },
      { ...line, account: 'nobody', provider: null, outcome: 'no_such_account' },
    ]);
  });
});
