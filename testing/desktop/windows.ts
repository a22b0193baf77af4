// Windows on a screen as X knows them, and keys for the one that has the focus.
import { spawnSync } from 'node:child_process';

import { until } from '../program.ts';

export interface Screen {
  /** The windows whose title is like that. */
  windowsLike(title: string): string[];
  /** Waits for a window, by its title. */
  window(title: string): Promise<string>;
  /** Presses and releases a key (`Return`, `Escape`). */
  key(name: string): void;
}

/** The screen of a display. */
export function screenOf(env: NodeJS.ProcessEnv): Screen {
  /** Ends with 1 where a search finds none; a missing or failing xdotool is an error. */
  const xdotool = (args: readonly string[]): string => {
    const { status, stdout, stderr, error } = spawnSync('xdotool', args, { env, encoding: 'utf8' });
    if (error !== undefined) throw error;
    if (status !== 0 && !(status === 1 && args[0] === 'search')) {
      throw new Error(`xdotool ${args.join(' ')}: ${stderr}`);
    }
    return stdout;
  };
  const windowsLike = (title: string): string[] =>
    xdotool(['search', '--onlyvisible', '--name', title]).split('\n').filter(Boolean);
  return {
    windowsLike,
    window: (title) => until(`a window ${title}`, () => windowsLike(title)[0]),
    key: (name) => void xdotool(['key', '--delay', '50', name]),
  };
}
