/** What electron-builder.yml says. */
export function readPackaging(): unknown;
/** Says what does not hold of an archive, one sentence each. `also` are files that may stand there besides. */
export function checkArchive(archive: string, also?: readonly RegExp[]): string[];
/** Says which fuses of a binary are not as electron-builder.yml has them. */
export function checkFuses(binary: string): Promise<string[]>;
/** Checks every application below a folder and resolves to what does not hold. */
export function checkAll(folder: string, also?: readonly RegExp[]): Promise<string[]>;
/** Says what does not hold of the folder of the `keyfob` command, one sentence each. */
export function checkCommand(folder: string): string[];
