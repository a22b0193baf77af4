import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Toasts } from './toasts.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const failure = { text: 'It failed.', hint: null, vendor: null, action: null };

describe('a toast', () => {
  it('of a success goes after four seconds', () => {
    const toasts = new Toasts();
    toasts.success('Saved', 'A hint');
    vi.advanceTimersByTime(3_999);
    expect(toasts.current).toMatchObject({ tone: 'good', text: 'Saved', hint: 'A hint' });
    vi.advanceTimersByTime(1);
    expect(toasts.current).toBeNull();
  });

  it('of a failure stays until it is dismissed', () => {
    const toasts = new Toasts();
    toasts.failure(failure);
    vi.advanceTimersByTime(3_600_000);
    expect(toasts.current).toEqual({ tone: 'bad', ...failure });
    toasts.dismiss();
    expect(toasts.current).toBeNull();
  });

  it('is not taken away by the time of the one before it', () => {
    const toasts = new Toasts();
    toasts.success('first');
    vi.advanceTimersByTime(3_000);
    toasts.failure(failure);
    vi.advanceTimersByTime(3_000);
    expect(toasts.current?.text).toBe('It failed.');
  });
});
