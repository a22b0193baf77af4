import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Toasts } from './toasts.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a toast', () => {
  it('of a success goes after four seconds', () => {
    const toasts = new Toasts();
    toasts.success('Saved', { hint: 'A hint' });
    vi.advanceTimersByTime(3_999);
    expect(toasts.current).toMatchObject({ tone: 'good', text: 'Saved', hint: 'A hint' });
    vi.advanceTimersByTime(1);
    expect(toasts.current).toBeNull();
  });

  it('of a failure leaves by itself, later', () => {
    const toasts = new Toasts();
    toasts.failure({ text: 'It failed.', account: 'hq' });
    vi.advanceTimersByTime(11_999);
    expect(toasts.current).toMatchObject({ tone: 'bad', text: 'It failed.', account: 'hq' });
    vi.advanceTimersByTime(1);
    expect(toasts.current).toBeNull();
  });

  it('leaves at its own time, whatever came after it', () => {
    const toasts = new Toasts();
    toasts.success('first');
    vi.advanceTimersByTime(3_000);
    toasts.failure({ text: 'It failed.' });
    vi.advanceTimersByTime(1_000);
    expect(toasts.shown.map(({ text }) => text)).toEqual(['It failed.']);
  });

  it('stays while the person is at it, and for its time after that', () => {
    const toasts = new Toasts();
    toasts.success('Saved');
    toasts.hold(true);
    toasts.success('another');
    vi.advanceTimersByTime(60_000);
    expect(toasts.shown).toHaveLength(2);
    toasts.hold(false);
    vi.advanceTimersByTime(3_999);
    expect(toasts.shown).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(toasts.shown).toEqual([]);
  });

  it('is taken back once, the newest that can be first', () => {
    const toasts = new Toasts();
    const undo = vi.fn();
    toasts.success('Scripts now get berlin', { undo });
    toasts.success('Saved');
    expect(toasts.undo()).toBe(true);
    expect(undo).toHaveBeenCalledOnce();
    expect(toasts.shown.map(({ text }) => text)).toEqual(['Saved']);
    expect(toasts.undo()).toBe(false);
  });
});

describe('toasts', () => {
  it('are three at most, the newest, and each text stands there once', () => {
    const toasts = new Toasts();
    for (const text of ['one', 'two', 'three', 'two', 'four']) toasts.success(text);
    expect(toasts.shown.map(({ text }) => text)).toEqual(['three', 'two', 'four']);
    toasts.clear();
    vi.advanceTimersByTime(60_000);
    expect(toasts.shown).toEqual([]);
  });
});
