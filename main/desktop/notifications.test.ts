import { describe, expect, it } from 'vitest';
import { createApprovals } from '../access/approvals.ts';
import type { Approvals } from '../access/approvals.ts';
import { device, strict } from '../../testing/core-accounts.ts';
import { emptyHome, json, openKit } from '../../testing/core-kit.ts';
import type { Kit } from '../../testing/core-kit.ts';
import { notesKit } from '../../testing/notes-kit.ts';
import type { NotesKit } from '../../testing/notes-kit.ts';
import { pageAccount, signInPages } from '../../testing/sign-in-pages.ts';
import type { VirtualClock } from '../../testing/virtual-clock.ts';
import { withoutMarkup } from './notes.ts';
import { followEvents } from './notifications.ts';

interface Bench extends NotesKit {
  readonly kit: Kit;
  readonly approvals: Approvals;
  readonly clock: VirtualClock;
  /** What was begun and shown for the person. */
  readonly did: string[];
  /** The vendor ends the sign-in of `hq` at its next refresh. */
  need(): Promise<void>;
  end(): void;
}

const wish = { client: 'desk-sync', account: 'hq', action: 'token', scope: null, audience: null } as const;

/** `before`: what happens to `hq`, which only a refresh token renews, before anybody follows. */
async function bench({ wanted = true, before = async (_kit: Kit) => {} } = {}): Promise<Bench> {
  const vendor = strict();
  const kit = await openKit(vendor.answer);
  await device(kit, 'hq');
  vendor.onRefresh = () => json({ error: 'invalid_grant' }, 400);
  await before(kit);
  const { keyfob, clock } = kit;
  const approvals = createApprovals(clock);
  const notes = notesKit(() => wanted);
  const did: string[] = [];
  const end = followEvents({
    keyfob,
    approvals,
    notes: notes.notes,
    clock,
    wanted: () => wanted,
    signIn: (account) => void did.push(`sign in ${account}`),
    showApprovals: () => void did.push('show approvals'),
    showAccount: (account) => void did.push(`show ${account}`),
  });
  const need = (): Promise<void> => refused(kit);
  return { ...notes, kit, approvals, clock, did, need, end };
}

/** A refresh that the vendor refuses. */
async function refused({ keyfob, events }: Kit): Promise<void> {
  const seen = events.length;
  await keyfob.refresh('hq').catch(() => undefined);
  expect(events.slice(seen)).toContainEqual(expect.objectContaining({ type: 'account.sign_in_needed' }));
}

describe('a needed sign-in', () => {
  it('is told once until it was resolved, and then again', async () => {
    const { need, shown, titles, kit } = await bench();
    await need();
    await kit.keyfob.refresh('hq').catch(() => undefined);
    expect([shown(), titles()]).toEqual([1, ['hq needs a sign-in']]);
    await kit.keyfob.login('hq');
    await kit.clock.pass(2_000);
    expect(titles()).toEqual([]);
    await need();
    expect([shown(), titles()]).toEqual([2, ['hq needs a sign-in']]);
  });

  it('said nothing of why while its refresh was under way: it says why, and begins with a click or its button', async () => {
    const { need, visible, did } = await bench();
    await need();
    expect(visible[0]?.body).toContain('invalid_grant');
    expect(visible[0]?.body).toMatch(/ Click to sign in\.$/);
    visible[0]?.onClick?.();
    visible[0]?.actions?.[0]?.run();
    expect(did).toEqual(['sign in hq', 'sign in hq']);
  });

  it.each(['logout', 'remove'] as const)('is withdrawn by %s', async (act) => {
    const { need, titles, kit } = await bench();
    await need();
    await kit.keyfob[act]('hq');
    expect(titles()).toEqual([]);
  });

  it('is withdrawn while Keyfob is locked', async () => {
    const { need, titles, kit } = await bench();
    await need();
    await kit.keyfob.lock();
    expect(titles()).toEqual([]);
  });

  it('is told at the start of an account that has needed it before', async () => {
    expect((await bench({ before: refused })).titles()).toEqual(['hq needs a sign-in']);
  });

  it('is not told to a person who wants no notifications', async () => {
    const { need, titles } = await bench({ wanted: false });
    await need();
    expect(titles()).toEqual([]);
  });
});

