// Commands that run on an event of `GET /v1/events`.
//
// Invariants: a command runs without a shell, gets the event as JSON on its standard input and no secret, has 30 s and
// the session's environment, not Keyfob's, and its output is not kept; four run at once, and of what waits behind them each hook's oldest is left out. One
// that sets itself off (a token that its command asks for is an event of its own) does not run without end.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import os from 'node:os';
import process from 'node:process';
import type { KeyfobWithSettings } from '../accounts/create.ts';
import { KeyfobError } from '../api/errors.ts';
import type { EndpointEvent } from '../api/events.ts';
import { eventNames, type Hook } from '../api/hooks.ts';
import type { Hooks } from '../endpoint/index.ts';
import { hookEnvironment } from './hook-environment.ts';

const maxRunning = 4;
/** Events of a hook. */
const maxWaiting = 100;
/** Starts of a hook in as many seconds. */
const maxStarts = 60;

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

interface Waiting extends Hook {
  /** The event as JSON. */
  readonly text: string;
}

export function createHooks({ keyfob, limit = 30_000 }: HooksOptions): HookRunner {
  const hooks = (): readonly Hook[] => keyfob.settings.read().hooks;
  let waiting: Waiting[] = [];
  const running = new Set<() => void>();
  /** When each hook was started last, in ms of a clock that only goes forward. */
  const starts = new Map<string, number[]>();
  /** What the system said of those whose program it did not start. */
  const notStarted = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  /** Ms until a hook may be started. */
  const waitOf = (id: string): number => {
    const since = performance.now() - maxStarts * 1000;
    const recent = (starts.get(id) ?? []).filter((at) => at > since);
    starts.set(id, recent);
    const [oldest = since] = recent;
    return recent.length < maxStarts ? 0 : oldest - since;
  };
  /** Starts what may be started; a hook that has to wait does not hold up another one. */
  const next = (): void => {
    clearTimeout(timer);
    while (waiting.length > 0 && running.size < maxRunning) {
      const waits = waiting.map(({ id }) => waitOf(id));
      const at = waits.indexOf(0);
      if (at === -1) {
        timer = setTimeout(next, Math.min(...waits)).unref();
        return;
      }
      for (const wanted of waiting.splice(at, 1)) {
        starts.get(wanted.id)?.push(performance.now());
        run(wanted);
      }
    }
  };
  const run = ({ id, command: [program = '', ...args], text }: Waiting): void => {
    const fail = ({ code = '?' }: NodeJS.ErrnoException): void => void notStarted.set(id, code);
    // A group of its own, so that all of it can be ended.
    const detached = process.platform !== 'win32';
    let child: ChildProcess;
    try {
      child = spawn(program, args, {
        cwd: os.homedir(),
        env: hookEnvironment(process.env),
        detached,
        stdio: ['pipe', 'ignore', 'ignore'],
        windowsHide: true,
      });
    } catch (error) {
      // Too long for the system, or no program: thrown, where others are told as an event.
      fail(error as NodeJS.ErrnoException);
      return;
    }
    const kill = (): void => {
      try {
        if (detached && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    };
    const tooLong = setTimeout(kill, limit).unref();
    running.add(kill);
    const ended = (): void => {
      clearTimeout(tooLong);
      if (running.delete(kill)) next();
    };
    child.on('spawn', () => notStarted.delete(id));
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) fail(error);
      ended();
    });
    child.on('close', ended);
    // Without descriptors left there is none.
    child.stdin?.on('error', () => undefined).end(text);
  };
  return {
    list: () =>
      hooks().map((one) => {
        const code = notStarted.get(one.id);
        return code === undefined ? one : { ...one, not_started: code };
      }),
    async add(wanted) {
      if (!eventNames.includes(wanted.event))
        throw new KeyfobError('unknown_event', { event: wanted.event, events: eventNames.toSorted() });
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
      waiting = waiting.filter((one) => one.id !== id);
      starts.delete(id);
      notStarted.delete(id);
      return found;
    },
    hear(event) {
      for (const one of hooks()) {
        if (one.event !== event.type) continue;
        waiting.push({ ...one, text: `${JSON.stringify(event)}\n` });
        const own = waiting.filter(({ id }) => id === one.id);
        if (own.length > maxWaiting) waiting = waiting.filter((each) => each !== own[0]);
        next();
      }
    },
    close() {
      clearTimeout(timer);
      waiting = [];
      for (const kill of running) kill();
    },
  };
}
