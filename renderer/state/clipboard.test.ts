// In a browser: e2e/window/keyboard.spec.ts.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Clipboard, countdown } from './clipboard.svelte.ts';
import { Toasts } from './toasts.svelte.ts';

/** What the browser lets the page do. */
let allowed = { write: true, read: true };
let content = '';

beforeEach(() => {
  vi.useFakeTimers();
  allowed = { write: true, read: true };
  content = '';
  vi.stubGlobal('navigator', {
    languages: ['en'],
    permissions: { query: () => Promise.resolve({ state: allowed.read ? 'granted' : 'denied' }) },
    clipboard: {
      readText: () => Promise.resolve(content),
      writeText: (text: string) => {
        if (!allowed.write) return Promise.reject(new Error('not allowed'));
        content = text;
        return Promise.resolve();
      },
    },
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Lets a time pass, and what it begins come to its end: a digest is made beside the loop. */
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await vi.waitFor(async () => crypto.subtle.digest('SHA-256', new Uint8Array()));
  await vi.advanceTimersByTimeAsync(0);
}

describe('a copied secret', () => {
  it('leaves the clipboard after its time', async () => {
    expect(await new Clipboard(new Toasts()).copySecret('a token', 30)).toBe('clears');
    expect(content).toBe('a token');
    const hint = countdown(30);
    const now = Math.floor(Date.now() / 1000);
    expect([hint(now), hint(now + 2), hint(now + 30)]).toEqual([
      'Clipboard clears in 30 s',
      'Clipboard clears in 28 s',
      null,
    ]);
    await pass(29_000);
    expect(content).toBe('a token');
    await pass(1_000);
    expect(content).toBe('');
  });

  it('does not take away what another program copied meanwhile', async () => {
    await new Clipboard(new Toasts()).copySecret('a token', 30);
    content = 'of another program';
    await pass(30_000);
    expect(content).toBe('of another program');
  });

  it('is told to stay where the page may not look at the clipboard again', async () => {
    allowed.read = false;
    expect(await new Clipboard(new Toasts()).copySecret('a token', 30)).toBe('stays');
    await pass(60_000);
    expect(content).toBe('a token');
  });
});

it('a copied text stays in the clipboard', async () => {
  await new Clipboard(new Toasts()).copy('an address');
  await pass(3_600_000);
  expect(content).toBe('an address');
});

it('that the browser lets the page copy nothing is told: of a secret in a toast, of a text where it is copied', async () => {
  allowed.write = false;
  const toasts = new Toasts();
  expect(await new Clipboard(toasts).copy('an address')).toBe('refused');
  expect(toasts.current).toBeNull();
  expect(await new Clipboard(toasts).copySecret('a token', 30)).toBe('refused');
  expect(toasts.current?.tone).toBe('bad');
});
