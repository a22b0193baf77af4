// A call on the session's D-Bus, by the program that the desktop has for it.
//
// Invariant: for questions whose answer is read from text, and in which nothing secret stands: arguments of a program
// can be seen by others.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface BusCall {
  /** Who is asked, by its name on the bus. */
  readonly destination: string;
  readonly path: string;
  /** With its interface in front. */
  readonly method: string;
  /** Texts, each an argument. */
  readonly args?: readonly string[];
}

/** Ms. */
const timeout = 2_000;

/** Asks, and answers with what the program printed; null: nobody could be asked, or nobody answered. */
export async function callSessionBus(call: BusCall): Promise<string | null> {
  const { destination, path, method, args = [] } = call;
  // A desktop has one of these.
  const questions = [
    ['gdbus', 'call', '--session', '--dest', destination, '--object-path', path, '--method', method, ...args],
    [
      'dbus-send',
      '--session',
      '--print-reply',
      `--dest=${destination}`,
      path,
      method,
      ...args.map((text) => `string:${text}`),
    ],
  ] as const;
  for (const [program, ...words] of questions) {
    try {
      return (await promisify(execFile)(program, words, { timeout })).stdout;
    } catch {
      // The other program may be there, or no bus, or nobody of that name on it.
    }
  }
  return null;
}

const bus = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus' } as const;

/** Whether a name has an owner on the session's bus; null: nobody can be asked. */
export async function hasOwnerOnBus(name: string): Promise<boolean | null> {
  const answer = await callSessionBus({ ...bus, method: `${bus.destination}.NameHasOwner`, args: [name] });
  return answer === null ? null : /\btrue\b/.test(answer);
}

/** The same, or whether the bus starts one that is asked for. */
export async function isServedOnBus(name: string): Promise<boolean | null> {
  const owned = await hasOwnerOnBus(name);
  if (owned !== false) return owned;
  const answer = await callSessionBus({ ...bus, method: `${bus.destination}.ListActivatableNames` });
  return answer === null ? null : [...answer.matchAll(/['"]([^'"]*)['"]/g)].some(([, one]) => one === name);
}
