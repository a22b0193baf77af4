import { describe, expect, it } from 'vitest';
import { notesKit } from '../../testing/notes-kit.ts';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import { openPreferences } from '../host/preferences.ts';
import { createTrayPresence } from './tray-presence.ts';
import type { TrayState } from './tray-state.ts';

/** `states`: how it is each time that the desktop is asked; the last one stays. */
const bench = (states: readonly TrayState[], { hidden = false, showsNotes = true } = {}) => {
  const kit = notesKit();
  const clock = new VirtualClock();
  const preferences = openPreferences({ store: {} });
  const did: string[] = [];
  let asked = 0;
  const make = () =>
    createTrayPresence({
      state: async () => states[Math.min(asked++, states.length - 1)] ?? 'unknown',
      reopen: () => void did.push('reopen'),
      showsNotes: async () => showsNotes,
      clock,
      preferences,
      notes: kit.notes,
      hidden,
      open: () => void did.push('open'),
      changed: () => void did.push('changed'),
    });
  const look = async (presence = make()) => {
    presence.follow();
    await clock.pass(11_000);
    return presence;
  };
  return { ...kit, clock, preferences, did, make, look };
};

it('the first close of the window says that Keyfob goes on, once over all starts', async () => {
  const { make, look, notes, titles, visible } = bench(['shown']);
  const presence = await look();
  expect(titles()).toEqual([]);
  presence.closed();
  expect(visible[0]?.body).toContain('choose Quit');
  notes.withdraw('tray');
  presence.closed();
  make().closed();
  expect(titles()).toEqual([]);
});

describe('a desktop without a tray', () => {
  it('said so by a notification that nobody saw beside the open window: the window says it', async () => {
    const { look, did, titles } = bench(['missing']);
    const presence = await look();
    expect([presence.missing(), did, titles()]).toEqual([true, ['changed'], []]);
  });

  it('opened no window and let its notification go: started hidden, it says so by one that stays', async () => {
    const { look, did, visible } = bench(['missing'], { hidden: true });
    await look();
    expect(visible).toMatchObject([{ title: 'This desktop shows no tray icons', lasting: true }]);
    visible[0]?.onClick?.();
    expect(did).toEqual(['changed', 'open']);
  });

  it('told nobody where no notifications are shown: started hidden, the window opens after all', async () => {
    const { look, did, titles } = bench(['missing'], { hidden: true, showsNotes: false });
    await look();
    expect([did, titles()]).toEqual([['changed', 'open'], []]);
  });

  it('is not told again once the person has read it', async () => {
    for (const showsNotes of [true, false]) {
      const { look, preferences, did, titles } = bench(['missing'], { hidden: true, showsNotes });
      preferences.change({ told_no_tray: true });
      await look();
      expect([did, titles()]).toEqual([['changed'], []]);
    }
  });

  it('never sends anybody to an icon that is not there', async () => {
    const { look, visible } = bench(['missing']);
    (await look()).closed();
    expect(visible.map(({ body }) => body.includes('tray'))).toEqual([false]);
  });
});

it('a panel that came seconds after Keyfob was taken for a desktop without one', async () => {
  const { look, did, titles } = bench(['missing', 'shown'], { hidden: true });
  const presence = await look();
  expect([presence.missing(), did, titles()]).toEqual([false, [], []]);
});

it('a desktop that nobody can ask is taken for one with a tray', async () => {
  const { look, did, titles } = bench(['unknown'], { hidden: true });
  const presence = await look();
  expect([presence.missing(), did, titles()]).toEqual([false, [], []]);
});

it('an icon that was up before anybody took icons was never seen: it is put up again', async () => {
  const { look, did, titles } = bench(['unregistered', 'shown'], { hidden: true });
  const presence = await look();
  expect([presence.missing(), did, titles()]).toEqual([false, ['reopen'], []]);
});

it('a refused icon left Keyfob nowhere: it is put up again, three times in all, and said to be missing', async () => {
  const { clock, look, did, titles } = bench(['unregistered'], { hidden: true });
  const presence = await look();
  await clock.pass(600_000);
  expect([presence.missing(), did]).toEqual([true, ['reopen', 'reopen', 'changed', 'reopen']]);
  expect(titles()).toEqual(['This desktop shows no tray icons']);
});

it('a tray that went away later is told though the person has read of one before, until it is back', async () => {
  const there = ['shown', 'missing', 'missing', 'missing', 'unregistered', 'shown'] as const;
  const { clock, look, preferences, did, titles } = bench(there);
  preferences.change({ told_no_tray: true });
  const presence = await look();
  await clock.pass(70_000);
  expect([presence.missing(), titles()]).toEqual([true, ['This desktop shows no tray icons']]);
  await clock.pass(180_000);
  expect([presence.missing(), did, titles()]).toEqual([false, ['changed', 'reopen', 'changed'], []]);
  presence.end();
});
