// Where a menu stands: below its button, or above it where there is no room below; right edges together, left edges
// at a button as wide as words.
import type { Attachment } from 'svelte/attachments';

/** Places an element of `position: fixed` at its button, within the window. */
export function place(button: HTMLElement | undefined): Attachment<HTMLElement> {
  return (menu) => {
    if (button === undefined) return;
    const at = button.getBoundingClientRect();
    const room = document.documentElement;
    const start = at.width > 40 ? at.left : at.right - menu.offsetWidth;
    const left = Math.min(Math.max(8, start), room.clientWidth - menu.offsetWidth - 8);
    const below = at.bottom + 4;
    const fits = below + menu.offsetHeight <= room.clientHeight - 8;
    const above = Math.max(8, at.top - 4 - menu.offsetHeight);
    menu.style.setProperty('left', `${Math.max(8, left)}px`);
    menu.style.setProperty('top', `${fits ? below : above}px`);
  };
}
