// The way between the window and its host, whatever carries it: IPC in the desktop, HTTP in the console.
import type { CallName, News } from '../main/api/window.ts';

/** `call` rejects only when no answer came; `listen` returns its unsubscribe. */
export interface Transport {
  call(name: CallName, request: unknown): Promise<unknown>;
  listen(hear: (news: News) => void): () => void;
}

/** Names of the IPC channels; nothing else is sent or heard. */
export const channels = { call: 'keyfob:call', news: 'keyfob:news' } as const;

/** The name under which the desktop's preload script exposes its transport in the window. */
export const bridgeName = 'keyfobTransport';
