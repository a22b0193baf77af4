import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import { followWindows } from './dock.ts';

// Outside Electron its package is the path of a binary that need not be there.
vi.mock('electron', () => ({ app: {} }));

class HandWindow extends EventEmitter {
  visible = false;
  isVisible = (): boolean => this.visible;
  isDestroyed = (): boolean => false;
  set(visible: boolean): void {
    this.visible = visible;
    this.emit(visible ? 'show' : 'hide');
  }
}

it('the icon in the Dock is there while a window is open, and not for the menu bar alone', async () => {
  const seen: string[] = [];
  const follow = followWindows({ show: () => seen.push('show'), hide: () => void seen.push('hide') });
  const [main, signIn] = [new HandWindow(), new HandWindow()];
  follow(main);
  expect(seen).toEqual(['hide']);
  main.set(true);
  signIn.visible = true;
  follow(signIn);
  await new Promise(setImmediate);
  main.emit('closed');
  expect(seen).toEqual(['hide', 'show']);
  signIn.set(false);
  expect(seen).toEqual(['hide', 'show', 'hide']);
  signIn.set(true);
  expect(seen.at(-1)).toBe('show');
});
