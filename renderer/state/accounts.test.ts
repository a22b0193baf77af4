import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { application, signedIn, windowKit } from '../../testing/window-kit.ts';
import { windowState } from '../../testing/window-state.ts';

beforeEach(() => void vi.stubGlobal('history', { pushState: vi.fn(), replaceState: vi.fn() }));
afterEach(() => void vi.unstubAllGlobals());

describe('an account', () => {
  it('is selected, refreshed, signed out and removed, and the session follows', async () => {
    await using kit = await windowKit();
    await signedIn(kit);
    await kit.add(application, 'other');
    const { accounts, session, toasts, navigation } = await windowState(kit);
    await accounts.use('other');
    expect(session.selected?.name).toBe('other');
    await accounts.refresh('hq');
    expect(toasts.current).toMatchObject({ tone: 'good', text: 'Refreshed: hq' });
    await accounts.signOut('hq');
    expect(session.byName('hq')?.state).toBe('signed_out');
    navigation.go({ screen: 'details', account: 'hq' });
    await accounts.remove('hq');
    expect(session.byName('hq')).toBeNull();
    expect(navigation.current).toEqual({ screen: 'accounts' });
  });

  it('that is removed leaves the screen of another as it is', async () => {
    await using kit = await windowKit();
    await signedIn(kit);
    await kit.add(application, 'other');
    const { accounts, navigation } = await windowState(kit);
    navigation.go({ screen: 'details', account: 'other' });
    await accounts.remove('hq');
    expect(navigation.current).toEqual({ screen: 'details', account: 'other' });
  });

  it('is asked about before it loses its sign-in: whether its vendor can revoke is looked up', async () => {
    await using kit = await windowKit();
    await signedIn(kit);
    const { accounts, called } = await windowState(kit);
    await accounts.confirm('sign_out', 'hq');
    expect(accounts.confirmation).toEqual({ action: 'sign_out', name: 'hq', canRevoke: false });
    expect(called).not.toContain('account.details');
    const { can_revoke: canRevoke } = await kit.ask('account.details', { name: 'hq' });
    await accounts.confirm('revoke', 'hq');
    expect(accounts.confirmation).toEqual({ action: 'revoke', name: 'hq', canRevoke });
  });

  it('is not asked about when it is gone', async () => {
    await using kit = await windowKit();
    const { accounts, toasts } = await windowState(kit);
    await accounts.confirm('revoke', 'gone');
    expect(accounts.confirmation).toBeNull();
    expect(toasts.current?.tone).toBe('bad');
  });

  it('is named by whatever failure is about it', async () => {
    await using kit = await windowKit();
    const { accounts, toasts } = await windowState(kit);
    const failing = {
      use: () => accounts.use('gone'),
      copy: () => accounts.copy('gone'),
      pin: () => accounts.pin('gone', true),
      refresh: () => accounts.refresh('gone'),
      signOut: () => accounts.signOut('gone'),
      confirm: () => accounts.confirm('revoke', 'gone'),
      revoke: () => accounts.revoke('gone'),
      remove: () => accounts.remove('gone'),
    };
    for (const [what, fail] of Object.entries(failing)) {
      toasts.clear();
      await fail();
      expect(toasts.current, what).toMatchObject({ tone: 'bad', account: 'gone' });
    }
  });

  it('that is signed in to takes away its own failures, and nothing else that was told', async () => {
    await using kit = await windowKit();
    const { accounts, toasts } = await windowState(kit);
    toasts.failure({ text: 'It failed.', account: 'hq' });
    toasts.failure({ text: 'It failed.', account: 'other' });
    toasts.success('Scripts now get berlin');
    accounts.signIn('hq');
    expect(toasts.shown.map(({ text, account }) => [text, account])).toEqual([
      ['It failed.', 'other'],
      ['Scripts now get berlin', null],
    ]);
  });

  it('of the practice vendor is added and signed in to in one go', async () => {
    await using kit = await windowKit();
    const { accounts, session, navigation } = await windowState(kit);
    await accounts.addPractice();
    const [account] = session.accounts;
    expect(navigation.current).toEqual({ screen: 'sign_in', account: account?.name });
  });
});

describe('a copied token', () => {
  it('goes to the clipboard and is in nothing that the window keeps', async () => {
    await using kit = await windowKit();
    await signedIn(kit);
    const state = await windowState(kit);
    const written: string[] = [];
    vi.stubGlobal('navigator', {
      languages: ['en'],
      clipboard: { writeText: (text: string) => Promise.resolve(void written.push(text)) },
      permissions: { query: () => Promise.resolve({ state: 'denied' }) },
    });
    await state.accounts.copy('hq');
    const { access_token: token } = await kit.ask('account.reveal', { name: 'hq' });
    expect(written).toEqual([token]);
    expect(state.toasts.current?.text).toBe('Copied: token of hq');
    const kept = JSON.stringify([state.session.overview, state.toasts.current, state.navigation.current]);
    expect(kept).not.toContain(token);
  });
});
