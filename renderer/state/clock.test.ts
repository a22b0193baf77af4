import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Clock } from './clock.svelte.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('a clock runs in whole seconds while the window is visible, and catches up when it is again', () => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('document', page);
  const clock = new Clock();
  const end = clock.start();
  vi.advanceTimersByTime(2_500);
  expect(clock.now).toBe(1_002);
  page.visibilityState = 'hidden';
  vi.advanceTimersByTime(10_000);
  expect(clock.now).toBe(1_002);
  page.visibilityState = 'visible';
  page.dispatchEvent(new Event('visibilitychange'));
  expect(clock.now).toBe(1_012);
  end();
  vi.advanceTimersByTime(10_000);
  expect(clock.now).toBe(1_012);
});
