import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { windowKit, application } from '../../testing/window-kit.ts';
import { windowState } from '../../testing/window-state.ts';

beforeEach(() => void vi.stubGlobal('history', { pushState: vi.fn() }));
afterEach(() => void vi.unstubAllGlobals());

describe('an attempt', () => {
  it('does nothing while another of its name is under way', async () => {
    await using kit = await windowKit();
    const { host, called } = await windowState(kit);
    const work = (): Promise<unknown> => host.call('about.licences', {});
    const first = host.attempt('licences', null, work);
    expect(host.isBusy('licences')).toBe(true);
    expect(await host.attempt('licences', null, work)).toBeNull();
    await first;
    expect(host.isBusy('licences')).toBe(false);
    expect(called.filter((name) => name === 'about.licences')).toHaveLength(1);
  });

  it('that fails shows the sentence of what was refused', async () => {
    await using kit = await windowKit();
    const { host, toasts } = await windowState(kit);
    expect(await host.attempt('use x', 'x', () => host.call('account.use', { name: 'x' }))).toBeNull();
    expect(toasts.current).toMatchObject({ tone: 'bad', action: null });
    expect(toasts.current?.text).toContain('x');
    expect(host.isBusy('use x')).toBe(false);
  });

  it('that needs a sign-in has a button that leads to it', async () => {
    await using kit = await windowKit();
    await kit.add(application, 'hq');
    const { host, toasts, navigation } = await windowState(kit);
    await host.attempt('refresh hq', 'hq', () => host.call('account.refresh', { name: 'hq' }));
    expect(toasts.current?.action?.label).toBe('Sign in');
    toasts.current?.action?.run();
    expect(navigation.current).toEqual({ screen: 'sign_in', account: 'hq' });
  });

  it('hides no fault of the window itself', async () => {
    await using kit = await windowKit();
    const { host } = await windowState(kit);
    await expect(host.attempt('x', null, () => Promise.reject(new TypeError('a fault')))).rejects.toThrow(
      'a fault',
    );
    expect(host.isBusy('x')).toBe(false);
  });
});
