// The system's clipboard through Electron, with the marks that keep a secret out of clipboard histories.
import { clipboard, ClipboardItem } from 'electron';
import type { SystemClipboard } from './clipboard.ts';
import { concealingMarks } from './concealing-marks.ts';

/** Opens the clipboard of a platform (`process.platform`). */
export function systemClipboard(platform: string): SystemClipboard {
  return {
    readText: () => clipboard.readText(),
    // One write: what is written a moment later would be an entry of its own.
    writeConcealed: (text) =>
      clipboard.write([new ClipboardItem({ 'text/plain': text, ...concealingMarks(platform) })]),
    clear: () => clipboard.clear(),
  };
}
