/** Compiles a C file of packaging/win with MinGW-w64's gcc. Throws where there is none. */
export function compile(name: string, file: string): void;
/** Gathers `command/` into a folder: the `keyfob` command and Node's own program. The project must have been built. */
export function gatherCommand(folder: string): void;
