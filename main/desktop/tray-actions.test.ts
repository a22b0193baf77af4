import { describe, expect, it } from 'vitest';
import { endpointKit, kitLifetime } from '../../testing/endpoint-kit.ts';
import type { EndpointKit } from '../../testing/endpoint-kit.ts';
import { notesKit } from '../../testing/notes-kit.ts';
import type { NotesKit } from '../../testing/notes-kit.ts';
import { KeyfobError } from '../api/errors.ts';
import type { AuditLine } from '../api/audit.ts';
import type { DesktopServices } from '../endpoint/index.ts';
import { createConfirmedCopy } from './confirmed-copy.ts';
import { createTrayActions } from './tray-actions.ts';
import type { TrayActions } from './tray-actions.ts';

interface Bench extends NotesKit, Pick<EndpointKit, 'keyfob' | 'access' | 'core' | 'clock' | 'asked'> {
  readonly actions: TrayActions;
  /** For a command. */
  readonly copy: DesktopServices['copy'];
  /** What was copied, begun and shown for the person. */
  readonly did: string[];
  /** The lines of the audit. */
  audit(): Promise<AuditLine[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** `hq`, which is selected, and `berlin`, both signed in. */
async function bench({ wanted = true, yes = true } = {}): Promise<Bench> {
  const kit = await endpointKit([{ name: 'hq', selected: true }, { name: 'berlin' }]);
  const { keyfob, access, core, clock, asked } = kit;
  const notes = notesKit(() => wanted);
  const did: string[] = [];
  const copy = createConfirmedCopy({
    keyfob,
    access,
    clipboard: {
      async copy(text) {
        did.push(`copy ${text}`);
        return { clears_in: 30 };
      },
    },
    clock,
    async askBeforeCopy(account) {
      did.push(`ask ${account}`);
      // As a box of the system's does: for a while.
      await Promise.resolve();
      return yes;
    },
  });
  const actions = createTrayActions({
    keyfob,
    access,
    copy,
    notes: notes.notes,
    signIn: (account) => void did.push(`sign in ${account}`),
    panel: { toggle: () => void did.push('panel') },
    window: { show: (location) => void did.push(`show ${location?.screen ?? ''}`.trim()) },
    quit: () => void did.push('quit'),
  });
  return {
    ...notes,
    ...{ keyfob, access, core, clock, asked, actions, copy, did },
    audit: () => access.audit.tail(100),
    [Symbol.asyncDispose]: async () => kit[Symbol.asyncDispose](),
  };
}

describe('a click on the tray', () => {
  it("copies the selected account's token and says so with its remaining life", async () => {
    await using b = await bench();
    await b.clock.pass(1_000_000);
    await b.actions.copySelected();
    expect(b.did).toEqual(['copy token-of-hq']);
    expect(b.visible).toEqual([
      { title: 'Token of hq copied', body: '43 min left · Clipboard clears in 30 s' },
    ]);
  });

  it('asks first where the person wants that, and copies after a yes alone', async () => {
    for (const yes of [false, true]) {
      await using b = await bench({ yes });
      await b.keyfob.setLabels('hq', { ask_before_copy: true });
      await b.actions.copySelected();
      expect(b.did).toEqual(yes ? ['ask hq', 'copy token-of-hq'] : ['ask hq']);
      const lines = (await b.audit()).filter(({ route }) => route === 'account.copy');
      expect(lines.map(({ outcome }) => outcome)).toEqual([yes ? 'ok' : 'not_permitted']);
      expect(b.visible).toHaveLength(yes ? 1 : 0);
    }
  });

  it('copies for a command: asks first likewise, and tells what is wrong by what it throws', async () => {
    for (const yes of [false, true]) {
      await using b = await bench({ yes });
      const copy = (wanted: { account?: string; min_valid?: number; as?: 'header' | 'token' }) =>
        b.access.byOwner(
          { via: 'socket', route: 'POST /v1/clipboard', account: null, audited: true },
          (call) => b.copy({ as: 'token', ...wanted }, call),
        );
      await b.keyfob.setLabels('hq', { ask_before_copy: true });
      const copied = copy({ as: 'header' });
      if (yes) {
        expect(await copied).toEqual({ account: 'hq', expires_in: kitLifetime, clears_in: 30 });
        expect(b.did).toEqual(['ask hq', 'copy Authorization: Bearer token-of-hq']);
        await expect(copy({ min_valid: 9999 })).rejects.toMatchObject({ code: 'lifetime_too_short' });
        await expect(copy({ account: 'nobody' })).rejects.toMatchObject({ code: 'no_such_account' });
        await b.keyfob.remove('hq');
        await expect(copy({})).rejects.toMatchObject({ code: 'no_account_selected' });
      } else {
        await expect(copied).rejects.toMatchObject({ problem: { reason: 'copy_declined' } });
        expect(b.did).toEqual(['ask hq']);
      }
      expect(b.visible).toEqual([]);
      const line = (await b.audit()).findLast(
        ({ route, account }) => account === 'hq' && route.startsWith('POST'),
      );
      expect(line).toMatchObject({ outcome: yes ? 'lifetime_too_short' : 'not_permitted' });
    }
  });

  it('opened another box at each press: of one account one question is open at a time', async () => {
    await using b = await bench();
    await b.keyfob.setLabels('hq', { ask_before_copy: true });
    await Promise.all([b.actions.copySelected(), b.actions.copySelected()]);
    expect(b.did.filter((line) => line === 'ask hq')).toHaveLength(1);
    await b.actions.copySelected();
    expect(b.did.filter((line) => line === 'ask hq')).toHaveLength(2);
  });

  it('asked before a copy that could not be: what is in the way is told, unasked', async () => {
    await using b = await bench();
    await b.keyfob.setLabels('hq', { ask_before_copy: true });
    await b.keyfob.logout('hq');
    await b.actions.copySelected();
    expect(b.titles()).toEqual(['The token of hq was not copied']);
    b.visible[0]?.onClick?.();
    expect(b.did).toEqual(['sign in hq']);
  });

  it('says nothing to a person who wants no notifications, but what went wrong', async () => {
    await using b = await bench({ wanted: false });
    await b.actions.copySelected();
    expect(b.shown()).toBe(0);
    // The token ends, and the vendor gives no other.
    b.core.answer = () => new Response('', { status: 503 });
    await b.clock.pass(4_000_000);
    await b.actions.copySelected();
    expect(b.visible).toMatchObject([
      { title: 'The token of hq was not copied', body: expect.stringContaining('503') as string },
    ]);
  });

  it('leads to the sign-in when one is needed', async () => {
    await using b = await bench();
    await b.keyfob.logout('hq');
    await b.actions.copySelected();
    b.visible[0]?.onClick?.();
    expect(b.did).toEqual(['sign in hq']);
  });

  it('unlocks a locked Keyfob, and opens the window where a passphrase is wanted', async () => {
    await using b = await bench();
    await b.keyfob.lock();
    await b.actions.copySelected();
    expect([b.keyfob.locked, b.did]).toEqual([false, []]);
    await b.keyfob.lock();
    b.core.vault.unlock = async () => {
      throw new KeyfobError('locked', {});
    };
    await b.actions.copySelected();
    expect(b.did).toEqual(['show']);
  });

  it('opens the window where no account is selected', async () => {
    await using b = await bench();
    await b.keyfob.remove('hq');
    await b.actions.copySelected();
    expect(b.did).toEqual(['show']);
  });
});

describe('an entry of the menu', () => {
  it('does what it says', async () => {
    await using b = await bench();
    await b.actions.act({ do: 'copy', account: 'berlin', form: 'curl' });
    await b.actions.act({ do: 'use', account: 'berlin' });
    expect(b.asked).toEqual([]);
    await b.actions.act({ do: 'refresh', account: 'hq' });
    await b.actions.act({ do: 'sign_in', account: 'berlin' });
    for (const what of ['approvals', 'open', 'add', 'settings', 'quit'] as const) {
      await b.actions.act({ do: what });
    }
    expect(b.keyfob.selected()).toBe('berlin');
    expect(b.asked.map(({ parameters }) => parameters['client_id'])).toEqual(['hq']);
    await b.actions.act({ do: 'lock' });
    expect((await b.audit()).map(({ route }) => route)).toEqual([
      'account.copy',
      'account.use',
      'account.refresh',
      'vault.lock',
    ]);
    expect(b.did).toEqual([
      `copy ${process.platform === 'win32' ? 'curl.exe' : 'curl'} -H 'Authorization: Bearer token-of-berlin' `,
      'sign in berlin',
      'show tools',
      'show',
      'show add',
      'show settings',
      'quit',
    ]);
    expect(b.keyfob.locked).toBe(true);
  });

  it('tells what could not be done', async () => {
    await using b = await bench();
    await b.actions.act({ do: 'refresh', account: 'gone' });
    expect(b.titles()).toEqual(['The token of gone was not refreshed']);
  });
});
