// Commands that run on an event of `GET /v1/events`.
//
// Invariants: a command runs without a shell, gets the event as JSON on its standard input and no secret, has 30 s, and
// its output is not kept; four run at once, and of what waits behind them the oldest is left out.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import os from 'node:os';
import process from 'node:process';
import type { KeyfobWithSettings } from '../accounts/create.ts';
import { KeyfobError } from '../api/errors.ts';
import type { EndpointEvent } from '../api/events.ts';
import { eventNames, type Hook } from '../api/hooks.ts';
import type { Hooks } from '../endpoint/index.ts';

const maxRunning = 4;
const maxWaiting = 100;

export interface HooksOptions {
  readonly keyfob: Pick<KeyfobWithSettings, 'settings'>;
  /** Ms that a command may take. */
  readonly limit?: number;
}

export interface HookRunner extends Hooks {
  /** Runs what is to run on an event. */
  hear(event: EndpointEvent): void;
  /** Ends what runs. */
  close(): void;
}

export function createHooks({ keyfob, limit = 30_000 }: HooksOptions): HookRunner {
  const hooks = (): readonly Hook[] => keyfob.settings.read().hooks;
  const waiting: { readonly command: readonly string[]; readonly text: string }[] = [];
  const running = new Set<() => void>();
  const next = (): void => {
    const wanted = running.size < maxRunning ? waiting.shift() : undefined;
    if (wanted === undefined) return;
    const [program = '', ...args] = wanted.command;
    // A group of its own, so that all of it can be ended.
    const detached = process.platform !== 'win32';
    const child = spawn(program, args, { cwd: os.homedir(), detached, stdio: ['pipe', 'ignore', 'ignore'] });
    const kill = (): void => {
      try {
        if (detached && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    };
    const timer = setTimeout(kill, limit);
    timer.unref();
    running.add(kill);
    const ended = (): void => {
      clearTimeout(timer);
      if (running.delete(kill)) next();
    };
    child.on('error', ended);
    child.on('close', ended);
    child.stdin.on('error', () => undefined);
    child.stdin.end(wanted.text);
  };
  return {
    list: () => [...hooks()],
    async add(wanted) {
      if (!eventNames.some((name) => name === wanted.event))
        throw new KeyfobError('unknown_event', { event: wanted.event, events: [...eventNames].toSorted() });
      const added = { ...wanted, id: randomBytes(4).toString('hex') };
      await keyfob.settings.change((now) => ({
        ...now,
        hooks: [...now.hooks, { ...added, command: [...added.command] }],
      }));
      return added;
    },
    async remove(id) {
      const found = hooks().find((one) => one.id === id);
      if (found === undefined) throw new KeyfobError('no_hook', { id });
      await keyfob.settings.change((now) => ({ ...now, hooks: now.hooks.filter((one) => one.id !== id) }));
      return found;
    },
    hear(event) {
      for (const one of hooks()) {
        if (one.event !== event.type) continue;
        waiting.push({ command: one.command, text: `${JSON.stringify(event)}\n` });
        if (waiting.length > maxWaiting) waiting.shift();
        next();
      }
    },
    close() {
      waiting.length = 0;
      for (const kill of running) kill();
    },
  };
}