describe('a rejected client secret', () => {
  it('was withdrawn by a label: it is told once, leads to the account, and goes with another secret', async () => {
    const vendor = strict();
    const kit = await openKit(vendor.answer);
    await device(kit, 'hq');
    vendor.onRefresh = () => json({ error: 'invalid_client' }, 401);
    const { visible, notes, shown } = notesKit();
    const did: string[] = [];
    const end = followEvents({
      keyfob: kit.keyfob,
      approvals: createApprovals(kit.clock),
      notes,
      clock: kit.clock,
      wanted: () => true,
      signIn: () => undefined,
      showApprovals: () => undefined,
      showAccount: (account) => void did.push(account),
    });
    for (let time = 0; time < 2; time += 1) await kit.keyfob.refresh('hq').catch(() => undefined);
    expect(visible.map(({ title }) => title)).toEqual(['The client secret of hq was rejected']);
    expect(shown()).toBe(1);
    visible[0]?.onClick?.();
    expect(did).toEqual(['hq']);
    await kit.keyfob.setLabels('hq', { pinned: true });
    expect(visible.map(({ title }) => title)).toEqual(['The client secret of hq was rejected']);
    await kit.keyfob.set('hq', { settings: {}, secrets: { client_secret: 'another' } });
    expect(visible).toEqual([]);
    end();
  });
});

describe('a token that ends and that nothing renews', () => {
  it('was withdrawn by a label: it is told with the time that is left, once, and gives way to the needed sign-in', async () => {
    const pages = signInPages();
    const kit = await openKit(() => json({ access_token: 'a', token_type: 'bearer', expires_in: 3600 }), {
      ...emptyHome(),
      signIn: pages.signIn,
    });
    await kit.keyfob.add(pageAccount('hq'));
    await kit.keyfob.login('hq');
    pages.answer();
    await expect.poll(() => kit.keyfob.account('hq').state).toBe('live');
    const { notes, visible, titles, shown } = notesKit();
    followEvents({
      keyfob: kit.keyfob,
      approvals: createApprovals(kit.clock),
      notes,
      clock: kit.clock,
      wanted: () => true,
      signIn: () => undefined,
      showApprovals: () => undefined,
      showAccount: () => undefined,
    });
    await kit.clock.pass(59 * 60_000);
    expect(shown()).toBe(1);
    expect(visible[0]?.title).toBe('The token of hq expires soon');
    expect(visible[0]?.body).toMatch(/^\d+ min left\. It cannot be refreshed without you\./);
    await kit.keyfob.setLabels('hq', { pinned: true });
    expect(titles()).toEqual(['The token of hq expires soon']);
    await kit.clock.pass(2 * 60_000);
    expect(titles()).toEqual(['hq needs a sign-in']);
  });
});

describe('an address that secrets were not entered for', () => {
  it('was withdrawn by a label: it is told with the account, shown by a click, and withdrawn by the yes', async () => {
    const { kit, visible, titles, did } = await bench();
    const origin = 'https://evil.example';
    await kit.keyfob.set('hq', { settings: { token_url: `${origin}/token` }, secrets: {} });
    await kit.keyfob.login('hq').catch(() => undefined);
    await kit.clock.pass(2_000);
    expect(titles()).toEqual([`Nothing is sent to ${origin} for hq`]);
    visible[0]?.onClick?.();
    expect(did).toEqual(['show hq']);
    await kit.keyfob.setLabels('hq', { pinned: true });
    expect(titles()).toEqual([`Nothing is sent to ${origin} for hq`]);
    await kit.keyfob.set('hq', { settings: {}, secrets: {}, allow_origins: [origin] });
    expect(titles()).toEqual([]);
  });
});

