/** The file name of the installed application's desktop entry, and the name that its windows give. */
export const desktopName: string;
/** Gathers into a folder what goes into the package for this system and processor. */
export function gather(app?: string): void;
/** electron-builder's arguments where nothing can be signed on a platform. */
export function unsignedOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[];
/** electron-builder's arguments for the place of newer versions. Throws where that is no https address. */
export function publishOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[];
/** Packs with electron-builder's own command and arguments. Throws when it does not end with 0. */
export function runBuilder(...args: string[]): void;
