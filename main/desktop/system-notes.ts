// The system's notifications through Electron.
//
// Invariant: a notification that stands is held here, for one that is collected hears no click.
import { Notification } from 'electron';
import { withoutMarkup } from './notes.ts';
import type { NotePort } from './notes.ts';

/** Opens the notifications of a platform (`process.platform`); where it has none, nothing is shown. */
export function systemNotes(platform: string): NotePort {
  const held = new Set<Notification>();
  return {
    show(note) {
      if (!Notification.isSupported()) return { close: () => undefined };
      const actions = note.actions ?? [];
      const notification = new Notification({
        title: note.title,
        body: platform === 'linux' ? withoutMarkup(note.body) : note.body,
        silent: note.lasting !== true,
        timeoutType: note.lasting === true ? 'never' : 'default',
        actions: actions.map(({ label }) => ({ type: 'button', text: label })),
      });
      held.add(notification);
      const letGo = (): void => void held.delete(notification);
      notification.on('click', () => {
        letGo();
        note.onClick?.();
      });
      notification.on('action', ({ actionIndex }) => {
        letGo();
        actions[actionIndex]?.run();
      });
      notification.on('close', letGo);
      notification.on('failed', letGo);
      notification.show();
      return {
        close() {
          letGo();
          notification.close();
        },
      };
    },
  };
}
