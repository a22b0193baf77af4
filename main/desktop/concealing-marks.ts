// The marks that ask clipboard histories to leave a text out. Pure.
//
// Sources: nspasteboard.org (macOS); "Cloud Clipboard and Clipboard History Formats" in Microsoft's "Clipboard
// Formats" (Windows); Klipper's password manager hint (KDE). They ask; a history that does not care keeps the
// text all the same.

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
