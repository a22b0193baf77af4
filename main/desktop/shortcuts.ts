// The optional global shortcuts: copy, and the quick switcher.
//
// Invariants: a new accelerator that cannot be had leaves the old one in place; one that fails never takes the
// other with it.

/** Electron's globalShortcut, as far as it is needed. */
export interface ShortcutPort {
  /** False when another program has it; throws for a text that is no accelerator. */
  register(accelerator: string, pressed: () => void): boolean;
  unregister(accelerator: string): void;
}

export interface ShortcutsOptions {
  readonly port: ShortcutPort;
  copy(): void;
  switch(): void;
}

export interface Wanted {
  readonly copy: string | null;
  readonly switch: string | null;
}

export interface Shortcuts {
  /** Registers what the person wants; answers a sentence for each that could not be had. */
  apply(wanted: Wanted): string[];
  close(): void;
}

export function createShortcuts({ port, ...does }: ShortcutsOptions): Shortcuts {
  let held: Wanted = { copy: null, switch: null };
  const other = { copy: 'switch', switch: 'copy' } as const;
  const purpose = { copy: 'copying', switch: 'the quick switcher' } as const;

  const take = (what: 'copy' | 'switch', accelerator: string): string | null => {
    const tail = `so it is not used for ${purpose[what]}: choose another.`;
    if (held[other[what]] === accelerator) return `${accelerator} is used twice, ${tail}`;
    try {
      if (port.register(accelerator, () => does[what]())) return null;
      return `Another program has the shortcut ${accelerator}, ${tail}`;
    } catch {
      return `${accelerator} is no shortcut that this system knows, ${tail}`;
    }
  };

  return {
    apply(wanted) {
      const problems: string[] = [];
      // What is given up first makes room for two that change places.
      for (const what of ['copy', 'switch'] as const) {
        const has = held[what];
        if (has !== null && (wanted[what] === null || wanted[other[what]] === has) && wanted[what] !== has) {
          port.unregister(has);
          held = { ...held, [what]: null };
        }
      }
      for (const what of ['copy', 'switch'] as const) {
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
      for (const accelerator of [held.copy, held.switch]) {
        if (accelerator !== null) port.unregister(accelerator);
      }
      held = { copy: null, switch: null };
    },
  };
}
