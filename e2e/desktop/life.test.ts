/** The desktop's life: second starts, an agent that has the home already, and ends that nobody asked for. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startDesktop, startPlainDesktop } from '../../testing/desktop/desktop.ts';
import type { PlainDesktop } from '../../testing/desktop/desktop.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import {
  cleanUp,
  fieldsOf,
  linesOf,
  start,
  startAgent,
  startPractice,
  until,
} from '../../testing/program.ts';
import type { Practice, Result } from '../../testing/program.ts';

let session: DesktopSession;
let practice: Practice;
let running: PlainDesktop[] = [];
beforeAll(async () => {
  [session, practice] = await Promise.all([startSession(), startPractice()]);
});
afterEach(async () => {
  await Promise.all(running.map((desktop) => desktop.kill()));
  running = [];
});
afterAll(async () => {
  await session.stop();
  await cleanUp();
});

function startPlain(options: Parameters<typeof startPlainDesktop>[1]): PlainDesktop {
  const desktop = startPlainDesktop(session, options);
  running.push(desktop);
  return desktop;
}

const hidden = ['--json', '--hidden', '--port', '0'];

/** Adds an account that signs in without a page, and gives its token. */
async function addSignedIn(
  desktop: { keyfob(args: readonly string[], input?: string): Promise<Result> },
  name: string,
): Promise<string> {
  const account = practice.account('practice-organization');
  const steps: [string[], string?][] = [
    [['add', name, ...fieldsOf(account)], linesOf(account)],
    [['login', name]],
  ];
  for (const [args, input] of steps) expect(await desktop.keyfob(args, input)).toMatchObject({ code: 0 });
  return (await desktop.keyfob(['token', name])).stdout.trim();
}

describe('a second start of the same home', () => {
  it('opens the window of the first, ends with 0, and leaves another home alone', async () => {
    const first = startPlain({ args: hidden });
    await first.ready();
    expect(session.screen.windowsLike('^Keyfob$')).toEqual([]);
    const second = startPlain({ home: first.home, args: ['--json'] });
    expect(await new Promise((resolve) => second.process.once('exit', resolve))).toBe(0);
    expect(second.stdout()).toBe('');
    await until('the window', () => session.screen.windowsLike('^Keyfob$').length === 1);
    const elsewhere = startPlain({ args: hidden });
    expect((await elsewhere.ready()).pid).toBe(elsewhere.pid);
    expect((await first.keyfob(['status'])).stdout).toContain(`process ${String(first.pid)}`);
  });
});

describe('a home that an agent has', () => {
  it('is left to it when the person says so', async () => {
    const agent = await startAgent();
    const desktop = startPlain({ home: agent.home, args: ['--json'] });
    await session.screen.window('^Keyfob$');
    await desktop.screenshot('life-take-over');
    const answered = Date.now();
    session.screen.key('Escape');
    expect(await new Promise((resolve) => desktop.process.once('exit', resolve))).toBe(0);
    // At once, and not when some timer of the runtime comes by (after 10 s).
    expect(Date.now() - answered).toBeLessThan(5_000);
    expect(await agent.done(['status'])).toContain('agent');
    await agent.stop();
  });

  it('is taken over with everything in it', async () => {
    const vault = ['--vault', 'keychain'];
    const home = path.join(session.folder, 'taken');
    const agent = await startAgent({ home, args: vault, env: session.env });
    const token = await addSignedIn({ keyfob: (args, input) => agent.run(args, input) }, 'kept');
    const desktop = startPlain({ home, args: hidden });
    await session.screen.window('^Keyfob$');
    session.screen.key('Return');
    const ready = await desktop.ready();
    expect(ready.pid).toBe(desktop.pid);
    expect((await agent.process.ended).code).toBe(0);
    expect((await desktop.keyfob(['token', 'kept'])).stdout.trim()).toBe(token);
    expect((await desktop.keyfob(['status'])).stdout).toContain('desktop');
    // Asked to end, not by a signal: on Windows one would have ended it in the middle of whatever it did.
    expect((await desktop.keyfob(['audit', '--json'])).stdout).toContain('"route":"POST /v1/stop"');
  });

  it('is not given to an agent while the desktop has it', async () => {
    const desktop = startPlain({ args: hidden });
    await desktop.ready();
    const agent = await start(['serve', '--json'], { home: desktop.home }).ended;
    expect(agent.code).toBe(1);
    expect(agent.stderr).toContain(`the desktop, process ${String(desktop.pid)}`);
  });
});

