// On a real Secret Service: run it under `dbus-run-session` with an unlocked gnome-keyring and
// KEYFOB_TEST_SECRET_SERVICE=1. The failures start D-Bus sessions of their own.
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inBusSession } from '../../testing/bus-session.ts';
import { openKeychain } from './keychain.ts';
import { createKeytar } from './keychain-process.ts';
import { forget, replace } from './port.ts';

const run = promisify(execFile);
const here = process.env['KEYFOB_TEST_SECRET_SERVICE'] === '1';
const why = here ? '' : ' (left out: needs a Secret Service and KEYFOB_TEST_SECRET_SERVICE=1)';
const service = `Keyfob-test-${process.pid}`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kf-keychain-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!here)(`the keychain vault${why}`, () => {
  it('keeps any text, lists names alone and forgets', async () => {
    const vault = await openKeychain({ service });
    const texts = { hq: '', 'berlin.sandbox': 'ü😀\0\ud83d"', long: 'x'.repeat(20_000) };
    for (const [name, text] of Object.entries(texts)) await replace(vault, name, text);
    const again = await openKeychain({ service });
    for (const [name, text] of Object.entries(texts)) expect((await again.get(name))?.entry).toBe(text);
    expect((await again.list()).toSorted()).toEqual(['berlin.sandbox', 'hq', 'long']);
    expect(await again.get('nobody')).toBeNull();
    for (const name of [...Object.keys(texts), 'nobody']) await forget(again, name);
    expect(await vault.list()).toEqual([]);
  });

  it('splits where the store takes small entries only, and leaves no old chunks', async () => {
    const vault = await openKeychain({ service: `${service}-small`, limitBytes: 400 });
    const keytar = createKeytar({ service: `${service}-small`, timeoutMs: 10_000 });
    await replace(vault, 'hq', 'a'.repeat(1000));
    await replace(vault, 'hq', '😀'.repeat(300));
    expect((await vault.get('hq'))?.entry).toBe('😀'.repeat(300));
    expect(await vault.list()).toEqual(['hq']);
    // 12 characters an astral letter, two quotes, 200 characters an entry; and the head.
    expect(await keytar.find()).toHaveLength(Math.ceil((300 * 12 + 2) / 200) + 1);
    await replace(vault, 'hq', 'short');
    expect((await keytar.find()).map(({ account }) => account)).toEqual(['hq']);
    await keytar.set('hq#00000000.0', 'left by a crash');
    await vault.list();
    expect((await keytar.find()).map(({ account }) => account)).toEqual(['hq']);
    await forget(vault, 'hq');
    expect(await keytar.find()).toEqual([]);
    keytar.close();
  });

  it('reads all accounts at once as it reads each, whole and in pieces, but for one that is damaged', async () => {
    const vault = await openKeychain({ service: `${service}-all`, limitBytes: 4_000 });
    const keytar = createKeytar({ service: `${service}-all`, timeoutMs: 10_000 });
    const texts = Array.from({ length: 60 }, (_, index) => `ü😀${index}`.repeat(index * 20));
    for (const [index, text] of texts.entries()) await replace(vault, `hq.${index}`, text);
    await keytar.set('damaged', 'no head of ours');
    const all = await vault.getAll();
    for (const [index] of texts.entries())
      expect(all?.get(`hq.${index}`)).toEqual(await vault.get(`hq.${index}`));
    expect(all?.size).toBe(60);
    await vault.lock();
    expect(await vault.getAll()).toBeNull();
    for (const { account } of await keytar.find()) await keytar.delete(account);
    keytar.close();
  }, 60_000);

  it('sends no secret over the bus in plain when all are read at once', async () => {
    const vault = await openKeychain({ service: `${service}-bus` });
    await replace(vault, 'hq', 'a text that nobody else may read');
    const monitor = spawn('dbus-monitor', ['--session', '--binary']);
    const heard: Buffer[] = [];
    monitor.stdout.on('data', (data: Buffer) => heard.push(data));
    const listen = async (): Promise<string> => {
      expect((await vault.getAll())?.get('hq')?.entry).toBe('a text that nobody else may read');
      return Buffer.concat(heard).toString('latin1');
    };
    await expect.poll(listen, { timeout: 10_000 }).toContain('GetSecrets');
    expect(Buffer.concat(heard).toString('latin1')).not.toContain('nobody else');
    monitor.kill();
    await forget(vault, 'hq');
  });

  it('keeps two services apart', async () => {
    const one = await openKeychain({ service });
    const two = await openKeychain({ service: `${service} (0123456789ab)` });
    await replace(one, 'hq', 'one');
    await replace(two, 'hq', 'two');
    expect((await one.get('hq'))?.entry).toBe('one');
    await forget(one, 'hq');
    expect((await two.get('hq'))?.entry).toBe('two');
    await forget(two, 'hq');
  });

  it('is closed by lock and opened by unlock', async () => {
    const vault = await openKeychain({ service });
    await replace(vault, 'hq', 'one');
    await vault.lock();
    expect(vault.locked).toBe(true);
    await expect(vault.get('hq')).rejects.toMatchObject({ code: 'vault_locked' });
    await vault.unlock();
    expect((await vault.get('hq'))?.entry).toBe('one');
    await forget(vault, 'hq');
  });

  it('has the last acknowledged text, or the one after it, when killed while writing chunks', async () => {
    const script = `
      import { openKeychain } from ${JSON.stringify(new URL('./keychain.ts', import.meta.url).href)};
      const vault = await openKeychain({ service: process.argv[1], limitBytes: 384 });
      let version = await vault.versionOf('hq');
      for (let n = 1; ; n += 1) {
        version = await vault.put('hq', n + ':' + String(n % 10).repeat(300), version);
        console.log(n);
      }`;
    for (let round = 0; round < 3; round += 1) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, `${service}-kill`]);
      let output = '';
      child.stdout.on('data', (data: Buffer) => {
        output += data.toString();
        if (output.split('\n').length > 4 + round) child.kill('SIGKILL');
      });
      await new Promise((resolve) => child.once('close', resolve));
      const last = Number(output.trim().split('\n').at(-1));
      const vault = await openKeychain({ service: `${service}-kill`, limitBytes: 384 });
      const text = (await vault.get('hq'))?.entry ?? '';
      const n = Number(text.split(':')[0]);
      expect([last, last + 1]).toContain(n);
      expect(text).toBe(`${n}:${String(n % 10).repeat(300)}`);
      expect(await vault.list()).toEqual(['hq']);
      await forget(vault, 'hq');
    }
  }, 60_000);
});

