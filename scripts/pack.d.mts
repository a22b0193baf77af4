/** The file name of the installed application's desktop entry, and the name that its windows give. */
export const desktopName: string;
/** Gathers into a folder what goes into the package for this system and processor. */
export function gather(app?: string): void;
/** Packs with electron-builder's own command and arguments. Throws when it does not end with 0. */
export function runBuilder(...args: string[]): void;
