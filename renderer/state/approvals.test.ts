import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { windowKit } from '../../testing/window-kit.ts';
import { windowState } from '../../testing/window-state.ts';
import { approvalPause } from './approvals.svelte.ts';

const one = { id: 'one', client: 'asker' };
const two = { id: 'two', client: 'asker' };

let now = 0;
beforeEach(() => {
  now = 10_000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => void vi.restoreAllMocks());

describe('an answer to a program', () => {
  it('is not given to the next question by the second click of a double click', async () => {
    await using kit = await windowKit();
    const { approvals, called } = await windowState(kit);
    const answers = (): number => called.filter((name) => name === 'approval.answer').length;
    await Promise.all([approvals.answer(one, true), approvals.answer(two, true)]);
    expect(answers()).toBe(1);
    now += approvalPause - 1;
    await approvals.answer(two, true);
    expect(answers()).toBe(1);
    now += 1;
    await approvals.answer(two, true);
    expect(answers()).toBe(2);
  });

  it('that came too late is told', async () => {
    await using kit = await windowKit();
    const { approvals, toasts } = await windowState(kit);
    await approvals.answer({ id: 'gone', client: 'asker' }, true);
    expect(toasts.current?.tone).toBe('bad');
  });
});
