import { describe, expect, it } from 'vitest';
import { notesKit } from '../../testing/notes-kit.ts';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import { openPreferences } from '../host/preferences.ts';
import { createTrayPresence } from './tray-presence.ts';

/** `there`: what the desktop says each time that it is asked; the last one stays. */
const bench = (there: readonly (boolean | null)[], { hidden = false, showsNotes = true } = {}) => {
  const kit = notesKit();
  const clock = new VirtualClock();
  const preferences = openPreferences({ store: {} });
  const did: string[] = [];
  let asked = 0;
  const make = () =>
    createTrayPresence({
      hasTray: async () => there[Math.min(asked++, there.length - 1)] ?? null,
      showsNotes: async () => showsNotes,
      clock,
      preferences,
      notes: kit.notes,
      hidden,
      open: () => void did.push('open'),
      changed: () => void did.push('changed'),
    });
  const look = async (presence = make()) => {
    const looked = presence.look();
    await clock.pass(10_000);
    await looked;
    return presence;
  };
  return { ...kit, clock, preferences, did, make, look };
};

it('the first close of the window says that Keyfob goes on, once over all starts', async () => {
  const { make, look, notes, titles, visible } = bench([true]);
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
    const { look, did, titles } = bench([false]);
    const presence = await look();
    expect([presence.missing(), did, titles()]).toEqual([true, ['changed'], []]);
  });

  it('opened no window and let its notification go: started hidden, it says so by one that stays', async () => {
    const { look, did, visible } = bench([false], { hidden: true });
    await look();
    expect(visible).toMatchObject([{ title: 'This desktop shows no tray icons', lasting: true }]);
    visible[0]?.onClick?.();
    expect(did).toEqual(['changed', 'open']);
  });

  it('told nobody where no notifications are shown: started hidden, the window opens after all', async () => {
    const { look, did, titles } = bench([false], { hidden: true, showsNotes: false });
    await look();
    expect([did, titles()]).toEqual([['changed', 'open'], []]);
  });

  it('is not told again once the person has read it', async () => {
    for (const showsNotes of [true, false]) {
      const { look, preferences, did, titles } = bench([false], { hidden: true, showsNotes });
      preferences.change({ told_no_tray: true });
      await look();
      expect([did, titles()]).toEqual([['changed'], []]);
    }
  });

  it('never sends anybody to an icon that is not there', async () => {
    const { look, visible } = bench([false]);
    (await look()).closed();
    expect(visible.map(({ body }) => body.includes('tray'))).toEqual([false]);
  });
});

it('a panel that came seconds after Keyfob was taken for a desktop without one', async () => {
  const { look, did, titles } = bench([false, true], { hidden: true });
  const presence = await look();
  expect([presence.missing(), did, titles()]).toEqual([false, [], []]);
});

it('a desktop that nobody can ask is taken for one with a tray', async () => {
  const { look, did, titles } = bench([null], { hidden: true });
  const presence = await look();
  expect([presence.missing(), did, titles()]).toEqual([false, [], []]);
});
