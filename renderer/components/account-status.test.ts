import { afterEach, describe, expect, it } from 'vitest';
import { accountView } from '../../testing/account-view.ts';
import { lang } from '../i18n/lang.svelte.ts';
import { accountStatus } from './account-status.ts';

const now = 1_800_000_000;
afterEach(() => lang.choose('en'));

describe('the time that a token has left', () => {
  it('is not told as 0 s while there is some', async () => {
    const account = accountView('hq', { expires_at: now + 9 });
    expect(accountStatus(account, now).time).toBe('a few seconds');
    expect(accountStatus({ ...account, expires_at: now + 59 }, now).time).toBe('50 s');
    expect(accountStatus({ ...account, expires_at: now }, now)).toMatchObject({ time: '', text: 'Expired' });
    await lang.choose('de');
    expect(accountStatus(account, now).time).toBe('wenige Sekunden');
  });

  it('is written by the same units wherever it stands, in German too', async () => {
    await lang.choose('de');
    const account = accountView('hq', { expires_at: now + 2580 });
    expect(accountStatus(account, now).time).toBe('43 min');
    expect(lang.span(2580)).toBe('43 min');
  });
});
