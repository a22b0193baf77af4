// Node after 12.14: names with `node:`, and the modules that came later (`fs/promises`, `timers/promises`,
// `stream/web`, …). `require` asks here first, so that a bundle keeps the names that its sources use.
import Module from 'node:module';

type Load = (this: unknown, request: string, ...rest: unknown[]) => unknown;

const makers = new Map<string, () => unknown>();
const made = new Map<string, unknown>();

/** Gives a module that this Node lacks (or another face of one that it has), made when it is first required. */
export function provide(name: string, make: () => unknown): void {
  makers.set(name, make);
}

// `_load` is what `require` of every module calls; it stands in no typings.
const internals = Module as unknown as { _load: Load };
const load = internals._load;

internals._load = function (request, ...rest) {
  const name = request.startsWith('node:') ? request.slice(5) : request;
  const maker = makers.get(name);
  if (maker === undefined) return load.call(this, name, ...rest);
  if (!made.has(name)) made.set(name, maker());
  return made.get(name);
};

/** Loads one of Node's or Electron's own modules as they are, past what was provided. */
export function original(name: string): unknown {
  return load.call(undefined, name, null, false);
}
