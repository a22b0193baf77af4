import { message } from '../api/problems/index.ts';
import { describe, expect, it } from 'vitest';
import { accountView, fakeKeyfob } from '../../testing/fake-keyfob.ts';
import type { FakeKeyfob } from '../../testing/fake-keyfob.ts';
import { handClock } from '../../testing/hand-clock.ts';
import type { HandClock } from '../../testing/hand-clock.ts';
import { notesKit } from '../../testing/notes-kit.ts';
import type { NotesKit } from '../../testing/notes-kit.ts';
import type { AccountState } from '../api/accounts.ts';
import { createApprovals } from '../access/approvals.ts';
import type { Approvals } from '../access/approvals.ts';
import { withoutMarkup } from './notes.ts';
import { followEvents } from './notifications.ts';

interface Bench extends NotesKit {
  readonly keyfob: FakeKeyfob;
  readonly approvals: Approvals;
  readonly clock: HandClock;
  readonly did: string[];
  need(): void;
  end(): void;
}

const wish = { client: 'desk-sync', account: 'hq', action: 'token', scope: null, audience: null } as const;

function bench({ wanted = true, state = 'live' }: { wanted?: boolean; state?: AccountState } = {}): Bench {
  const clock = handClock();
  const keyfob = fakeKeyfob(accountView('hq', { state, notice: message('token_ended', {}) }));
  const approvals = createApprovals(clock);
  const kit = notesKit(() => wanted);
  const did: string[] = [];
  const end = followEvents({
    keyfob,
    approvals,
    notes: kit.notes,
    clock,
    wanted: () => wanted,
    signIn: (account) => void did.push(`sign in ${account}`),
    showApprovals: () => void did.push('show approvals'),
    showAccount: (account) => void did.push(`show ${account}`),
  });
  const need = (): void =>
    keyfob.emit({
      type: 'account.sign_in_needed',
      account: 'hq',
      error: 'invalid_grant',
      why: message('renewal_refused', { error: 'invalid_grant' }),
    });
  return { ...kit, keyfob, approvals, clock, did, need, end };
}

describe('a needed sign-in', () => {
  it('is told once until it was resolved, and then again', () => {
    const { need, shown, titles, keyfob } = bench();
    need();
    need();
    expect([shown(), titles()]).toEqual([1, ['hq needs a sign-in']]);
    keyfob.emit({ type: 'account.signed_in', account: 'hq' });
    expect(titles()).toEqual([]);
    need();
    expect([shown(), titles()]).toEqual([2, ['hq needs a sign-in']]);
  });

  it('says why, and begins with a click or its button', () => {
    const { need, visible, did } = bench();
    need();
    expect(visible[0]?.body).toBe('The token has ended and cannot be renewed without you. Click to sign in.');
    visible[0]?.onClick?.();
    visible[0]?.actions?.[0]?.run();
    expect(did).toEqual(['sign in hq', 'sign in hq']);
  });

  it.each(['account.signed_out', 'account.removed'] as const)('is withdrawn by %s', (type) => {
    const { need, titles, keyfob } = bench();
    need();
    keyfob.emit({ type, account: 'hq' });
    expect(titles()).toEqual([]);
  });

  it('is withdrawn while Keyfob is locked', async () => {
    const { need, titles, keyfob } = bench();
    need();
    await keyfob.lock();
    expect(titles()).toEqual([]);
  });

  it('is told at the start of an account that has needed it before', () => {
    expect(bench({ state: 'sign_in_needed' }).titles()).toEqual(['hq needs a sign-in']);
  });

  it('is not told to a person who wants no notifications', () => {
    const { need, titles } = bench({ wanted: false });
    need();
    expect(titles()).toEqual([]);
  });
});

