// Arguments that can be read without the whole command line. Loads nothing.

/** Whether an account or a client may be called so. */
export function isName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}

/** Options and operands of a command, when each option is one of those and has its value; null for anything else. */
export interface PlainArguments {
  readonly operands: readonly string[];
  /** All values of an option, by its name without the hyphens. */
  readonly options: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads arguments that are plain: `--name value` and `--name=value` of these names, and operands. Null for anything
 * else (another option, a value that begins with a hyphen, a request for help), which the whole command line answers.
 */
export function parsePlainly(args: readonly string[], names: readonly string[]): PlainArguments | null {
  const operands: string[] = [];
  const options = new Map<string, string[]>();
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (!arg.startsWith('-')) {
      operands.push(arg);
      continue;
    }
    const equals = arg.indexOf('=');
    const name = arg.slice(2, equals < 0 ? undefined : equals);
    if (!arg.startsWith('--') || !names.includes(name)) return null;
    let value = arg.slice(equals + 1);
    if (equals < 0) {
      at += 1;
      const next = args[at];
      if (next === undefined || next.startsWith('-')) return null;
      value = next;
    }
    options.set(name, [...(options.get(name) ?? []), value]);
  }
  return { operands, options };
}
