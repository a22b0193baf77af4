// The one wire between the window and its host.
//
// Invariants: only the top frame of the window's own page is heard, on the one channel of the contract; what
// it says is unknown until the host's schemas have seen it.
import { KeyfobError, toProblem } from '../api/errors.ts';
import { ipcMain } from 'electron';
import type { WebContents } from 'electron';
import type { News, Reply } from '../api/window.ts';
import { channels } from '../../preload/contract.ts';
import { isWindowFrame } from './window-address.ts';

/** The host's answers to the window; see main/host/window-calls.ts. */
export interface WindowDoor {
  call(name: unknown, request: unknown): Promise<Reply>;
  listen(hear: (news: News) => void): () => void;
}

/** Serves the window's calls; the answer ends it. */
export function serveCalls(door: WindowDoor): () => void {
  ipcMain.handle(channels.call, async (event, name: unknown, request: unknown): Promise<Reply> => {
    if (isWindowFrame(event.senderFrame)) return door.call(name, request);
    return {
      ok: false,
      problem: toProblem(new KeyfobError('window_only', {})),
    };
  });
  return () => {
    ipcMain.removeHandler(channels.call);
  };
}

/** Tells a window the host's news until it is gone; the answer ends it sooner. */
export function tellNews(door: WindowDoor, contents: WebContents): () => void {
  const end = door.listen((news) => {
    if (!contents.isDestroyed()) contents.send(channels.news, news);
  });
  contents.once('destroyed', end);
  return end;
}
