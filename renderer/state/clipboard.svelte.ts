// The clipboard of a browser page, for a host that has none of its own.
//
// Invariants: what was written is not kept, its SHA-256 alone; it is taken off the clipboard only while it is
// still there, which a page can know only where the browser lets it read.
import { lang } from '../i18n/lang.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

/** `clears`: it will leave by itself; `stays`: the page may not look again; `refused`: nothing was copied. */
export type Written = 'clears' | 'stays' | 'refused';

/** Counts until the clipboard clears; null from then on. */
export function countdown(seconds: number): (now: number) => string | null {
  const until = Math.floor(Date.now() / 1000) + seconds;
  return (now) => (until > now ? lang.texts.toasts.clears(until - now) : null);
}

export class Clipboard {
  readonly #toasts: Toasts;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(toasts: Toasts) {
    this.#toasts = toasts;
  }

  /** Copies what is no secret, or what is shown this once; what came of it is told where that was asked for. */
  copy(text: string): Promise<Written> {
    return this.#write(text, null);
  }

  /** Copies a secret, which leaves the clipboard after `seconds` where it can. That it was refused is told. */
  async copySecret(text: string, seconds: number): Promise<Written> {
    const written = await this.#write(text, seconds);
    const { copyRefused, copyRefusedHint } = lang.texts.toasts;
    if (written === 'refused') this.#toasts.failure({ text: copyRefused, hint: copyRefusedHint });
    return written;
  }

  async #write(text: string, seconds: number | null): Promise<Written> {
    clearTimeout(this.#timer);
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return 'refused';
    }
    if (seconds === null || !(await mayRead())) return 'stays';
    const hash = await digest(text);
    this.#timer = setTimeout(() => void clear(hash), seconds * 1000);
    return 'clears';
  }
}

async function mayRead(): Promise<boolean> {
  try {
    const { state } = await navigator.permissions.query({ name: permission('clipboard-read') });
    return state === 'granted';
  } catch {
    // A browser that does not know this permission grants none.
    return false;
  }
}

async function clear(hash: string): Promise<void> {
  try {
    if ((await digest(await navigator.clipboard.readText())) === hash)
      await navigator.clipboard.writeText('');
  } catch {
    // The page is in the background, where no browser lets it read: looked at again when it is back.
    window.addEventListener('focus', () => void clear(hash), { once: true });
  }
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// Chromium's name of it is missing in the list of the DOM's types.
function permission(name: string): PermissionName {
  return name as PermissionName;
}
