// Where a menu is shown: below its button, or above it where it does not fit below; right edges together, left edges
// at a button that has a text.
import type { Attachment } from 'svelte/attachments';

/** Moves an element of `position: fixed` to its button, within the window. */
export function positionAt(button: HTMLElement | undefined): Attachment<HTMLElement> {
  return (menu) => {
    if (button === undefined) return;
    const at = button.getBoundingClientRect();
    const root = document.documentElement;
    const start = at.width > 40 ? at.left : at.right - menu.offsetWidth;
    const left = Math.min(Math.max(8, start), root.clientWidth - menu.offsetWidth - 8);
    const below = at.bottom + 4;
    const fits = below + menu.offsetHeight <= root.clientHeight - 8;
    const above = Math.max(8, at.top - 4 - menu.offsetHeight);
    menu.style.setProperty('left', `${Math.max(8, left)}px`);
    menu.style.setProperty('top', `${fits ? below : above}px`);
  };
}
