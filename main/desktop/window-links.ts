// Links of the window that lead out of it.
//
// Invariant: the one address that is ever opened is that of a sign-in which waits for a person to open it (a
// device's code, RFC 8628 section 3.3, or where no browser opened by itself); any other is left alone.
import type { Keyfob } from '../accounts/keyfob.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import type { Notes } from './notes.ts';

export interface LinkOptions {
  readonly keyfob: { signIns(): Pick<ReturnType<Keyfob['signIns']>[number], 'state' | 'url'>[] };
  /** Opens an address in the system's browser. Rejects when there is none. */
  open(address: string): Promise<void>;
  /** Hears that there was no browser. */
  failed(): void;
}

/** Makes what is told of each link that was followed. */
export function linkOpener({ keyfob, open, failed }: LinkOptions): (address: string) => void {
  return (address) => {
    const wanted = keyfob
      .signIns()
      .some(({ state, url }) => state === 'waiting' && url !== null && URL.parse(url)?.href === address);
    if (!wanted) return;
    open(address).catch(failed);
  };
}

/** Says that there was no browser, and what to do, to whoever followed a link. */
export function tellNoBrowser(notes: Pick<Notes, 'failed' | 'language'>): void {
  const texts = desktopTexts[notes.language()].notes;
  notes.failed(texts.noBrowser, texts.noBrowserText);
}
