import { describe, expect, it } from 'vitest';
import { createApi } from '../../preload/api.ts';
import type { ApprovalView } from '../../main/api/clients.ts';
import type { News } from '../../main/api/window.ts';
import { application, signedIn, turn, windowKit } from '../../testing/window-kit.ts';
import type { WindowKit } from '../../testing/window-kit.ts';
import { lang } from '../i18n/lang.svelte.ts';
import { Session } from './session.svelte.ts';

const asked: ApprovalView = {
  kind: 'pairing',
  id: 'one',
  client: 'asker',
  askers: [],
  accounts: null,
  code: '123456',
  asked_at: 1,
  expires_at: 2,
};

interface Begun {
  readonly session: Session;
  readonly tell: (news: News) => void;
  readonly cut: { is: boolean };
  /** Answers of calls of this name wait, each until it is let go. */
  readonly hold: (name: string) => (() => void)[];
}

/** A session over a real host, by a way that a test can cut, hold up and speak on. */
function begin({ calls }: WindowKit): Begun {
  const cut = { is: false };
  const held = new Map<string, (() => void)[]>();
  const hold: Begun['hold'] = (name) => {
    const letGo: (() => void)[] = [];
    held.set(name, letGo);
    return letGo;
  };
  const listeners = new Set<(news: News) => void>();
  const tell = (news: News): void => {
    for (const hear of listeners) hear(news);
  };
  calls.listen(tell);
  const api = createApi({
    async call(name, request) {
      if (cut.is) throw new Error('cut');
      const answer = await calls.call(name, request);
      const waiting = held.get(name);
      if (waiting !== undefined) await new Promise<void>((letGo) => waiting.push(letGo));
      return answer;
    },
    listen: (hear) => {
      listeners.add(hear);
      return () => listeners.delete(hear);
    },
  });
  return { session: new Session(api), tell, cut, hold };
}

describe('a session', () => {
  it('has what the host told when it was loaded, and what it tells since', async () => {
    await using kit = await windowKit();
    await kit.add(application, 'hq');
    const { session } = begin(kit);
    expect(session.connection).toBe('starting');
    const end = session.start(() => undefined);
    await expect.poll(() => session.byName('hq')?.state).toBe('signed_out');
    expect(session.connection).toBe('open');
    await kit.ask('sign_in.start', { name: 'hq' });
    await turn();
    expect(session.byName('hq')?.state).toBe('live');
    await kit.ask('account.remove', { name: 'hq' });
    await turn();
    expect(session.accounts).toEqual([]);
    end();
  });

  it('is lost when the host does not answer, and asks for everything when the connection is back', async () => {
    await using kit = await windowKit();
    const { session, tell, cut } = begin(kit);
    session.start(() => undefined);
    await expect.poll(() => session.connection).toBe('open');
    cut.is = true;
    tell({ type: 'connection', state: 'lost' });
    expect(session.connection).toBe('lost');
    await session.load();
    expect(session.connection).toBe('lost');
    cut.is = false;
    tell({ type: 'connection', state: 'back' });
    await expect.poll(() => session.connection).toBe('open');
  });

  it('keeps what is told between the overview and its sentences', async () => {
    await using kit = await windowKit();
    lang.hostTexts = null;
    const { session, tell, hold } = begin(kit);
    const texts = hold('texts');
    session.start(() => undefined);
    await expect.poll(() => session.overview).not.toBeNull();
    await expect.poll(() => texts.length).toBe(1);
    tell({ type: 'approvals', approvals: [asked] });
    expect([session.connection, session.ready]).toEqual(['starting', false]);
    texts[0]?.();
    await expect.poll(() => session.connection).toBe('open');
    expect(session.ready).toBe(true);
    expect(session.approvals).toEqual([asked]);
  });

  it('keeps what is told while the overview is on its way', async () => {
    await using kit = await windowKit();
    const { session, tell, hold } = begin(kit);
    const overviews = hold('overview');
    session.start(() => undefined);
    await expect.poll(() => overviews.length).toBe(1);
    tell({ type: 'approvals', approvals: [asked] });
    overviews[0]?.();
    await expect.poll(() => session.connection).toBe('open');
    expect(session.approvals).toEqual([asked]);
  });

  it('shows the first of many accounts at once and the others after them, with what is told meanwhile', async () => {
    await using kit = await windowKit();
    await signedIn(kit);
    for (const name of ['a', 'b', 'c']) await kit.add(application, name);
    await kit.ask('account.set_labels', { name: 'c', changes: { pinned: true } });
    const { session, hold } = begin(kit);
    const overviews = hold('overview');
    session.start(() => undefined, undefined, 2);
    await expect.poll(() => overviews.length).toBe(1);
    overviews[0]?.();
    await expect.poll(() => overviews.length).toBe(2);
    // Those that stand first; the selected one is among them.
    expect(session.accounts.map((one) => one.name).toSorted()).toEqual(['c', 'hq']);
    expect([session.ready, session.complete, session.selected?.name]).toEqual([true, false, 'hq']);
    await kit.ask('sign_in.start', { name: 'b' });
    await turn();
    overviews[1]?.();
    await expect.poll(() => session.complete).toBe(true);
    expect(session.accounts).toHaveLength(4);
    expect(session.byName('b')?.state).toBe('live');
    // From then on all of them at once.
    void session.load(2);
    await expect.poll(() => overviews.length).toBe(3);
    overviews[2]?.();
    await turn();
    expect(session.accounts).toHaveLength(4);
  });

  it('drops the answer to a load that is not the newest', async () => {
    await using kit = await windowKit();
    await kit.add(application, 'hq');
    const { session, hold } = begin(kit);
    const overviews = hold('overview');
    const older = session.load();
    await expect.poll(() => overviews.length).toBe(1);
    await kit.ask('sign_in.start', { name: 'hq' });
    const newer = session.load();
    await expect.poll(() => overviews.length).toBe(2);
    overviews[1]?.();
    await newer;
    overviews[0]?.();
    await older;
    expect(session.byName('hq')?.state).toBe('live');
  });

  it('that has ended stays so', async () => {
    await using kit = await windowKit();
    const { session, tell } = begin(kit);
    session.start(() => undefined);
    tell({ type: 'connection', state: 'ended' });
    await session.load();
    expect(session.connection).toBe('ended');
  });

  it('gives the mark of the selected account to one alone', async () => {
    await using kit = await windowKit();
    await signedIn(kit);
    await kit.add(application, 'other');
    const { session } = begin(kit);
    await session.load();
    const other = session.byName('other');
    if (other === null) throw new Error('no account other');
    expect(session.selected?.name).toBe('hq');
    session.takeAccount({ ...other, selected: true, selected_for_provider: true });
    expect(session.accounts.filter((one) => one.selected).map((one) => one.name)).toEqual(['other']);
    expect(session.byName('hq')?.selected_for_provider).toBe(false);
  });

  it('tells those who listen that the audit has a line more, until they leave', async () => {
    await using kit = await windowKit();
    await signedIn(kit);
    const { session } = begin(kit);
    session.start(() => undefined);
    let lines = 0;
    const leave = session.onAudit(() => (lines += 1));
    await kit.ask('account.reveal', { name: 'hq' });
    await turn();
    expect(lines).toBe(1);
    leave();
    await kit.ask('account.reveal', { name: 'hq' });
    await turn();
    expect(lines).toBe(1);
  });
});
