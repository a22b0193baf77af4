// Gives the window its one way to the host. Runs sandboxed; nothing of Electron reaches the page.
//
// Invariant: what is told before the page listens waits for it: a page has loaded before its scripts have all run.
import type { News } from '../main/api/window.ts';
import { contextBridge, ipcRenderer } from 'electron';
import type { Transport } from './contract.ts';
import { bridgeName, channels } from './contract.ts';

/** What was told before the page listened; null: it does. */
let early: News[] | null = [];
ipcRenderer.on(channels.news, (_event, news: News) => early?.push(news));

const transport: Transport = {
  call: (name, request) => ipcRenderer.invoke(channels.call, name, request),
  listen(hear) {
    const listener = (_event: unknown, news: News): void => {
      hear(news);
    };
    ipcRenderer.on(channels.news, listener);
    const waiting = early ?? [];
    early = null;
    for (const news of waiting) hear(news);
    return () => {
      ipcRenderer.removeListener(channels.news, listener);
    };
  },
};

contextBridge.exposeInMainWorld(bridgeName, transport);