describe('a token that ends and that nothing renews', () => {
  it('is told of with the time that is left, once, and gives way to the needed sign-in', () => {
    const { keyfob, clock, visible, titles, shown, need } = bench();
    const ending = {
      type: 'account.ending_soon',
      account: 'hq',
      expires_at: clock.wall() / 1000 + 600,
    } as const;
    keyfob.emit(ending);
    keyfob.emit(ending);
    expect(shown()).toBe(1);
    expect(visible[0]?.body).toMatch(/^10 min left, and nothing can renew it without you\./);
    need();
    expect(titles()).toEqual(['hq needs a sign-in']);
  });
});

describe('an address that secrets were not entered for', () => {
  it('is told of with the account, shown by a click, and withdrawn by the yes', () => {
    const { keyfob, visible, titles, did } = bench();
    const origin = 'https://evil.example';
    keyfob.emit({ type: 'account.origin_refused', account: 'hq', origin });
    expect(titles()).toEqual([`Nothing is sent to ${origin} for hq`]);
    visible[0]?.onClick?.();
    expect(did).toEqual(['show hq']);
    keyfob.emit({ type: 'account.origin_allowed', account: 'hq', origin });
    expect(titles()).toEqual([]);
  });
});

describe('a program that waits for a yes', () => {
  it('is told of whatever the person chose, and answered by a button', async () => {
    const { approvals, visible, titles } = bench({ wanted: false });
    const asked = approvals.ask(wish, 'ask');
    expect(titles()).toEqual(['desk-sync asks for the token of hq']);
    visible[0]?.actions?.[0]?.run();
    expect(await asked).toBe('yes');
    expect(titles()).toEqual([]);
  });

  it('is refused by the other button', async () => {
    const { approvals, visible } = bench();
    const asked = approvals.ask(wish, 'ask');
    visible[0]?.actions?.[1]?.run();
    expect(await asked).toBe('no');
  });

  it('is shown in the window by a click, and withdrawn when its time is over', async () => {
    const { approvals, visible, titles, did, clock } = bench();
    const asked = approvals.ask(wish, 'ask');
    visible[0]?.onClick?.();
    expect(did).toEqual(['show approvals']);
    clock.advance(61_000);
    expect(await asked).toBe('timeout');
    expect(titles()).toEqual([]);
  });

  it('hears that an answer came too late', async () => {
    const { approvals, visible, titles, clock } = bench();
    const asked = approvals.ask(wish, 'ask');
    const button = visible[0]?.actions?.[0];
    clock.advance(61_000);
    await asked;
    button?.run();
    expect(titles()).toEqual(['The answer came too late']);
  });

  it('a yes for a scope that the note had not shown: the note shows it, and a long one is answered in the window', () => {
    const { approvals, visible, titles } = bench();
    void approvals.ask({ ...wish, action: 'revoke' }, 'ask');
    void approvals.ask({ ...wish, scope: 'rooms.write\u202e', audience: 'https://api' }, 'ask');
    void approvals.ask({ ...wish, scope: 'rooms.read '.repeat(40) }, 'ask');
    expect(titles()[0]).toBe('desk-sync wants to revoke the tokens of hq');
    expect(visible[1]?.body).toMatch(/^Scope: "rooms\.write\\u202e"\. Audience: "https:\/\/api"\. /);
    expect(visible.map(({ actions }) => actions?.length)).toEqual([2, 2, undefined]);
  });

  it('and wants a key is answered in the window alone, where its code can be compared', () => {
    const { approvals, visible } = bench();
    approvals.askForKey({ client: 'editor', accounts: null, code: '123456' }, 60, () => undefined);
    expect(visible[0]).toMatchObject({ title: 'editor wants a key' });
    expect(visible[0]?.body).toContain('123 456');
    expect(visible[0]?.actions).toBeUndefined();
  });
});

describe('the end', () => {
  it('stops listening', () => {
    const { end, need, shown, keyfob } = bench();
    end();
    need();
    expect([shown(), keyfob.listeners()]).toEqual([0, 0]);
  });
});

describe('a body', () => {
  it('shows names as they are where the server renders markup', () => {
    expect(withoutMarkup('<b>A & B</b>')).toBe('&lt;b&gt;A &amp; B&lt;/b&gt;');
  });
});
