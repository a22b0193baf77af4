// The service's files as their readers take them, and what install, status and remove do to a folder. Here is no
// session with a systemd of its own: what systemctl is asked is recorded by a stand-in, and the real one, where
// it is there, says that it has no session.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchdAgent, serviceOf, startLine, systemdUnit } from './service-files.ts';
import { entry, keyfob, makeHome } from './test-host.ts';

// Each step is a process of its own.
vi.setConfig({ testTimeout: 30_000 });

const facts = {
  node: '/opt/my node/bin/node',
  script: '/home/a/100% "keys"/keyfob.mjs',
  home: '/home/a/$HOME & <more>',
  args: ['--vault', 'file', '--passphrase-file', '/home/a/pass\\phrase'],
};
const command = [facts.node, facts.script, 'serve', ...facts.args];

function has(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(path.join(folder, program)));
}

let folder: string;
beforeAll(async () => {
  folder = await makeHome();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the unit for systemd', () => {
  it('has absolute paths, quoted, and the home', () => {
    const unit = systemdUnit(facts);
    expect(unit).toContain(
      String.raw`ExecStart="/opt/my node/bin/node" "/home/a/100%% \"keys\"/keyfob.mjs" "serve" "--vault" "file" "--passphrase-file" "/home/a/pass\\phrase"`,
    );
    expect(unit).toContain('Environment="KEYFOB_HOME=/home/a/$HOME & <more>"\n');
    expect(unit).toMatch(/^Restart=on-failure$/m);
    expect(unit).toMatch(/^TimeoutStopSec=40$/m);
    expect(systemdUnit({ ...facts, home: null })).not.toContain('KEYFOB_HOME');
    expect(systemdUnit({ ...facts, script: '/a/$b' })).toContain('"/a/$$b"');
  });

  it.runIf(has('systemd-analyze'))('is taken by systemd without a word', async () => {
    const file = path.join(folder, 'keyfob.service');
    // systemd looks whether the program is there.
    await writeFile(file, systemdUnit({ ...facts, node: process.execPath }));
    const { stdout, stderr } = await promisify(execFile)('systemd-analyze', ['verify', '--user', file], {
      env: { ...process.env, XDG_RUNTIME_DIR: folder, HOME: folder },
    });
    expect((stdout + stderr).split('\n').filter((line) => line.includes('keyfob'))).toEqual([]);
    await writeFile(file, systemdUnit({ ...facts, node: '/nowhere/node' }));
    const bad = promisify(execFile)('systemd-analyze', ['verify', '--user', file], {
      env: { ...process.env, XDG_RUNTIME_DIR: folder, HOME: folder },
    });
    await expect(bad).rejects.toThrow(/nowhere/);
  });
});

describe('the launchd agent', () => {
  it.runIf(has('python3'))('is a property list with the same command', () => {
    const script = 'import json,plistlib,sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))';
    const out = execFileSync('python3', ['-c', script], { input: launchdAgent(facts), encoding: 'utf8' });
    expect(JSON.parse(out)).toMatchObject({
      ProgramArguments: command,
      EnvironmentVariables: { KEYFOB_HOME: facts.home },
      KeepAlive: { SuccessfulExit: false },
      Umask: 0o077,
    });
  });

  it('is loaded into the session of the user', () => {
    const service = serviceOf('darwin', facts, {}, { home: '/Users/a', uid: 501 });
    expect(service?.file).toBe('/Users/a/Library/LaunchAgents/dev.keyfob.agent.plist');
    expect(service?.install).toEqual([['launchctl', 'bootstrap', 'gui/501', service?.file]]);
  });
});

it('keyfob service knows none for other systems, and gives a line to paste', () => {
  expect(serviceOf('win32', facts, {})).toBeNull();
  const windows = {
    node: String.raw`C:\Program Files\node.exe`,
    script: String.raw`C:\Anna B\keyfob.cjs`,
    home: String.raw`D:\my home`,
    args: ['--no-console'],
  };
  expect(startLine('win32', windows)).toBe(
    String.raw`"C:\Program Files\node.exe" "C:\Anna B\keyfob.cjs" serve --no-console (with KEYFOB_HOME set to D:\my home)`,
  );
  expect(startLine('freebsd', { ...windows, node: '/opt/a b/node', script: '/k', home: null })).toBe(
    "'/opt/a b/node' /k serve --no-console",
  );
});

describe.runIf(process.platform === 'linux')('keyfob service', () => {
  it('installs, tells and removes, and asks systemctl in order', async () => {
    const bin = path.join(folder, 'bin');
    await mkdir(bin);
    const log = path.join(folder, 'log');
    await writeFile(path.join(bin, 'systemctl'), `#!/bin/sh\necho "$@" >>'${log}'\n`, { mode: 0o755 });
    const home = path.join(folder, 'my home');
    const env = {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      HOME: folder,
      XDG_CONFIG_HOME: path.join(folder, 'config'),
    };
    const file = path.join(folder, 'config', 'systemd', 'user', 'keyfob.service');
    const run = (...args: string[]) => keyfob(home, ['service', ...args], '', env);

    const options =
      '--vault file --passphrase-file /p --port 4000 --no-console --guest-socket /s/guest.sock --oidc-agent';
    const installed = await run('install', ...options.split(' '));
    expect(installed).toMatchObject({ code: 0, err: '' });
    const unit = await readFile(file, 'utf8');
    const command = [process.execPath, entry, 'serve', ...options.split(' ')];
    expect(unit).toContain(`ExecStart=${command.map((argument) => `"${argument}"`).join(' ')}\n`);
    expect(unit).toContain(`Environment="KEYFOB_HOME=${home}"`);
    expect(JSON.parse((await run('status', '--json')).out)).toEqual({
      kind: 'systemd',
      file,
      installed: true,
      running: true,
    });
    expect((await run('remove')).code).toBe(0);
    expect(existsSync(file)).toBe(false);
    expect((await run('remove')).out).toMatch(/No service is installed/);
    expect((await readFile(log, 'utf8')).split('\n').filter((line) => !line.includes('is-active'))).toEqual([
      '--user daemon-reload',
      '--user enable keyfob.service',
      '--user restart keyfob.service',
      '--user disable --now keyfob.service',
      '--user daemon-reload',
      '',
    ]);

    await writeFile(file, '[Service]\nExecStart=/bin/mine\n');
    for (const what of ['install', 'remove']) {
      expect(await run(what)).toMatchObject({ code: 2, out: '' });
    }
    expect(await readFile(file, 'utf8')).toContain('/bin/mine');
  });

  it('says what to run where it cannot be started', async () => {
    const env = {
      PATH: path.join(folder, 'nowhere'),
      HOME: folder,
      XDG_CONFIG_HOME: path.join(folder, 'config2'),
    };
    const { code, out, err } = await keyfob(path.join(folder, 'home2'), ['service', 'install'], '', env);
    expect(code).toBe(1);
    expect(out).toMatch(/^Written: /);
    expect(err).toContain('systemctl is not installed.');
    expect(err).toContain('systemctl --user daemon-reload && systemctl --user enable keyfob.service');
  });

  it.each([
    [['install', '--vault', 'file'], /cannot ask for the passphrase/],
    [['install', '--vault', 'memory'], /keychain, file/],
    [['install', '--port', '0'], /1 to 65535/],
    [[], /needs one of: install, status, remove/],
  ])('%j ends with 2', async (args, expected) => {
    const { code, err } = await keyfob(folder, ['service', ...args]);
    expect(code).toBe(2);
    expect(err).toMatch(expected);
  });
});
