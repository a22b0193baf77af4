// What Chromium 83 lacks for the window: JavaScript after V8 8.3 by core-js, and some of the DOM.
import 'core-js/stable';

import { addMissing } from './assign.ts';
import './renderer.css';

// Chromium 86: replaceChildren.
function replaceChildren(this: ParentNode & Node, ...nodes: (Node | string)[]): void {
  while (this.lastChild !== null) this.removeChild(this.lastChild);
  this.append(...nodes);
}
for (const { prototype } of [Element, Document, DocumentFragment]) addMissing(prototype, { replaceChildren });

// Chromium 92: crypto.randomUUID (RFC 9562 section 5.4).
addMissing(crypto, {
  randomUUID() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return [
      [0, 8],
      [8, 12],
      [12, 16],
      [16, 20],
      [20, 32],
    ]
      .map(([from, to]) => hex.slice(from, to))
      .join('-');
  },
});

// Chromium 105: checkVisibility. Chromium 98 has structuredClone, which core-js gives.
addMissing(Element.prototype, {
  checkVisibility(this: Element) {
    return this.getClientRects().length > 0 && getComputedStyle(this).visibility === 'visible';
  },
});

// Chromium 86: :focus-visible shows no ring where the focus came by a pointer; renderer.css does it by this class.
for (const [event, byPointer] of [
  ['mousedown', true],
  ['keydown', false],
] as const) {
  const mark = (): void => void document.documentElement.classList.toggle('by-pointer', byPointer);
  document.addEventListener(event, mark, { capture: true });
}
