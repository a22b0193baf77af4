// Gives the window its one way to the host. Runs sandboxed; nothing of Electron reaches the page.
import type { News } from '../main/api/window.ts';
import { contextBridge, ipcRenderer } from 'electron';
import type { Transport } from './contract.ts';
import { bridgeName, channels } from './contract.ts';

const transport: Transport = {
  call: (name, request) => ipcRenderer.invoke(channels.call, name, request),
  listen(hear) {
    const listener = (_event: unknown, news: News): void => {
      hear(news);
    };
    ipcRenderer.on(channels.news, listener);
    return () => {
      ipcRenderer.removeListener(channels.news, listener);
    };
  },
};

contextBridge.exposeInMainWorld(bridgeName, transport);