describe.skipIf(!here)(`a keychain that fails${why}`, () => {
  // Opens a keychain in a process of its own, says how that went, and ends as an agent would.
  const opener = `
    import { openKeychain } from ${JSON.stringify(new URL('./keychain.ts', import.meta.url).href)};
    const [service, timeoutMs, keytarPath] = process.argv.slice(1);
    const more = keytarPath ? { keytarPath } : {};
    try {
      await openKeychain({ service, timeoutMs: Number(timeoutMs), ...more });
      console.log('open');
    } catch (error) {
      console.log(error.code + ': ' + error.problem.reason);
    }
    process.exit();`;
  const node = (...args: string[]): string[] => [
    process.execPath,
    '--input-type=module',
    '-e',
    opener,
    ...args,
  ];
  const env = (): NodeJS.ProcessEnv => ({ ...process.env, HOME: folder, XDG_DATA_HOME: folder, DISPLAY: '' });
  const inSession = async (before: string, args: string[], config?: string): Promise<string> => {
    const script = `${before}; "$@" >"$OUTPUT"; test -z "$P" || kill -KILL $P`;
    return (await inBusSession(script, args, { home: folder, config })).trim();
  };
  const unlocked = `printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null`;
  const started = 'gnome-keyring-daemon --start --components=secrets >/dev/null';
  const config = (deny: string): string => {
    const file = path.join(folder, `bus${deny.length}.conf`);
    writeFileSync(
      file,
      `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
      <busconfig><type>session</type><listen>unix:tmpdir=${os.tmpdir()}</listen><policy context="default">
      <allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/>${deny}</policy></busconfig>`,
    );
    return file;
  };

  it('is told: no D-Bus session', async () => {
    const [command = '', ...args] = node(service, '5000');
    const bare = env();
    delete bare['DBUS_SESSION_BUS_ADDRESS'];
    delete bare['DISPLAY'];
    delete bare['XDG_RUNTIME_DIR'];
    const none = await run(command, args, { env: bare });
    expect(none.stdout).toMatch(/^vault_unavailable: no_dbus$/m);
    const address = 'unix:path=/nonexistent/bus';
    const wrong = await run(command, args, { env: { ...bare, DBUS_SESSION_BUS_ADDRESS: address } });
    expect(wrong.stdout).toMatch(/^vault_unavailable: no_dbus$/m);
  });

  it('is told: no Secret Service on the bus', async () => {
    const output = await inSession('true', node(service, '5000'), config(''));
    expect(output).toMatch(/^vault_unavailable: no_secret_service$/m);
  });

  it('is told: refused by a policy of the bus', async () => {
    const deny = '<deny send_destination="org.freedesktop.secrets"/>';
    const output = await inSession(unlocked, node(service, '5000'), config(deny));
    expect(output).toMatch(/^vault_unavailable: keychain_refused$/m);
  });

  it('is told: no keyring yet, a locked keyring, and one that is open', async () => {
    rmSync(path.join(folder, 'keyrings'), { recursive: true, force: true });
    expect(await inSession(started, node(service, '5000'))).toMatch(/^vault_locked: no_keyring$/m);
    expect(await inSession(unlocked, node(service, '5000'))).toBe('open');
    expect(await inSession(started, node(service, '5000'))).toMatch(/^vault_locked: keychain_locked$/m);
  });

  it('is not taken for an empty one when it is locked while in use, and ends nothing', async () => {
    const script = `
      import { execFileSync } from 'node:child_process';
      import { openKeychain } from ${JSON.stringify(new URL('./keychain.ts', import.meta.url).href)};
      const vault = await openKeychain({ service: process.argv[1] });
      await vault.put('hq', 'one', await vault.versionOf('hq'));
      execFileSync('dbus-send', ['--session', '--print-reply', '--dest=org.freedesktop.secrets',
        '/org/freedesktop/secrets', 'org.freedesktop.Secret.Service.Lock',
        'array:objpath:/org/freedesktop/secrets/collection/login']);
      const told = (error) => error.code;
      console.log(await vault.get('hq').catch(told), await vault.list().catch(told),
        await vault.put('hq', 'two', 1).catch(told), await vault.remove('hq', 1).catch(told));`;
    const args = [process.execPath, '--input-type=module', '-e', script, service];
    expect(await inSession(unlocked, args)).toBe('vault_locked vault_locked vault_locked vault_locked');
  });

  it('is told: a service that hangs; and the process can still end', async () => {
    const stopped = `${unlocked}
      dbus-send --session --print-reply --dest=org.freedesktop.secrets / org.freedesktop.DBus.Peer.Ping >/dev/null
      P=$(dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \\
        org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets | awk '{print $2}')
      kill -STOP $P`;
    expect(await inSession(stopped, node(service, '700'))).toMatch(/^vault_locked: keychain_hung$/m);
  }, 30_000);

  it('is told: libsecret is not installed', async () => {
    // A copy of keytar that wants a library which is nowhere.
    const original = path.dirname(createRequire(import.meta.url).resolve('keytar/package.json'));
    const copy = path.join(folder, 'keytar');
    cpSync(original, copy, { recursive: true });
    for (const file of readdirSync(copy, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('keytar.node')) continue;
      const binary = readFileSync(path.join(copy, file), 'latin1');
      writeFileSync(
        path.join(copy, file),
        binary.replaceAll('libsecret-1.so.0', 'libsecret-1.so.x'),
        'latin1',
      );
    }
    const lib = path.join(copy, 'lib', 'keytar.js');
    await expect(openKeychain({ service, keytarPath: lib })).rejects.toMatchObject({
      code: 'vault_unavailable',
      problem: { reason: 'libsecret_missing' },
    });
    await expect(
      openKeychain({ service, keytarPath: path.join(folder, 'nothing.js') }),
    ).rejects.toMatchObject({
      code: 'vault_unavailable',
      problem: { reason: 'keytar_not_loaded' },
    });
  });
});
