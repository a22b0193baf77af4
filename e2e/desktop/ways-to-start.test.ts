/** Each way in which the desktop is started: by hand, by `npm start`, in the runtime for tests, and one too many. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createPackage } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findNpmRuntime, findTestRuntime } from '../../scripts/electron-runtime.mjs';
import { startPlainDesktop } from '../../testing/desktop/desktop.ts';
import { desktopMain } from '../../testing/desktop/parts.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { until } from '../../testing/program.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const hidden = ['--json', '--hidden', '--port', '0', '--vault', 'memory'];
/** For root, who runs the tests in containers, and for a display without a GPU. */
const switches = [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu'];

let session: DesktopSession;
beforeAll(async () => {
  session = await startSession();
});
afterAll(() => session.stop());

interface Started {
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly pid: number;
  end(signal: NodeJS.Signals): void;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

let homes = 0;
/** The folder that the runtime for tests was found in: HOME is another in the session. */
const cache = path.join(findTestRuntime() ?? path.join(root, 'dist', 'none', 'none'), '..', '..');

function startScript(name: string, args: readonly string[], env: Record<string, string> = {}): Started {
  homes += 1;
  const child = spawn(process.execPath, [path.join(root, 'scripts', name), ...args], {
    cwd: session.folder,
    env: {
      ...session.env,
      KEYFOB_HOME: path.join(session.folder, `way-${homes}`),
      KEYFOB_ELECTRON: '',
      KEYFOB_ELECTRON_CACHE: cache,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  process.on('exit', () => void child.kill('SIGTERM'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    pid: child.pid ?? -1,
    end: (signal) => void child.kill(signal),
    ended: new Promise((resolve) => {
      child.once('close', (code, signal) => {
        resolve(code ?? signal);
      });
    }),
  };
}

const readyLine = (started: Started): Promise<string> =>
  until(
    'the ready line',
    () =>
      started
        .stdout()
        .split('\n')
        .find((line) => line.startsWith('{"ready"')),
    20_000,
  );

describe('the desktop started by hand', () => {
  it('starts from its folder, by the main file that package.json names', async () => {
    const desktop = startPlainDesktop(session, { application: root, args: hidden });
    expect((await desktop.ready()).pid).toBe(desktop.pid);
    expect((await desktop.keyfob(['status'])).stdout).toContain(`desktop, process ${String(desktop.pid)}`);
    expect(await desktop.close()).toBe(0);
  });

  it('says so, and ends, when it was loaded after Electron was ready', async () => {
    const application = path.join(session.folder, 'late');
    mkdirSync(application);
    const main = JSON.stringify(pathToFileURL(desktopMain).href);
    writeFileSync(path.join(application, 'package.json'), '{ "main": "main.cjs" }');
    writeFileSync(
      path.join(application, 'main.cjs'),
      `void require('electron').app.whenReady().then(() => import(${main}));`,
    );
    const desktop = startPlainDesktop(session, { application, args: hidden });
    expect(await new Promise((resolve) => desktop.process.once('exit', resolve))).toBe(1);
    expect(desktop.stderr()).toMatch(/^Keyfob was loaded too late: Electron was ready before it\. Start /m);
    expect(desktop.stderr()).not.toContain('registerSchemesAsPrivileged');
    expect(desktop.stdout()).toBe('');
  });
});

describe.runIf(findTestRuntime() !== undefined)('the desktop in the runtime for tests', () => {
  it('gives Electron its switches, hands signals on, and ends with the desktop', async () => {
    const args = ['run', '--remote-debugging-port=0', ...hidden, ...switches];
    const desktop = startScript('electron-test.mjs', args);
    const { pid } = JSON.parse(await readyLine(desktop)) as { pid: number };
    expect(pid).not.toBe(desktop.pid);
    expect(desktop.stderr()).toContain('DevTools listening on ws://127.0.0.1:');
    // Nothing else is on standard output.
    expect(desktop.stdout().trim().split('\n')).toHaveLength(1);
    desktop.end('SIGTERM');
    expect(await desktop.ended).toBe(0);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('ends with the exit code of the desktop', async () => {
    const desktop = startScript('electron-test.mjs', ['run', ...switches, '--json', '--vault', 'cellar']);
    expect(await desktop.ended).toBe(2);
    expect(desktop.stderr()).toContain('There is no vault kind cellar.');
  });

  it('prints its path as the last line', async () => {
    const lane = startScript('electron-test.mjs', []);
    expect(await lane.ended).toBe(0);
    expect(lane.stdout().trim().split('\n').at(-1)).toBe(findTestRuntime());
  });
});

describe.runIf(findTestRuntime() !== undefined)('an older Electron with its own default application', () => {
  it('has the newer names too, though `electron` was imported before they were there', async () => {
    const runtime = path.join(session.folder, 'runtime');
    execFileSync('cp', ['-a', path.dirname(findTestRuntime() ?? ''), runtime]);
    const own = path.join(session.folder, 'default-app');
    mkdirSync(own);
    writeFileSync(path.join(own, 'package.json'), '{ "name": "own", "type": "module", "main": "main.mjs" }');
    const main = readFileSync(path.join(root, 'testing', 'electron', 'default-app', 'main.mjs'), 'utf8');
    writeFileSync(path.join(own, 'main.mjs'), `import 'electron';\n${main}`);
    await createPackage(own, path.join(runtime, 'resources', 'default_app.asar'));
    const env = { KEYFOB_ELECTRON: path.join(runtime, 'electron') };
    const desktop = startScript('start.mjs', [...switches, ...hidden], env);
    await readyLine(desktop);
    desktop.end('SIGTERM');
    expect(await desktop.ended).toBe(0);
  });
});

describe('npm start', () => {
  // Where npm's Electron is, it is the one that is used.
  it.runIf(findNpmRuntime() === undefined && findTestRuntime() !== undefined)(
    'uses the runtime for tests where it is the only one, and says that it is not for daily use',
    async () => {
      const desktop = startScript('start.mjs', [...switches, ...hidden.filter((arg) => arg !== '--json')]);
      await until('a sentence', () => desktop.stdout().includes('\n'));
      await session.tray.find(/^Copy/);
      expect(desktop.stdout()).toMatch(
        /^Keyfob runs as a desktop .*Electron 33\.2\.1, the runtime for tests.*not for daily use/,
      );
      desktop.end('SIGTERM');
      expect(await desktop.ended).toBe(0);
    },
  );

  it.runIf(findTestRuntime() !== undefined && process.getuid?.() === 0)(
    'runs the agent for root, where Electron would end at once without saying what to do',
    async () => {
      const agent = startScript('start.mjs', ['--json', '--no-console', '--port', '0', '--vault', 'memory']);
      await readyLine(agent);
      expect(agent.stderr()).toMatch(/^Keyfob runs as an agent here: you are root, .*--no-sandbox`\)\.\n/);
      agent.end('SIGTERM');
      expect(await agent.ended).toBe(0);
    },
  );

  it.runIf(findNpmRuntime() === undefined)(
    'runs the agent where there is none, with the line that gets one',
    async () => {
      const args = ['--json', '--no-console', '--port', '0', '--vault', 'memory'];
      const env = { KEYFOB_ELECTRON_CACHE: path.join(session.folder, 'no-cache') };
      const agent = startScript('start.mjs', args, env);
      await readyLine(agent);
      expect(agent.stderr()).toMatch(
        /^Keyfob runs as an agent here: there is no Electron runtime \(.*`npm run electron:test`.*\)\.\n/,
      );
      agent.end('SIGTERM');
      expect(await agent.ended).toBe(0);
    },
  );
});
