import { expect, it } from 'vitest';
import { iconIdentity } from './tray-icons.ts';

it('the icon has an identity where the system keeps its place by one, and none in a checkout', () => {
  expect(iconIdentity('win32', true)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(iconIdentity('darwin', true)).toBe(iconIdentity('win32', true));
  expect(iconIdentity('linux', true)).toBeNull();
  // Windows ties it to a path, and shows no icon with it from another.
  expect(iconIdentity('win32', false)).toBeNull();
});
