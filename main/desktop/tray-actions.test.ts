import { problem } from '../../testing/short-message.ts';
import { describe, expect, it } from 'vitest';
import { accountView, fakeKeyfob } from '../../testing/fake-keyfob.ts';
import type { FakeKeyfob } from '../../testing/fake-keyfob.ts';
import { notesKit } from '../../testing/notes-kit.ts';
import type { NotesKit } from '../../testing/notes-kit.ts';
import { KeyfobError } from '../api/errors.ts';
import type { Access } from '../access/index.ts';
import { ownerVia } from '../access/index.ts';
import { createTrayActions } from './tray-actions.ts';
import type { TrayActions } from './tray-actions.ts';

interface Bench extends NotesKit {
  readonly keyfob: FakeKeyfob;
  readonly actions: TrayActions;
  readonly did: string[];
  /** What the audit is to keep. */
  readonly asked: string[];
}

function bench({ fails, wanted = true }: { fails?: KeyfobError; wanted?: boolean } = {}): Bench {
  const keyfob = fakeKeyfob(accountView('hq', { selected: true }), accountView('berlin'));
  const kit = notesKit(() => wanted);
  const did: string[] = [];
  const asked: string[] = [];
  const access: Pick<Access, 'byOwner' | 'token'> = {
    byOwner: async ({ via, route }, serve) => {
      asked.push(route);
      const entry = {
        by: () => undefined,
        concerns: () => undefined,
        about: () => undefined,
        wants: () => undefined,
        keep: () => undefined,
      };
      return serve({ actor: ownerVia(via), entry });
    },
    async token(request) {
      if (fails !== undefined) throw fails;
      return { ...(await keyfob.token(request)), expires_in: 2_590 };
    },
  };
  const actions = createTrayActions({
    keyfob,
    access,
    clipboard: {
      async copy(text) {
        did.push(`copy ${text}`);
        return { clears_in: 30 };
      },
    },
    notes: kit.notes,
    signIn: (account) => void did.push(`sign in ${account}`),
    window: { show: (place) => void did.push(`show ${place?.screen ?? ''}`.trim()) },
    quit: () => void did.push('quit'),
  });
  return { ...kit, keyfob, actions, did, asked };
}

describe('a click on the tray', () => {
  it("copies the selected account's token and says so with its remaining life", async () => {
    const { actions, standing, did } = bench();
    await actions.copySelected();
    expect(did).toEqual(['copy token-of-hq']);
    expect(standing).toEqual([
      { title: 'Token of hq copied', body: '43 min left · leaves the clipboard in 30 s' },
    ]);
  });

  it('says nothing to a person who wants no notifications, but what went wrong', async () => {
    const { actions, titles, shown } = bench({ wanted: false });
    await actions.copySelected();
    expect(shown()).toBe(0);
    const failing = bench({
      wanted: false,
      fails: problem('vendor_unreachable', 'The vendor cannot be reached.', 'Try later.'),
    });
    await failing.actions.copySelected();
    expect(failing.standing[0]).toMatchObject({
      title: 'The token of hq was not copied',
      body: 'The vendor cannot be reached. Try later.',
    });
    expect(titles()).toEqual([]);
  });

  it('leads to the sign-in when one is needed', async () => {
    const { actions, standing, did } = bench({
      fails: problem('sign_in_needed', 'hq has to be signed in to.'),
    });
    await actions.copySelected();
    standing[0]?.onClick?.();
    expect(did).toEqual(['sign in hq']);
  });

  it('unlocks a locked Keyfob, and opens the window where a passphrase is wanted', async () => {
    const { actions, keyfob, did } = bench();
    await keyfob.lock();
    await actions.copySelected();
    expect([keyfob.locked, did]).toEqual([false, []]);
    await keyfob.lock();
    keyfob.unlock = async () => {
      throw new KeyfobError('locked', {});
    };
    await actions.copySelected();
    expect(did).toEqual(['show']);
  });

  it('opens the window where no account is selected', async () => {
    const { actions, keyfob, did } = bench();
    keyfob.put(accountView('hq'));
    await actions.copySelected();
    expect(did).toEqual(['show']);
  });
});

describe('an entry of the menu', () => {
  it('does what it says', async () => {
    const { actions, keyfob, did, asked } = bench();
    await actions.act({ do: 'copy', account: 'berlin', form: 'curl' });
    await actions.act({ do: 'use', account: 'berlin' });
    await actions.act({ do: 'refresh', account: 'hq' });
    await actions.act({ do: 'sign_in', account: 'berlin' });
    for (const what of ['approvals', 'open', 'add', 'settings', 'quit'] as const) {
      await actions.act({ do: what });
    }
    await actions.act({ do: 'lock' });
    expect(asked).toEqual(['account.copy', 'account.use', 'account.refresh', 'vault.lock']);
    expect(keyfob.calls.filter((call) => !call.startsWith('token('))).toEqual([
      'use("berlin")',
      'refresh("hq",{"isPersons":true})',
    ]);
    expect(did).toEqual([
      "copy curl -H 'Authorization: Bearer token-of-berlin' ",
      'sign in berlin',
      'show tools',
      'show',
      'show add',
      'show settings',
      'quit',
    ]);
    expect(keyfob.locked).toBe(true);
  });

  it('tells what could not be done', async () => {
    const { actions, titles } = bench();
    await actions.act({ do: 'refresh', account: 'gone' });
    expect(titles()).toEqual(['The token of gone was not refreshed']);
  });
});
