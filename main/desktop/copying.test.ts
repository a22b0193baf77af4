import { describe, expect, it } from 'vitest';
import { accountView, fakeKeyfob } from '../../testing/fake-keyfob.ts';
import { createCopying } from './copying.ts';

describe('copying', () => {
  it("puts the token's form into the clipboard and says what becomes of it", async () => {
    const texts: string[] = [];
    const copy = createCopying({
      keyfob: fakeKeyfob(accountView('hq')),
      clipboard: {
        async copy(text) {
          texts.push(text);
          return { clearsIn: 30 };
        },
      },
      platform: 'linux',
      apiAddress: () => 'https://api.example.com/me',
    });
    expect(await copy('hq', 'token')).toEqual({
      kind: 'copied',
      account: 'hq',
      expires_in: 100,
      clears_in: 30,
    });
    await copy('hq', 'curl');
    expect(texts).toEqual([
      'token-of-hq',
      "curl -H 'Authorization: Bearer token-of-hq' 'https://api.example.com/me'",
    ]);
    await expect(copy('nobody', 'token')).rejects.toMatchObject({ code: 'no_such_account' });
    expect(texts).toHaveLength(2);
  });
});
