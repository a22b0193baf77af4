import { describe, expect, it } from 'vitest';

import { isWindowAddress, isWindowFile, isWindowFrame, windowAddress } from './window-address.ts';

const others = [
  '',
  'about:blank',
  'keyfob-app:window/',
  'keyfob-app://other/',
  'keyfob-app://window.evil/',
  'keyfob-app://window:1/',
  'keyfob-app://user@window/',
  'keyfob-app://:pass@window/',
  'https://window/',
  'file:///keyfob-app://window/',
  'data:text/html,keyfob-app://window/',
  'blob:keyfob-app://window/1',
  'https://example.com/?keyfob-app://window/',
];

describe('an address', () => {
  it('is of the window by scheme and host alone', () => {
    for (const own of [
      windowAddress,
      `${windowAddress}index.html`,
      `${windowAddress}#a`,
      'KEYFOB-APP://window/',
    ]) {
      expect(isWindowAddress(own), own).toBe(true);
    }
    for (const other of others) expect(isWindowAddress(other), other).toBe(false);
  });

  it('is of a file that the window made where the window is its origin', () => {
    expect(isWindowFile('blob:keyfob-app://window/6b1c')).toBe(true);
    for (const other of [
      'blob:https://example.com/1',
      'blob:keyfob-app://other/1',
      'blob:null/1',
      windowAddress,
    ]) {
      expect(isWindowFile(other), other).toBe(false);
    }
  });
});

describe('a frame that calls the host', () => {
  it('is heard when it is the top one of the window’s page', () => {
    expect(isWindowFrame({ url: windowAddress, parent: null })).toBe(true);
  });

  it('is not heard when it is gone, lies in another, or stands on another page', () => {
    expect(isWindowFrame(null)).toBe(false);
    expect(isWindowFrame({ url: windowAddress, parent: {} })).toBe(false);
    for (const url of others) expect(isWindowFrame({ url, parent: null }), url).toBe(false);
  });
});
