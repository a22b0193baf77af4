import { expect, it } from 'vitest';

import { notesKit } from '../../testing/notes-kit.ts';
import { linkOpener, tellNoBrowser } from './window-links.ts';

const waiting = { state: 'waiting', url: 'https://vendor.example/device' } as const;

it('a link of the window opens the address of a sign-in that waits, and no other', () => {
  const opened: string[] = [];
  const follow = linkOpener({
    keyfob: {
      signIns: () => [
        waiting,
        { state: 'done', url: 'https://vendor.example/done' },
        { state: 'waiting', url: null },
      ],
    },
    open: async (address) => void opened.push(address),
    failed: () => undefined,
  });
  for (const other of ['https://vendor.example/', 'https://vendor.example/done', 'file:///etc/passwd', '']) {
    follow(other);
  }
  expect(opened).toEqual([]);
  follow(waiting.url);
  expect(opened).toEqual([waiting.url]);
});

it('a link of the window says so where there is no browser', async () => {
  await new Promise<void>((failed) => {
    const open = () => Promise.reject(new Error('none'));
    linkOpener({ keyfob: { signIns: () => [waiting] }, open, failed })(waiting.url);
  });
});

it('a browser that could not be opened went unheard with notifications off', () => {
  const { notes, titles } = notesKit(() => false);
  tellNoBrowser(notes);
  expect(titles()).toEqual(['The browser could not be opened']);
});
