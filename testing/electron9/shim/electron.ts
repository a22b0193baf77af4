// Electron after 9.4.1: newer names and shapes of its main process, on the older ones. `require('electron')`
// gives the runtime's own module with some names replaced. Child processes that run as Node have none of it.
import process from 'node:process';

import { isRecord } from './assign.ts';
import { patchApp } from './electron/app.ts';
import { makeClipboard } from './electron/clipboard.ts';
import { patchContents } from './electron/contents.ts';
import { patchNet } from './electron/net.ts';
import { patchSession } from './electron/session.ts';
import { utilityProcess } from './electron/utility.ts';
import { withDefaults } from './electron/window.ts';
import type { LegacyElectron } from './electron/legacy.ts';
import { original, provide } from './modules.ts';

function isElectron(value: unknown): value is LegacyElectron {
  return isRecord(value) && isRecord(value['app']);
}

if (process.versions['electron'] !== undefined && process.type === 'browser') {
  const electron = original('electron');
  if (!isElectron(electron)) throw new Error('This runtime gives no module named electron.');
  const { Clipboard, ClipboardItem } = makeClipboard(electron.clipboard);
  patchApp(electron.app);
  patchNet(electron.net);
  electron.app.on('session-created', (session) => patchSession(session, electron));
  electron.app.on('web-contents-created', (_event, contents) => patchContents(contents, electron));

  const replaced: Record<string, unknown> = {
    BrowserWindow: withDefaults(electron.BrowserWindow),
    clipboard: Clipboard,
    ClipboardItem,
    utilityProcess,
  };
  const descriptors = Object.entries(Object.getOwnPropertyDescriptors(electron)).map(([name, own]) => {
    const value = replaced[name];
    return [name, value === undefined ? own : { value, enumerable: true, configurable: true }] as const;
  });
  const newer = Object.defineProperties({}, Object.fromEntries(descriptors));
  for (const [name, value] of Object.entries(replaced)) {
    if (!(name in newer)) Object.defineProperty(newer, name, { value, enumerable: true });
  }
  provide('electron', () => newer);
}
