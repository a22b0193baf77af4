/** The folder that the runtime is kept in. */
export function cacheFolder(env?: NodeJS.ProcessEnv): string;
/** The binary, whether it is there or not. */
export function runtimePath(env?: NodeJS.ProcessEnv): string;
/** Returns the binary's path, or undefined when it was not fetched yet. */
export function findRuntime(env?: NodeJS.ProcessEnv): string | undefined;
/** Fetches the runtime unless it is there, and returns the binary's path. Throws when it cannot be had. */
export function fetchRuntime(env?: NodeJS.ProcessEnv): string;
