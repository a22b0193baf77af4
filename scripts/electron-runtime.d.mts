/** The file to be loaded before the desktop in an Electron older than 45. */
export const newerNames: string;
/** Returns the binary of the runtime for tests, or undefined when it was not fetched yet. */
export function findTestRuntime(env?: NodeJS.ProcessEnv): string | undefined;
/** Returns the binary that npm's package of Electron has fetched, or undefined. */
export function findNpmRuntime(): string | undefined;
/** The version of a binary, by the file beside it or else by asking it; `unknown` when it does not say. */
export function versionOf(binary: string): string;
/** The arguments of an Electron of a version that have it load what it lacks before the application. */
export function firstArguments(ofVersion: string): string[];
/** Fetches the runtime for tests unless it is there, and resolves to its binary. Throws when it cannot be had. */
export function fetchTestRuntime(env?: NodeJS.ProcessEnv): Promise<string>;
/** Runs an Electron in the foreground; this process ends as it does. */
export function runElectron(binary: string, args: readonly string[], cwd?: string): void;
