// The one wire between the window and its host.
//
// Invariants: only the top frame of the window's own page is heard, on the one channel of the contract; the
// panel's page may make the panel's calls alone; what
// it says is unknown until the host's schemas have seen it.
import { KeyfobError, toProblem } from '../api/errors.ts';
import { ipcMain } from 'electron';
import type { Reply } from '../api/window.ts';
import type { WindowCalls } from '../host/window-calls.ts';
import { channels } from '../../preload/contract.ts';
import { panelCalls } from './panel.ts';
import type { Panel } from './panel.ts';
import { isWindowFrame } from './window-address.ts';

/** Serves the window's calls, and to the quick panel its few; the answer ends it. */
export function serveCalls(calls: Pick<WindowCalls, 'call'>, panel: Pick<Panel, 'owns'>): () => void {
  ipcMain.handle(channels.call, async (event, name: unknown, request: unknown): Promise<Reply> => {
    const may = !panel.owns(event.sender) || panelCalls.has(name);
    if (may && isWindowFrame(event.senderFrame)) return calls.call(name, request);
    return {
      ok: false,
      problem: toProblem(new KeyfobError('window_only', {})),
    };
  });
  return () => {
    ipcMain.removeHandler(channels.call);
  };
}
