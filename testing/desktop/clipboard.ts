// The clipboard as other programs see it: X11's CLIPBOARD, by xclip and by a clipboard manager; never by the
// application's own objects.
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { until } from '../program.ts';

export interface X11Clipboard {
  /** The text that is there; null for none. */
  read(): string | null;
  /** Puts a text there, as another program. */
  write(text: string): void;
  /** The formats that are offered. */
  formats(): readonly string[];
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
  const xclip = (...args: string[]): string | null => {
    const { status, stdout } = spawnSync('xclip', ['-selection', 'clipboard', ...args], {
      env,
      encoding: 'utf8',
      timeout: 5_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return status === 0 ? stdout : null;
  };
  return {
    read: () => xclip('-out', '-target', 'UTF8_STRING'),
    formats: () => (xclip('-out', '-target', 'TARGETS') ?? '').split('\n').filter(Boolean),
    write(text) {
      // It goes on in the background, as the owner of the text.
      const { status } = spawnSync('xclip', ['-selection', 'clipboard', '-in'], {
        env,
        input: text,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      if (status !== 0) throw new Error('xclip could not take the text.');
    },
    async startManager() {
      const child = spawn('/usr/bin/python3', [managerFile], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      track(child);
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
      await until('a clipboard manager', () => said.includes('ready'));
      return {
        kept: () => said.split('\n').filter((line) => line === 'kept').length,
        stop: () => void child.kill(),
      };
    },
  };
}
