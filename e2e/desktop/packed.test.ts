/**
 * The desktop as it is packed: the archive's contents, the application started from the package, and the
 * `keyfob` command that it brings, with Node's own program.
 *
 * Packed with the Electron that the specs run in, and with all fuses. One of them takes Node's inspector away, by
 * which Playwright reaches a main process: pages are reached by Chromium's own debugging port.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { chromium } from '@playwright/test';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { launcherText } from '../../main/cli/command-install.ts';
import { checkAll } from '../../scripts/pack-check.mjs';
import { startPlainDesktop } from '../../testing/desktop/desktop.ts';
import type { PlainDesktop } from '../../testing/desktop/desktop.ts';
import { findElectron } from '../../testing/desktop/parts.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { filesForTests, packForTests } from '../../testing/electron/pack.ts';
import { cleanUp, fieldsOf, linesOf, makeFolder, startPractice, until } from '../../testing/program.ts';
import type { Practice } from '../../testing/program.ts';

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let session: DesktopSession;
let practice: Practice;
let packages: string;
let folder: string;
let desktop: PlainDesktop;

beforeAll(async () => {
  session = await startSession();
  practice = await startPractice();
  packages = makeFolder();
  const electron = findElectron();
  if (electron === null) throw new Error('There is no Electron here.');
  folder = packForTests(electron, packages);
  const binary = path.join(folder, 'keyfob-desktop');
  const args = ['--json', '--hidden', '--port', '0', '--remote-debugging-port=0'];
  desktop = startPlainDesktop(session, { binary, packaged: true, args });
  await desktop.ready();
}, 120_000);
afterAll(async () => {
  await desktop.close();
  await session.stop();
  await cleanUp();
});

/** Runs the package's own `keyfob`. */
function keyfob(
  args: readonly string[],
  input = '',
  home = desktop.home,
  env: NodeJS.ProcessEnv = session.env,
): Promise<Result> {
  return run([launcher(), ...args], { ...env, KEYFOB_HOME: home }, input);
}

const launcher = (): string => path.join(folder, 'resources', 'command', 'bin', 'keyfob');
const binary = (): string => path.join(folder, 'keyfob-desktop');

function run(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  input = '',
): Promise<Result> {
  const child = spawn(program, args, { env, cwd: session.folder });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

/** What the launcher of an AppImage starts (main/cli/command-install.ts), without the AppImage. */
const asAppImage = (): string[] => {
  const place = { launcher: 'before=', root: '/mount', appImage: binary() };
  const [, options = ''] = /^before='(.*)'$/m.exec(launcherText(place, 'linux')) ?? [];
  return [binary(), ...options.split(' ')];
};

/** The child of a process's main thread that runs a program. */
const childOf = (pid: number, name: string): number | undefined =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number)
    .find((child) => path.basename(readlinkSync(`/proc/${child}/exe`)) === name);

/** Waits for a page of the packaged application whose address is like that. */
async function pageLike(address: RegExp): Promise<Page> {
  const port = await until(
    'a debugging port',
    () => /DevTools listening on (ws:\S+)/.exec(desktop.stderr())?.[1],
  );
  const browser = await chromium.connectOverCDP(port);
  return until(`a page like ${String(address)}`, () =>
    browser
      .contexts()
      .flatMap((context) => context.pages())
      .find((page) => address.test(page.url())),
  );
}

async function signedIn(name: string, as: string): Promise<void> {
  const account = practice.account(name);
  expect(await keyfob(['add', as, ...fieldsOf(account)], linesOf(account))).toMatchObject({ code: 0 });
  const login = await keyfob(['login', as]);
  expect({ ...login, stderr: '' }).toEqual({ code: 0, stdout: `Signed in: ${as}.\n`, stderr: '' });
}

describe('the package', () => {
  it('holds what is needed and nothing else', async () => {
    expect(await checkAll(folder, [filesForTests])).toEqual([]);
  });

  it('serves with the keychain open, through keytar beside the archive', async () => {
    const { stdout } = await desktop.keyfob(['status']);
    expect(stdout).toMatch(/desktop, process \d+[\s\S]*keychain, open/);
    expect(stdout).toContain(`process ${String(desktop.pid)}\n`);
  });
});

