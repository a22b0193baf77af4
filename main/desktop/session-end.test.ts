import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import { followSessionEnd } from './session-end.ts';

/** A session that Windows wants to end: whether it goes on at once, and how often the program was told to end. */
function askToEnd(spending: readonly string[]): { goesOn: boolean; ends: number } {
  const window = new EventEmitter();
  const end = vi.fn();
  followSessionEnd(window, { spending: () => spending, end });
  const preventDefault = vi.fn();
  window.emit('query-session-end', { preventDefault });
  const goesOn = preventDefault.mock.calls.length === 0;
  if (goesOn) window.emit('session-end', {});
  return { goesOn, ends: end.mock.calls.length };
}

it('the end of a Windows session ends the desktop with it', () => {
  expect(askToEnd([])).toEqual({ goesOn: true, ends: 1 });
});

it('the end of a Windows session waits while a refresh token is on its way', () => {
  expect(askToEnd(['hq'])).toEqual({ goesOn: false, ends: 1 });
});