describe('a program that waits for a yes', async () => {
  it('is told of whatever the person chose, and answered by a button', async () => {
    const { approvals, visible, titles } = await bench({ wanted: false });
    const asked = approvals.ask(wish, 'ask');
    expect(titles()).toEqual(['desk-sync asks for the token of hq']);
    visible[0]?.actions?.[0]?.run();
    expect(await asked).toBe('yes');
    expect(titles()).toEqual([]);
  });

  it('is refused by the other button', async () => {
    const { approvals, visible } = await bench();
    const asked = approvals.ask(wish, 'ask');
    visible[0]?.actions?.[1]?.run();
    expect(await asked).toBe('no');
  });

  it('is shown in the window by a click, and withdrawn when its time is over', async () => {
    const { approvals, visible, titles, did, clock } = await bench();
    const asked = approvals.ask(wish, 'ask');
    visible[0]?.onClick?.();
    expect(did).toEqual(['show approvals']);
    await clock.pass(61_000);
    expect(await asked).toBe('timeout');
    expect(titles()).toEqual([]);
  });

  it('hears that an answer came too late', async () => {
    const { approvals, visible, titles, clock } = await bench();
    const asked = approvals.ask(wish, 'ask');
    const button = visible[0]?.actions?.[0];
    await clock.pass(61_000);
    await asked;
    button?.run();
    expect(titles()).toEqual(['The answer came too late']);
  });

  it('a yes for a scope that the note had not shown: the note shows it, and a long one is answered in the window', async () => {
    const { approvals, visible, titles } = await bench();
    void approvals.ask({ ...wish, action: 'revoke' }, 'ask');
    void approvals.ask({ ...wish, scope: 'rooms.write\u202e', audience: 'https://api' }, 'ask');
    void approvals.ask({ ...wish, scope: 'rooms.read '.repeat(40) }, 'ask');
    expect(titles()[0]).toBe('desk-sync wants to revoke the tokens of hq');
    expect(visible[1]?.body).toMatch(/^Scope: "rooms\.write\\u202e"\. Audience: "https:\/\/api"\. /);
    expect(visible.map(({ actions }) => actions?.length)).toEqual([2, 2, undefined]);
  });

  it('and wants a key is answered in the window alone, where its code can be compared', async () => {
    const { approvals, visible } = await bench();
    approvals.askForKey({ client: 'editor', accounts: null, code: '123456' }, 60, () => undefined);
    expect(visible[0]).toMatchObject({ title: 'editor wants a key' });
    expect(visible[0]?.body).toContain('123 456');
    expect(visible[0]?.actions).toBeUndefined();
  });
});

describe('the end of following events', () => {
  it('stops listening', async () => {
    const { end, need, shown } = await bench();
    end();
    await need();
    expect(shown()).toBe(0);
  });
});

describe('the body of a notification', () => {
  it('shows names as they are where the server renders markup', () => {
    expect(withoutMarkup('<b>A & B</b>')).toBe('&lt;b&gt;A &amp; B&lt;/b&gt;');
  });
});

describe('a sign-in that a program needs', () => {
  it('is told with who asks, whatever the person chose, once, and until it has ended', async () => {
    const pages = signInPages();
    const kit = await openKit(() => json({}, 500), { ...emptyHome(), signIn: pages.signIn });
    await kit.keyfob.add(pageAccount('hq'));
    const { visible, notes, shown } = notesKit();
    const end = followEvents({
      keyfob: kit.keyfob,
      approvals: createApprovals(kit.clock),
      notes,
      clock: kit.clock,
      wanted: () => false,
      signIn: () => undefined,
      showApprovals: () => undefined,
      showAccount: () => undefined,
    });
    await kit.keyfob.login('hq');
    expect(shown()).toBe(0);
    for (let caller = 0; caller < 3; caller++)
      await kit.keyfob.login('hq', { on_demand: 'program', asked_by: 'git github.example' });
    expect(shown()).toBe(0);
    pages.giveUp('window_closed');
    await kit.keyfob.login('hq', { on_demand: 'program', asked_by: 'git github.example' });
    expect(visible.map(({ title }) => title)).toEqual(['git github.example needs a sign-in to hq']);
    pages.giveUp('window_closed');
    expect([visible, shown()]).toEqual([[], 1]);
    end();
  });
});
