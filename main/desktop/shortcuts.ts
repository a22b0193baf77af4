// The optional global shortcuts: copy, and the quick panel.
//
// Invariants: no key is taken from other programs without a modifier that says so (Electron lets unknown words in
// front of a key pass, and takes the bare key); a new accelerator that cannot be had leaves the old one in place; one that fails never takes the
// other with it.

import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';

/** Electron's globalShortcut, as far as it is needed. */
export interface ShortcutPort {
  /** False when another program has it; throws for a text that is no accelerator. */
  register(accelerator: string, pressed: () => void): boolean;
  unregister(accelerator: string): void;
}

export interface ShortcutsOptions {
  readonly port: ShortcutPort;
  copy(): void;
  panel(): void;
}

export interface Wanted {
  readonly copy: string | null;
  readonly panel: string | null;
}

export interface Shortcuts {
  /** Registers what the person wants; answers an error (`bad_request`) for each that could not be had. */
  apply(wanted: Wanted): KeyfobError[];
  close(): void;
}

const modifiers = new Set(
  'command cmd control ctrl commandorcontrol cmdorctrl alt option altgr shift super meta'.split(' '),
);

/** Whether each word in front of the key is a modifier, and there is one beside Shift, or a key made for this. */
function takesItsOwnKey(accelerator: string): boolean {
  const keys = accelerator.toLowerCase().split('+');
  const key = keys.pop() ?? '';
  if (!keys.every((one) => modifiers.has(one))) return false;
  return keys.some((one) => one !== 'shift') || /^(f([1-9]|1\d|2[0-4])|media\w+)$/.test(key);
}

export function createShortcuts({ port, ...does }: ShortcutsOptions): Shortcuts {
  let held: Wanted = { copy: null, panel: null };
  const other = { copy: 'panel', panel: 'copy' } as const;

  const take = (what: 'copy' | 'panel', keys: string): KeyfobError | null => {
    const params = { keys, purpose: message(`purpose_${what}`, {}) };
    if (held[other[what]] === keys) return new KeyfobError('shortcut_used_twice', params);
    if (!takesItsOwnKey(keys)) return new KeyfobError('shortcut_without_modifier', params);
    try {
      if (port.register(keys, () => does[what]())) return null;
    } catch {
      return new KeyfobError('shortcut_unknown', params);
    }
    return new KeyfobError('shortcut_taken', params);
  };

  return {
    apply(wanted) {
      const problems: KeyfobError[] = [];
      // What is given up first makes room for two that change places.
      for (const what of ['copy', 'panel'] as const) {
        const has = held[what];
        if (has !== null && (wanted[what] === null || wanted[other[what]] === has) && wanted[what] !== has) {
          port.unregister(has);
          held = { ...held, [what]: null };
        }
      }
      for (const what of ['copy', 'panel'] as const) {
        const [has, wants] = [held[what], wanted[what]];
        if (wants === null || wants === has) continue;
        const problem = take(what, wants);
        if (problem !== null) {
          problems.push(problem);
          continue;
        }
        if (has !== null) port.unregister(has);
        held = { ...held, [what]: wants };
      }
      return problems;
    },
    close() {
      for (const accelerator of [held.copy, held.panel]) {
        if (accelerator !== null) port.unregister(accelerator);
      }
      held = { copy: null, panel: null };
    },
  };
}
