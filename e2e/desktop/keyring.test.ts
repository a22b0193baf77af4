/** The desktop starts with the session, before its keyring is open, or without a session bus. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startPlainDesktop } from '../../testing/desktop/desktop.ts';
import type { PlainDesktop } from '../../testing/desktop/desktop.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { cleanUp, fieldsOf, linesOf, sleep, startPractice, until } from '../../testing/program.ts';
import type { Practice } from '../../testing/program.ts';

let session: DesktopSession;
let practice: Practice;
let running: PlainDesktop[] = [];
const daemons: ChildProcess[] = [];
beforeAll(async () => {
  [session, practice] = await Promise.all([startSession(), startPractice()]);
});
afterEach(async () => {
  await Promise.all(running.map((desktop) => desktop.kill()));
  running = [];
});
afterAll(async () => {
  for (const daemon of daemons) daemon.kill('SIGKILL');
  await session.stop();
  await cleanUp();
});

const hidden = ['--json', '--hidden', '--port', '0'];
async function startHidden(options: { home?: string; env?: Record<string, string> } = {}) {
  const desktop = startPlainDesktop(session, { args: hidden, ...options });
  running.push(desktop);
  await desktop.ready();
  return desktop;
}

/** A home with `hq` signed in, in the keychain, and its token; nothing runs there any more. */
async function homeWithAccount(): Promise<{ home: string; token: string }> {
  const desktop = await startHidden();
  const account = practice.account('practice-organization');
  expect(await desktop.keyfob(['add', 'hq', ...fieldsOf(account)], linesOf(account))).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(await desktop.keyfob(['login', 'hq'])).toMatchObject({ code: 0 });
  const token = (await desktop.keyfob(['token', 'hq'])).stdout;
  expect(await desktop.close()).toBe(0);
  return { home: desktop.home, token };
}
const stateOf = async (desktop: PlainDesktop): Promise<unknown> =>
  (JSON.parse((await desktop.keyfob(['accounts', '--json'])).stdout) as { state: string }[]).map(
    ({ state }) => state,
  );

/** Writes down what is said to the keyring. */
function watchKeyring(): { stop(): string } {
  const file = path.join(session.folder, 'keyring-traffic');
  const monitor = spawn('dbus-monitor', ['--session', "type='method_call'"], {
    env: session.env,
    stdio: ['ignore', openSync(file, 'w'), 'ignore'],
  });
  return {
    stop() {
      monitor.kill();
      return readFileSync(file, 'utf8');
    },
  };
}
const keyring = (...args: string[]): unknown =>
  execFileSync('dbus-send', ['--session', '--print-reply', ...args], { env: session.env });

/** Another keyring daemon takes the place of the locked one, with the same keyring, open. */
function openKeyring(): void {
  const folder = path.join(session.folder, 'keyring');
  const args = [
    '--foreground',
    '--replace',
    '--unlock',
    '--components=secrets',
    `--control-directory=${folder}`,
  ];
  const daemon = spawn('gnome-keyring-daemon', args, {
    env: session.env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  daemon.stdin.end('test');
  daemons.push(daemon);
}

describe('the desktop before its keyring', () => {
  it('starts while it is locked, lists its accounts, asks once at most, and comes to life by itself', async () => {
    const { home, token } = await homeWithAccount();
    keyring(
      '--dest=org.freedesktop.secrets',
      '/org/freedesktop/secrets',
      'org.freedesktop.Secret.Service.Lock',
      'array:objpath:/org/freedesktop/secrets/collection/login',
    );
    const traffic = watchKeyring();
    const desktop = await startHidden({ home });
    expect(await stateOf(desktop)).toEqual(['locked']);
    const refused = await desktop.keyfob(['token', 'hq']);
    expect([refused.code, refused.stdout]).toEqual([8, '']);
    expect((await desktop.keyfob(['status'])).stdout).toMatch(/keychain, away[\s\S]*keychain is locked/);
    await sleep(7_000);
    const messages = traffic.stop();
    expect(messages).toContain('org.freedesktop.Secret.Service');
    expect(messages.match(/member=Prompt$/gm)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(messages).not.toMatch(/chrome_libsecret|Safe Storage/);
    openKeyring();
    await until('the account is live', async () => String(await stateOf(desktop)) === 'live', 15_000);
    expect((await desktop.keyfob(['token', 'hq'])).stdout).toBe(token);
    expect((await desktop.keyfob(['status'])).stdout).toMatch(/keychain, open/);
    expect(await desktop.close()).toBe(0);
  }, 120_000);

  it.each(['disabled:', 'unix:path=/nonexistent/bus'])(
    'starts without a session bus (%s), and lists its accounts',
    async (address) => {
      const { home } = await homeWithAccount();
      const desktop = await startHidden({ home, env: { DBUS_SESSION_BUS_ADDRESS: address } });
      expect(await stateOf(desktop)).toEqual(['locked']);
      expect((await desktop.keyfob(['token', 'hq'])).code).toBe(8);
      expect((await desktop.keyfob(['status'])).stdout).toMatch(/keychain, away[\s\S]*no D-Bus session/);
      expect(await desktop.close()).toBe(0);
    },
    120_000,
  );
});
