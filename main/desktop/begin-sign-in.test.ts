import { describe, expect, it } from 'vitest';
import { emptyHome, json, openKit } from '../../testing/core-kit.ts';
import type { Kit } from '../../testing/core-kit.ts';
import { notesKit } from '../../testing/notes-kit.ts';
import type { NotesKit } from '../../testing/notes-kit.ts';
import { pageAccount, signInPages } from '../../testing/sign-in-pages.ts';
import type { SignInPages } from '../../testing/sign-in-pages.ts';
import { settle } from '../../testing/virtual-clock.ts';
import { createSignInStarter } from './begin-sign-in.ts';

interface Begun extends NotesKit {
  readonly kit: Kit;
  readonly pages: SignInPages;
  /** Where the window was shown. */
  readonly shownAt: readonly unknown[];
}

/** Begins a sign-in to `hq`, where the page has been opened, or its address is for the person. */
async function begin({ opened = true, account = 'hq' } = {}): Promise<Begun> {
  const pages = signInPages({ opened });
  const kit = await openKit(() => json({ access_token: 'a', token_type: 'bearer', expires_in: 3600 }), {
    ...emptyHome(),
    signIn: pages.signIn,
  });
  await kit.keyfob.add(pageAccount('hq'));
  await kit.keyfob.add({
    name: 'robot',
    provider: 'oauth2',
    grant: 'client_credentials',
    settings: { token_url: 'https://vendor.example/token', client_id: 'robot' },
    secrets: { client_secret: 's' },
  });
  const notes = notesKit();
  const shownAt: unknown[] = [];
  createSignInStarter({
    keyfob: kit.keyfob,
    window: { show: (location) => void shownAt.push(location) },
    notes: notes.notes,
  })(account);
  if (account === 'hq') await expect.poll(pages.shown).toBe(1);
  await settle();
  return { ...notes, kit, pages, shownAt };
}

describe('a sign-in that was begun from the tray', () => {
  it('tells that it is done, at once or after its page', async () => {
    await expect.poll((await begin({ account: 'robot' })).titles).toEqual(['Signed in to robot']);
    const { titles, pages, kit } = await begin();
    // Longer than one wait for its end.
    await kit.clock.pass(90_000);
    expect(titles()).toEqual([]);
    pages.answer();
    await expect.poll(titles).toEqual(['Signed in to hq']);
    expect(kit.keyfob.account('hq').state).toBe('live');
  });

  it('opens no window of ours beside the sign-in window', async () => {
    expect((await begin()).shownAt).toEqual([]);
  });

  it('opens the window where a person has to read or paste something', async () => {
    expect((await begin({ opened: false })).shownAt).toEqual([{ screen: 'sign_in', account: 'hq' }]);
  });

  it('tells why it failed, and not that the person closed it', async () => {
    const refused = await begin();
    refused.kit.answer = () => json({ error: 'invalid_grant' }, 400);
    refused.pages.answer();
    await expect.poll(refused.shown).toBe(1);
    expect(refused.visible).toMatchObject([
      {
        title: 'Signing in to hq failed',
        body: expect.stringContaining('OAuth 2.0 refused: invalid_grant.') as string,
      },
    ]);
    const closed = await begin();
    closed.pages.giveUp('window_closed');
    await settle();
    expect(closed.kit.keyfob.signIns()).toMatchObject([{ state: 'failed' }]);
    expect(closed.titles()).toEqual([]);
    const unknown = await begin({ account: 'nobody' });
    expect(unknown.titles()).toEqual(['Signing in to nobody failed']);
  });
});
