import { describe, expect, it } from 'vitest';
import { createShortcuts } from './shortcuts.ts';
import type { Shortcuts } from './shortcuts.ts';

function bench(taken: readonly string[] = []): {
  shortcuts: Shortcuts;
  held: Map<string, () => void>;
  did: string[];
} {
  const held = new Map<string, () => void>();
  const did: string[] = [];
  const shortcuts = createShortcuts({
    port: {
      register(accelerator, pressed) {
        if (accelerator.endsWith('+Hmpf')) throw new TypeError('conversion failure');
        if (taken.includes(accelerator) || held.has(accelerator)) return false;
        held.set(accelerator, pressed);
        return true;
      },
      unregister: (accelerator) => void held.delete(accelerator),
    },
    copy: () => void did.push('copy'),
    panel: () => void did.push('panel'),
  });
  return { shortcuts, held, did };
}

describe('global shortcuts', () => {
  it('do what they are for', () => {
    const { shortcuts, held, did } = bench();
    expect(shortcuts.apply({ copy: 'Control+Alt+C', panel: 'Control+Alt+K' })).toEqual([]);
    held.get('Control+Alt+K')?.();
    held.get('Control+Alt+C')?.();
    expect(did).toEqual(['panel', 'copy']);
  });

  it('are told of when they cannot be had, and take nothing else with them', () => {
    const { shortcuts, held } = bench(['Control+Alt+C']);
    expect(shortcuts.apply({ copy: 'Control+Alt+C', panel: 'Control+Alt+K' })).toMatchObject([
      {
        problem: {
          reason: 'shortcut_taken',
          params: { keys: 'Control+Alt+C', purpose: { reason: 'purpose_copy' } },
        },
      },
    ]);
    expect([...held.keys()]).toEqual(['Control+Alt+K']);
  });

  it('stay as they were when the new one cannot be had', () => {
    const { shortcuts, held } = bench(['Control+Alt+X']);
    shortcuts.apply({ copy: 'Control+Alt+C', panel: null });
    for (const bad of ['Control+Alt+X', 'Control+Hmpf']) {
      expect(shortcuts.apply({ copy: bad, panel: null })).toHaveLength(1);
      expect([...held.keys()]).toEqual(['Control+Alt+C']);
    }
  });

  it.each(['K', 'Nonsense+K', 'Shift+K', '', 'Control+Nonsense+K'])(
    'never take a bare key from other programs: %j',
    (accelerator) => {
      const { shortcuts, held } = bench();
      expect(shortcuts.apply({ copy: accelerator, panel: null })).toHaveLength(1);
      expect(held.size).toBe(0);
    },
  );

  it('may be a function key alone', () => {
    expect(bench().shortcuts.apply({ copy: 'F9', panel: 'Shift+F9' })).toEqual([]);
  });

  it('are not used twice, but may change places', () => {
    const { shortcuts, held, did } = bench();
    expect(shortcuts.apply({ copy: 'Alt+A', panel: 'Alt+A' })).toHaveLength(1);
    expect(shortcuts.apply({ copy: 'Alt+A', panel: 'Alt+B' })).toEqual([]);
    expect(shortcuts.apply({ copy: 'Alt+B', panel: 'Alt+A' })).toEqual([]);
    held.get('Alt+B')?.();
    expect([did, [...held.keys()].sort()]).toEqual([['copy'], ['Alt+A', 'Alt+B']]);
  });

  it('are given back', () => {
    const { shortcuts, held } = bench();
    shortcuts.apply({ copy: 'Alt+A', panel: 'Alt+B' });
    shortcuts.apply({ copy: null, panel: 'Alt+B' });
    expect([...held.keys()]).toEqual(['Alt+B']);
    shortcuts.close();
    expect(held.size).toBe(0);
  });
});
