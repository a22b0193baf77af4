// Electron's defaults since 12 (contextIsolation) and 20 (sandbox): said for each window that does not say.
import type { LegacyWindowClass, WindowOptions } from './legacy.ts';

const defaults = {
  contextIsolation: true,
  sandbox: true,
  nativeWindowOpen: true,
  worldSafeExecuteJavaScript: true,
};

/** The same class, whose windows have today's defaults. */
export function withDefaults(window: LegacyWindowClass): LegacyWindowClass {
  return new Proxy(window, {
    construct(target, [options]: [WindowOptions?], newTarget): object {
      const webPreferences = { ...defaults, ...options?.webPreferences };
      return Reflect.construct(target, [{ ...options, webPreferences }], newTarget) as object;
    },
  });
}
