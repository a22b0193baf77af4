import { expect, it } from 'vitest';
import { notesKit } from '../../testing/notes-kit.ts';
import { openPreferences } from '../host/preferences.ts';
import { createTrayPresence } from './tray-presence.ts';

const bench = (there: boolean | null) => {
  const { notes, titles, visible } = notesKit();
  const store = { store: {} };
  const make = () =>
    createTrayPresence({
      hasTray: async () => there,
      preferences: openPreferences(store),
      notes,
      open: () => undefined,
    });
  return { make, notes, titles, visible };
};

it('the first close of the window says that Keyfob goes on, once over all starts', async () => {
  const { make, notes, titles, visible } = bench(true);
  const presence = make();
  await presence.look();
  expect(titles()).toEqual([]);
  presence.closed();
  expect(visible[0]?.body).toContain('choose Quit');
  notes.withdraw('tray');
  presence.closed();
  make().closed();
  expect(titles()).toEqual([]);
});

it('a desktop without a tray says so, and never sends anybody to an icon that is not there', async () => {
  const { make, visible } = bench(false);
  const presence = make();
  await presence.look();
  expect(visible.map(({ title }) => title)).toEqual(['This desktop shows no tray icons']);
  presence.closed();
  expect(visible.map(({ body }) => body.includes('tray'))).toEqual([false]);
});

it('a bus that nobody can ask is taken for a desktop with a tray', async () => {
  const { make, titles } = bench(null);
  await make().look();
  expect(titles()).toEqual([]);
});
