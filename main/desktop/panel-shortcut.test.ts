import { describe, expect, it } from 'vitest';
import { isWayland, offerShortcut } from './panel-shortcut.ts';

function keyboard(taken: readonly string[]): { tried: string[]; held: Set<string>; port: PortOf } {
  const [tried, held] = [[] as string[], new Set<string>()];
  return {
    tried,
    held,
    port: {
      register(keys) {
        tried.push(keys);
        if (keys.startsWith('Super')) throw new TypeError('conversion failure');
        if (taken.includes(keys)) return false;
        held.add(keys);
        return true;
      },
      unregister: (keys) => void held.delete(keys),
    },
  };
}
type PortOf = Parameters<typeof offerShortcut>[0]['port'];
const portal = (there: boolean) => async (): Promise<boolean> => there;

describe('the shortcut that is offered for the quick panel', () => {
  it('is one that no other program has, and is given back', async () => {
    const { port, held } = keyboard(['Control+Alt+K', 'Control+Alt+Space']);
    expect(await offerShortcut({ port, wayland: false, installed: true, hasPortal: portal(false) })).toBe(
      'Control+Shift+Alt+K',
    );
    expect([...held]).toEqual([]);
  });

  it('is none where every candidate is taken', async () => {
    const { port } = keyboard(['Control+Alt+K', 'Control+Alt+Space', 'Control+Shift+Alt+K']);
    expect(
      await offerShortcut({ port, wayland: false, installed: true, hasPortal: portal(true) }),
    ).toBeNull();
  });

  it.each([
    { there: true, installed: true, offered: 'Control+Alt+K' },
    { there: false, installed: true, offered: null },
    // GNOME would refuse it and tell nobody.
    { there: true, installed: false, offered: null },
  ])('is never tried on Wayland, and none from a checkout: %j', async ({ there, installed, offered }) => {
    const { port, tried } = keyboard([]);
    const options = { port, wayland: true, installed, hasPortal: portal(there) };
    expect(await offerShortcut(options)).toBe(offered);
    expect(tried).toEqual([]);
  });

  it('knows a Wayland session by its environment', () => {
    expect(isWayland('linux', { XDG_SESSION_TYPE: 'wayland' })).toBe(true);
    expect(isWayland('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
    expect(isWayland('linux', { XDG_SESSION_TYPE: 'x11' })).toBe(false);
    expect(isWayland('win32', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(false);
  });
});
