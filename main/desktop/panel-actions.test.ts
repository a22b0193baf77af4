import { expect, it } from 'vitest';
import { endpointKit } from '../../testing/endpoint-kit.ts';
import { notesKit } from '../../testing/notes-kit.ts';
import { createConfirmedCopy } from './confirmed-copy.ts';
import { createPanelActions } from './panel-actions.ts';
import { createTrayActions } from './tray-actions.ts';

const nothing = (): void => undefined;

/** `hq`, which is the default, and `berlin`; what the panel does with them. */
async function bench() {
  const kit = await endpointKit([{ name: 'hq', selected: true }, { name: 'berlin' }]);
  const { keyfob, access, clock } = kit;
  const { notes, titles } = notesKit();
  const hidden: string[] = [];
  const panel = { hide: () => void hidden.push('hide'), toggle: nothing };
  const actions = createTrayActions({
    ...{ keyfob, access, notes, panel },
    copy: createConfirmedCopy({
      ...{ keyfob, access, clock },
      clipboard: { copy: async () => ({ clears_in: 30 }) },
      askBeforeCopy: async () => true,
    }),
    signIn: nothing,
    window: { show: nothing },
    quit: nothing,
  });
  const act = createPanelActions({ panel, actions, notes });
  return { keyfob, act, titles, hidden, [Symbol.asyncDispose]: async () => kit[Symbol.asyncDispose]() };
}

it('the panel makes an account the default once it is gone, and says so', async () => {
  await using b = await bench();
  await b.act({ do: 'use', account: 'berlin' });
  expect([b.hidden, b.keyfob.selected(), b.titles()]).toEqual([
    ['hide'],
    'berlin',
    ['Scripts now get berlin'],
  ]);
});

it('the panel told as success that the account which is the default already was not made it', async () => {
  await using b = await bench();
  b.keyfob.use = async () => {
    throw new Error('the disk is full');
  };
  await b.act({ do: 'use', account: 'hq' });
  expect(b.titles()).toEqual(['hq was not made the default']);
});

it('the panel rejected where an account was removed while it was open', async () => {
  await using b = await bench();
  await b.keyfob.remove('berlin');
  await b.act({ do: 'use', account: 'berlin' });
  expect(b.titles()).toEqual(['berlin was not made the default']);
});
