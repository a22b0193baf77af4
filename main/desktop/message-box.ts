// A question or a notice in a box of the system's own.
import { dialog } from 'electron';
import type { MessageBoxOptions } from 'electron';

/** Ms. */
const turn = 100;

/** Shows a box and resolves to the button that was clicked. */
export async function showBox(options: MessageBoxOptions): Promise<number> {
  // Before the home is open nothing turns Node's loop, and under GTK the answer is not heard until it turns: it
  // came seconds later, with whatever timer was due next.
  const turning = setInterval(() => undefined, turn);
  try {
    return (await dialog.showMessageBox({ title: 'Keyfob', ...options })).response;
  } finally {
    clearInterval(turning);
  }
}