describe('an end that nobody asked for', () => {
  it('loses nothing when the main process is killed', async () => {
    const first = startPlain({ args: hidden });
    await first.ready();
    const token = await addSignedIn(first, 'kept');
    await first.kill();
    const again = startPlain({ home: first.home, args: hidden });
    await again.ready();
    expect((await again.keyfob(['token', 'kept'])).stdout.trim()).toBe(token);
    expect((await again.keyfob(['refresh', 'kept'])).code).toBe(0);
  });

  it('brings the window back when its page is killed, and serves on meanwhile', async () => {
    const desktop = await startDesktop(session);
    running.push(desktop);
    await desktop.ready();
    const token = await addSignedIn(desktop, 'kept');
    const window = await desktop.window(/^keyfob-app:/);
    await until('the page', () =>
      window
        .getByText('kept')
        .first()
        .isVisible()
        .catch(() => false),
    );
    const before = renderersOf(desktop.pid);
    expect(before).toHaveLength(1);
    for (const pid of before) process.kill(pid, 'SIGKILL');
    expect((await desktop.keyfob(['token', 'kept'])).stdout.trim()).toBe(token);
    await until('another page', () => {
      const now = renderersOf(desktop.pid);
      return now.length === 1 && now[0] !== before[0];
    });
    await until('the window', () => session.screen.windowsLike('^Keyfob$').length === 1);
    await desktop.screenshot('life-page-killed');
  });

  it('starts locked where the passphrase is not given, and opens when it is', async () => {
    const passphrase = path.join(session.folder, 'passphrase');
    writeFileSync(passphrase, 'open sesame\n', { mode: 0o600 });
    const first = startPlain({ args: [...hidden, '--vault', 'file', '--passphrase-file', passphrase] });
    await first.ready();
    const token = await addSignedIn(first, 'kept');
    await first.close();
    const again = startPlain({ home: first.home, args: hidden });
    await again.ready();
    expect((await again.keyfob(['token', 'kept'])).code).toBe(8);
    const labels = (await session.tray.entries()).map(({ label }) => label);
    expect(labels[0]).toMatch(/^Copy/);
    expect((await again.keyfob(['unlock', '--passphrase-file', passphrase])).code).toBe(0);
    expect((await again.keyfob(['token', 'kept'])).stdout.trim()).toBe(token);
  });

  it('says what is wrong, and ends with its code, when it cannot open the vault', async () => {
    const desktop = startPlain({ args: ['--json', '--vault', 'file', '--passphrase-file', '/nowhere'] });
    const code = await new Promise((resolve) => desktop.process.once('exit', resolve));
    expect(code).not.toBe(0);
    expect(desktop.stderr()).toContain('/nowhere');
    expect(desktop.stdout()).toBe('');
  });
});

/** Processes that show a page for the application. A child's number may be lower than its parent's: they begin anew. */
function renderersOf(main: number): number[] {
  const children = new Map<number, number[]>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = Number(/^PPid:\s*(\d+)/m.exec(textIn(pid, 'status'))?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(pid)]);
  }
  const family = [main];
  for (const pid of family) family.push(...(children.get(pid) ?? []));
  return family.filter((pid) => textIn(String(pid), 'cmdline').includes('--type=renderer'));
}

/** What a file of a process holds; the empty text where it has ended meanwhile. */
function textIn(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
