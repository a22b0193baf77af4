/** Packs into a folder and returns that of the application. Throws when the runtime was not fetched. */
export function packElectron9(out?: string): string;