describe("the package's command", () => {
  it('says exactly what the plain command says, and ends as it does', async () => {
    const status = await keyfob(['status']);
    expect(status).toEqual({ code: 0, stdout: (await desktop.keyfob(['status'])).stdout, stderr: '' });
    const unknown = await keyfob(['token', 'nobody']);
    expect(unknown).toMatchObject({ code: (await desktop.keyfob(['token', 'nobody'])).code, stdout: '' });
    expect(unknown.stderr).toContain('nobody');
    expect((await keyfob(['status'], '', path.join(packages, 'no-home'))).code).toBe(3);
    expect(await keyfob(['statsu'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('signs in, reads secrets from standard input, and prints the token alone', async () => {
    const account = practice.description.accounts.find(({ grant }) => grant === 'password');
    expect(account).toBeDefined();
    await signedIn(account!.name, 'direct');
    const { code, stdout, stderr } = await keyfob(['token', 'direct']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe((await desktop.keyfob(['token', 'direct'])).stdout);
    expect(stdout).toMatch(/^\S{16,}\n$/);
  });

  it('opens the sign-in window of the packaged application, and waits for its end', async () => {
    const account = practice.description.accounts.find(
      ({ grant, provider }) => grant === 'authorization_code' && provider === 'eptura-workplace',
    );
    expect(account).toBeDefined();
    const added = await keyfob(['add', 'page', ...fieldsOf(account!)], linesOf(account!));
    expect(added).toMatchObject({ code: 0 });
    const login = keyfob(['login', 'page']);
    const page = await pageLike(new RegExp(`^${practice.description.url}`));
    await page.fill('input[name=username]', practice.description.person.username);
    await page.fill('input[name=password]', practice.description.person.password);
    await desktop.screenshot('packed-sign-in');
    await page.click('button:has-text("Sign in")');
    expect(await login).toMatchObject({ code: 0, stdout: 'Signed in: page.\n' });
    expect((await keyfob(['token', 'page'])).stdout).toMatch(/^\S{16,}\n$/);
  });

  it('hands arguments on as they stand, those that Chromium would read too', async () => {
    const shown = await keyfob([
      'exec',
      'direct',
      '--',
      'printf',
      '%s|',
      '--',
      '--type=renderer',
      'a b',
      '$X',
    ]);
    expect(shown).toEqual({ code: 0, stdout: '--|--type=renderer|a b|$X|', stderr: '' });
    expect(await keyfob(['exec', 'direct', '--', 'sh', '-c', 'exit 41'])).toMatchObject({ code: 41 });
  });

  it('needs no display and no bus, and says nothing of them', async () => {
    const bare = Object.fromEntries(
      Object.entries(session.env).filter(([name]) => !/^(DISPLAY|WAYLAND_|DBUS_)/.test(name)),
    );
    const status = await keyfob(['status'], '', desktop.home, bare);
    expect(status).toEqual({ code: 0, stdout: (await desktop.keyfob(['status'])).stdout, stderr: '' });
  });

  it('is no second desktop, and leaves nothing of Chromium’s in the place of the settings', async () => {
    const home = path.join(packages, 'fresh');
    expect((await keyfob(['--version'], '', home)).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await keyfob(['status'], '', home)).code).toBe(3);
    expect(existsSync(home)).toBe(false);
    for (const command of [[launcher()], asAppImage()]) {
      const user = makeFolder();
      const env: NodeJS.ProcessEnv = { ...session.env, HOME: user, XDG_CONFIG_HOME: `${user}/.config` };
      delete env['KEYFOB_HOME'];
      expect((await run([...command, 'status'], env)).code).toBe(3);
      expect(readdirSync(user, { recursive: true })).toEqual([]);
    }
  });

  it('runs from an AppImage’s file too, tied to the application that started it', async () => {
    const env = { ...session.env, KEYFOB_HOME: desktop.home };
    const [, ...rest] = asAppImage();
    expect(await run([binary(), ...rest, 'status'], env)).toEqual(await keyfob(['status']));
    expect(await run([binary(), ...rest, 'token', 'nobody'], env)).toMatchObject({ code: 2, stdout: '' });
    const child = spawn(binary(), [...rest, 'exec', 'direct', '--', 'sleep', '600'], { env });
    const node = await until('the command', () => childOf(child.pid ?? 0, 'node'));
    await until('what it runs', () => childOf(node, 'sleep'));
    child.kill('SIGKILL');
    await until('its end', () => (existsSync(`/proc/${node}`) ? undefined : true));
  });

  it('serves as an agent too, with its console, where no desktop runs', async () => {
    const env = { ...session.env, KEYFOB_HOME: makeFolder() };
    const agent = spawn(
      launcher(),
      ['serve', '--vault', 'memory', '--port', '0', '--console-port', '0', '--json'],
      { env },
    );
    let line = '';
    agent.stdout.setEncoding('utf8').on('data', (text: string) => (line += text));
    const ready = await until('the agent', () =>
      line.endsWith('\n') ? (JSON.parse(line) as { console: string }) : undefined,
    );
    expect((await fetch(ready.console)).status).toBe(200);
    agent.kill('SIGTERM');
    expect(await new Promise((done) => agent.once('exit', done))).toBe(0);
  });

  it('looks at the keychain through a process of its own', async () => {
    const { code, stdout } = await keyfob(['doctor', '--json']);
    expect(code).toBe(0);
    const findings = JSON.parse(stdout) as { name: string; ok: boolean }[];
    expect(findings.find(({ name }) => name === 'keychain')).toMatchObject({ ok: true });
    expect(findings.find(({ name }) => name === 'electron')).toMatchObject({ ok: true });
  });
});
