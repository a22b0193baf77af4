// A keyring that dies, is locked, or is not there yet: on real ones, in D-Bus sessions of their own; run it with
// KEYFOB_TEST_SECRET_SERVICE=1 where gnome-keyring is.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inBusSession } from '../../testing/bus-session.ts';
import { lookAtSecretService } from './secret-service.ts';

const here = process.env['KEYFOB_TEST_SECRET_SERVICE'] === '1';
const why = here ? '' : ' (left out: needs a Secret Service and KEYFOB_TEST_SECRET_SERVICE=1)';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kf-away-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const url = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
/** What the scripts begin with: the vault's module, and what a person or a crash does to the keyring. */
const kit = `
  import { execFileSync, execSync } from 'node:child_process';
  import { setTimeout as wait } from 'node:timers/promises';
  import { openKeychain } from ${url('./keychain.ts')};
  const quiet = { shell: '/bin/bash', stdio: ['ignore', 'pipe', 'ignore'] };
  const send = (...args) => execFileSync('dbus-send', ['--session', ...args], quiet).toString();
  const service = ['--print-reply', '--dest=org.freedesktop.secrets', '/org/freedesktop/secrets'];
  const login = 'array:objpath:/org/freedesktop/secrets/collection/login';
  const lock = () => send(...service, 'org.freedesktop.Secret.Service.Lock', login);
  const unlock = () => execSync('printf pw | gnome-keyring-daemon --unlock --replace --components=secrets', quiet);
  const die = async () => {
    const pid = send('--print-reply=literal', '--dest=org.freedesktop.DBus', '/',
      'org.freedesktop.DBus.GetConnectionUnixProcessID', 'string:org.freedesktop.secrets');
    process.kill(Number(pid.trim().split(' ').at(-1)), 'SIGKILL');
    await wait(300);
  };
  const told = (error) => error.problem?.reason ?? error.name;
  const say = (...what) => console.log(JSON.stringify(what));
  const open = () => openKeychain({ service: 'Keyfob-away', mayBeAway: true });
`;
/** Runs a script in a session with an open keyring; what it said, and how often a person was asked. */
async function session(script: string): Promise<{ output: unknown[]; prompts: number }> {
  const log = path.join(folder, 'prompts');
  const watch = "type='method_call',interface='org.freedesktop.Secret.Prompt',member='Prompt'";
  const shell = `printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null
    dbus-monitor --session "${watch}" >${log} 2>/dev/null & M=$!
    sleep 0.3; "$@" >"$OUTPUT"; sleep 0.3; kill $M`;
  const args = [process.execPath, '--input-type=module', '-e', `${kit}${script}\nprocess.exit();`];
  const text = await inBusSession(shell, args, { home: folder });
  const prompts = readFileSync(log, 'utf8').match(/member=Prompt/g)?.length ?? 0;
  // gnome-keyring-daemon says where it is, among it.
  const lines = text.split('\n').filter((line) => line.startsWith('['));
  return { output: lines.map((line): unknown => JSON.parse(line)), prompts };
}

describe.skipIf(!here)(`a keyring that goes away${why}`, () => {
  it('by dying is reached again once it is back, without a restart of Keyfob', async () => {
    const { output: output, prompts } = await session(`
      const vault = await open();
      let version = await vault.put('hq', 'one', await vault.versionOf('hq'));
      let changes = 0;
      vault.watchReach(() => (changes += 1));
      await wait(300);
      await die();
      say(await vault.get('hq').catch(told), await vault.put('hq', 'two', version).catch(told));
      say(vault.away?.problem.reason, changes);
      unlock();
      await vault.look();
      say(vault.away, changes);
      version = await vault.put('hq', 'two', version);
      say((await vault.get('hq')).entry, await vault.list(), await vault.get('nobody'));
      await vault.remove('hq', version);`);
    expect(output).toEqual([
      ['keychain_locked', 'keychain_locked'],
      ['keychain_locked', 1],
      [null, 2],
      ['two', ['hq'], null],
    ]);
    // The bus starts a new one at once, which is locked: nobody is asked for that.
    expect(prompts).toBe(0);
  }, 60_000);

  it('by being locked asks nobody by itself, however often it is called', async () => {
    const { output: output, prompts } = await session(`
      const vault = await open();
      const version = await vault.put('hq', 'one', await vault.versionOf('hq'));
      lock();
      await wait(300);
      for (let n = 0; n < 5; n += 1) {
        for (const call of [vault.get('hq'), vault.list(), vault.put('hq', 'two', version)]) await call.catch(told);
      }
      say(vault.away?.problem.reason, vault.locked);
      unlock();
      say((await vault.get('hq')).entry, vault.away);`);
    expect(output).toEqual([
      ['keychain_locked', false],
      ['one', null],
    ]);
    expect(prompts).toBe(0);
  }, 60_000);

  it('before the start is waited for where accounts are kept in it, and asked for once, by unlock', async () => {
    const { output: output, prompts } = await session(`
      const first = await open();
      await first.put('hq', 'one', await first.versionOf('hq'));
      lock();
      const vault = await open();
      say(vault.away?.problem.reason, await vault.get('hq').catch(told));
      say(await vault.unlock().catch(told), await vault.list().catch(told));
      unlock();
      await vault.look();
      say(vault.away, await vault.list(), (await vault.get('hq')).entry);`);
    expect(output).toEqual([
      ['keychain_locked', 'keychain_locked'],
      ['keychain_locked', 'keychain_locked'],
      [null, ['hq'], 'one'],
    ]);
    expect(prompts).toBe(1);
  }, 60_000);

  it.each(['disabled:', 'unix:path=/nonexistent/bus', ''])(
    'is away, not an error, without a D-Bus session (%j)',
    async (address) => {
      const script = `${kit} const vault = await open();
        say(vault.away?.problem.reason, await vault.list().catch(told)); process.exit();`;
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
        env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: address, DISPLAY: '' },
      });
      expect(JSON.parse(stdout)).toEqual(['no_dbus', 'no_dbus']);
    },
    30_000,
  );
});

describe('a look at the Secret Service', () => {
  it('does not take for open what it cannot look at', async () => {
    expect(await lookAtSecretService({}, 'darwin')).toBe('unknown');
    expect(await lookAtSecretService({}, 'linux')).toBe('unknown');
    expect(
      await lookAtSecretService({ DBUS_SESSION_BUS_ADDRESS: 'tcp:host=127.0.0.1,port=1' }, 'linux'),
    ).toBe('unknown');
    for (const address of ['disabled:', '', 'unix:path=/nonexistent/bus', 'unix:abstract=/nonexistent']) {
      expect(await lookAtSecretService({ DBUS_SESSION_BUS_ADDRESS: address }, 'linux')).toBe('no_dbus');
    }
  });
});
