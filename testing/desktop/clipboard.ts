// The clipboard as other programs see it: X11's CLIPBOARD, by xclip and by a clipboard manager; never by the
// application's own objects.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { until } from '../program.ts';

export interface X11Clipboard {
  /** The text that is there; null for none. */
  read(): Promise<string | null>;
  /** Puts a text there, as another program. */
  write(text: string): Promise<void>;
  /** The formats that are offered. */
  formats(): Promise<readonly string[]>;
  /** Starts a manager, which keeps the text of a program that ends. Without one, X11 drops it with its owner. */
  startManager(): Promise<ClipboardManager>;
}

export interface ClipboardManager {
  /** How many texts it took over. */
  kept(): number;
  stop(): void;
}

const managerFile = path.join(path.dirname(fileURLToPath(import.meta.url)), 'clipboard-manager.py');

/** The clipboard of a display. `track` is told each process that is started. */
export function clipboardOf(env: NodeJS.ProcessEnv, track: (child: ChildProcess) => void): X11Clipboard {
  // Never waited for in place: what owns the clipboard may be waiting for an answer of our own on the bus.
  const xclip = (args: readonly string[], input?: string): Promise<string | null> =>
    new Promise((resolve) => {
      const child = spawn('xclip', ['-selection', 'clipboard', ...args], {
        env,
        timeout: 5_000,
        // What takes a text goes on in the background as its owner, with the outputs still open.
        stdio: ['pipe', input === undefined ? 'pipe' : 'ignore', 'ignore'],
      });
      let text = '';
      child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input ?? '');
      child.once('error', () => resolve(null));
      child.once('close', (code) => resolve(code === 0 ? text : null));
    });
  const read = (): Promise<string | null> => xclip(['-out', '-target', 'UTF8_STRING']);
  return {
    read,
    formats: async () => ((await xclip(['-out', '-target', 'TARGETS'])) ?? '').split('\n').filter(Boolean),
    async write(text) {
      if ((await xclip(['-in'], text)) === null) throw new Error('xclip could not take the text.');
      // It goes into the background before the server has heard that it owns the clipboard.
      await until('the text in the clipboard', async () => (await read()) === text);
    },
    async startManager() {
      const child = spawn('/usr/bin/python3', [managerFile], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      track(child);
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
      await until('a clipboard manager', () => output.includes('ready'));
      return {
        kept: () => output.split('\n').filter((line) => line === 'kept').length,
        stop: () => void child.kill(),
      };
    },
  };
}
