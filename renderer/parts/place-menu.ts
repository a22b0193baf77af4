// Where a menu stands: below its button, right edges together; above it where there is no room below.
import type { Attachment } from 'svelte/attachments';

/** Places an element of `position: fixed` at its button, within the window. */
export function place(button: HTMLElement | undefined): Attachment<HTMLElement> {
  return (menu) => {
    if (button === undefined) return;
    const at = button.getBoundingClientRect();
    const room = document.documentElement;
    const left = Math.min(Math.max(8, at.right - menu.offsetWidth), room.clientWidth - menu.offsetWidth - 8);
    const below = at.bottom + 4;
    const fits = below + menu.offsetHeight <= room.clientHeight - 8;
    const above = Math.max(8, at.top - 4 - menu.offsetHeight);
    menu.style.setProperty('left', `${Math.max(8, left)}px`);
    menu.style.setProperty('top', `${fits ? below : above}px`);
  };
}
