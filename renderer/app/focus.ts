// Where the focus goes when what had it leaves the page: to what opened a screen that was closed, or to the head of
// what is left. The body, where a browser would leave it, is nowhere to go on from by keyboard.

const focusable = 'button, a[href], input, select, textarea, [tabindex]';

/** What an element is found again by after its screen was drawn anew; null when nothing tells it from others. */
function nameOf(element: Element): string | null {
  if (!(element instanceof HTMLElement) || !element.matches(focusable)) return null;
  const own = element.dataset['focus'] ?? element.getAttribute('aria-label') ?? element.textContent.trim();
  return own === '' ? element.id || null : own;
}

/** The name of what has the focus. */
export function nameOfFocus(): string | null {
  return document.activeElement === null ? null : nameOf(document.activeElement);
}

/** Puts the focus on what was called so; false when it is not there. */
function focusOn(name: string): boolean {
  for (const one of document.querySelectorAll<HTMLElement>(focusable)) {
    if (nameOf(one) !== name) continue;
    one.focus();
    if (document.activeElement === one) return true;
  }
  return false;
}

function isLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** Settles the focus on a screen that was just drawn: on its opener, else on its head when nothing has it. */
export function settle(opener: string | null): void {
  if (opener !== null && focusOn(opener)) return;
  if (isLost()) document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
}

/** Watches for a focus that is lost because its element left the page; the answer ends it. */
export function keepFocus(root: HTMLElement): () => void {
  let last: Element | null = null;
  const follow = ({ target }: FocusEvent): void => {
    last = target instanceof Element ? target : null;
  };
  const watch = new MutationObserver(() => {
    if (last === null || last.isConnected || !isLost()) return;
    last = null;
    settle(null);
  });
  root.addEventListener('focusin', follow);
  watch.observe(root, { childList: true, subtree: true });
  return () => {
    watch.disconnect();
    root.removeEventListener('focusin', follow);
  };
}
