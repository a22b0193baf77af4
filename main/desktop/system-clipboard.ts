// The system's clipboard through Electron, with the marks that keep a secret out of clipboard histories.
//
// Sources of the marks: nspasteboard.org (macOS); "Cloud Clipboard and Clipboard History Formats" in Microsoft's
// "Clipboard Formats" (Windows); Klipper's password manager hint (KDE). They ask; a history that does not care
// keeps the text all the same.
import { clipboard, ClipboardItem } from 'electron';
import type { SystemClipboard } from './clipboard.ts';

/** A format that only the platform's own clipboard knows. */
const raw = (format: string): string => `electron application/osclipboard;format="${format}"`;
/** A DWORD of 0: no. */
const no = '\0\0\0\0';

/** The marks of a platform, by the type that Electron's clipboard takes them under. */
export function concealingMarks(platform: string): Record<string, string> {
  switch (platform) {
    case 'darwin':
      return { [raw('org.nspasteboard.ConcealedType')]: '1' };
    case 'win32':
      return {
        [raw('ExcludeClipboardContentFromMonitorProcessing')]: no,
        [raw('CanIncludeInClipboardHistory')]: no,
        [raw('CanUploadToCloudClipboard')]: no,
      };
    default:
      return { [raw('x-kde-passwordManagerHint')]: 'secret' };
  }
}

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
