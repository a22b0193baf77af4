// The address of the window's page, and who stands on it: what decides whether the host answers.
//
// Invariant: nothing of Electron is needed here, so that it can be held against every frame there may be.

/** The window's own scheme. */
export const windowScheme = 'keyfob-app';

/** The address of the window's page. */
export const windowAddress = `${windowScheme}://window/`;

/** The address of the quick panel's page. */
export const panelAddress = `${windowAddress}panel.html`;

/** Whether an address is of the window's page. Node gives `null` as origin of own schemes: parts are compared. */
export function isWindowAddress(address: string): boolean {
  const own = new URL(windowAddress);
  try {
    const { protocol: from, host, port, username, password } = new URL(address);
    return from === own.protocol && host === own.host && port === '' && username === '' && password === '';
  } catch {
    return false;
  }
}

/** Whether an address is of a file that the window's page has made by itself (File API, "Blob URL"). */
export function isWindowFile(address: string): boolean {
  return address.startsWith('blob:') && isWindowAddress(address.slice('blob:'.length));
}

/** A frame that asks; Electron's WebFrameMain is one. */
export interface AskingFrame {
  readonly url: string;
  readonly parent: object | null;
}

/** Whether the window's own page asks, its top frame alone. Null: the frame has gone on to another page. */
export function isWindowFrame(frame: AskingFrame | null): boolean {
  return frame !== null && frame.parent === null && isWindowAddress(frame.url);
}
