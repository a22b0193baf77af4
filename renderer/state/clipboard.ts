// The clipboard of a browser page, for a host that has none of its own.
//
// Invariants: what was written is not kept, its SHA-256 alone; it is taken off the clipboard only while it is
// still there, which a page can know only where the browser lets it read.

/** `clears`: it will leave by itself; `stays`: the page may not look again; `refused`: nothing was copied. */
export type Written = 'clears' | 'stays' | 'refused';

export class Clipboard {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Writes a text; with `seconds` it leaves again when it is still there. */
  async write(text: string, seconds: number | null): Promise<Written> {
    clearTimeout(this.#timer);
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return 'refused';
    }
    if (seconds === null || !(await mayRead())) return 'stays';
    const mark = await digest(text);
    this.#timer = setTimeout(() => void clear(mark), seconds * 1000);
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

async function clear(mark: string): Promise<void> {
  try {
    if ((await digest(await navigator.clipboard.readText())) === mark)
      await navigator.clipboard.writeText('');
  } catch {
    // The page is in the background, where no browser lets it read: looked at again when it is back.
    window.addEventListener('focus', () => void clear(mark), { once: true });
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
