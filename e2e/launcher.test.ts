// `keyfob token` and the helpers as they are started: the launcher of `keyfob command install` under every shell that is
// here, and Node's own short way. A stand-in for the host counts what it is asked.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { launcherText } from '../main/cli/command-install.ts';
import { appImageOf } from '../main/platform/installation.ts';
import { commandArguments } from '../main/desktop/command.ts';
import { cleanUp, makeFolder } from '../testing/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const script = path.join(root, 'bin', 'keyfob.cjs');
const token = 'canary-token-4711';
const answer = {
  account: 'hq',
  provider: 'oidc',
  access_token: token,
  token_type: 'Bearer',
  expires_at: 1_900_000_000,
  expires_in: 100,
  scope: null,
  headers: { Authorization: `Bearer ${token}` },
  query: {},
};
const problem = { code: 'no_such_account', detail: 'There is no account "hq".', hint: 'Look again.' };

const folder = makeFolder();
afterAll(cleanUp);

const onPath = (program: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(':')
    .map((each) => path.join(each, program))
    .find((file) => existsSync(file));

const bin = path.join(folder, 'bin');
execFileSync(process.execPath, [script, 'command', 'install', '--dir', bin]);
const installed = path.join(bin, 'keyfob');

/** How the command is started, each as program and first arguments. */
const shells: [string, string[]][] = [
  ['sh', [installed]],
  ['dash', ['dash', installed]],
  ['bash', ['bash', '--posix', installed]],
  ['busybox', ['busybox', 'sh', installed]],
  ['zsh', ['zsh', '--emulate', 'sh', installed]],
];
const launchers = shells.filter(([name]) => onPath(name) !== undefined);
const nodes: [string, string[]][] = [['Node', [process.execPath, script]]];
const old = onPath('node');
if (old !== undefined && old !== process.execPath) nodes.push(['the Node on the PATH', [old, script]]);
const ways = [...launchers, ...nodes];

type Respond = (times: number, plain: boolean, response: http.ServerResponse) => void;
const reply = (status: number, body: unknown) => (response: http.ServerResponse) =>
  response.writeHead(status, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify(body));
const give: Respond = (_times, plain, response) => {
  if (plain) response.end(`${token}\n`);
  else reply(200, answer)(response);
};

/** How a host breaks off that has taken the request. */
const breakingOff: [string, (response: http.ServerResponse) => void][] = [
  ['before its answer', (response) => response.destroy()],
  [
    'in its answer',
    (response) => response.writeHead(200, { 'Content-Length': 99 }).write('x', () => response.destroy()),
  ],
  ['in a chunk', (response) => response.writeHead(200).write('x', () => response.destroy())],
  ['with what is not HTTP', (response) => response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n')],
];
const ended = 'Keyfob ended before it answered.';

let homes = 0;
/** A home with a host that answers so. */
async function host(respond: Respond = give, home = path.join(folder, `home-${(homes += 1)}`), inside = '') {
  const state = path.join(home, inside);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    respond(asked.length, request.headers.accept === 'text/plain', response);
  });
  await new Promise<void>((ready) => server.listen(path.join(state, 'keyfob.sock'), ready));
  return {
    home,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function run(way: readonly string[], args: readonly string[], { input = '', env = {} }: RunOptions) {
  const [program = '', ...first] = way;
  const child = spawn(program, [...first, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: path.join(folder, 'nobody'), ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise<number | null>((done) => child.on('close', done));
  return { code, out, err };
}

describe.each(ways)('keyfob token, started by %s', (_name, way) => {
  it('asks once and prints the token', async () => {
    await using one = await host();
    const env = { KEYFOB_HOME: one.home };
    expect(await run(way, ['token', 'hq'], { env })).toEqual({ code: 0, out: `${token}\n`, err: '' });
    expect(await run(way, ['token'], { env })).toEqual({ code: 0, out: `${token}\n`, err: '' });
    const name = 'application=keyfob+token';
    expect(one.asked).toEqual([`GET /v1/token?account=hq&${name}`, `GET /v1/token?${name}`]);
    const header = await run(way, ['token', 'hq', '--format', 'header'], { env });
    expect(header).toEqual({ code: 0, out: `Authorization: Bearer ${token}\n`, err: '' });
    expect((await run(way, ['token', '-h'], { env })).out).toContain('Usage: keyfob token');
  });

  it('tells of a problem that was answered, and does not ask again', async () => {
    await using one = await host((_times, _plain, response) => reply(404, problem)(response));
    const env = { KEYFOB_HOME: one.home };
    const err = 'There is no account "hq".\nLook again.\n';
    expect(await run(way, ['token', 'hq'], { env })).toEqual({ code: 2, out: '', err });
    expect(one.asked).toHaveLength(1);
    const named = await run(way, ['token', '-x'], { env });
    expect([named.code, one.asked.length]).toEqual([2, 1]);
  });

  it('tells of an answer that is not Keyfob’s, and does not ask again', async () => {
    await using one = await host((_times, _plain, response) => response.writeHead(500).end('<p>no'));
    const { code, out, err } = await run(way, ['token'], { env: { KEYFOB_HOME: one.home } });
    expect([code, out, one.asked.length]).toEqual([1, '', 1]);
    expect(err).toMatch(/^[A-Z].*\n/);
    expect(err).not.toContain('    at ');
  });

  it('asks once more where the host slept before it had read the request', async () => {
    await using one = await host((times, plain, response) => {
      if (times === 1) response.writeHead(408).end();
      else give(times, plain, response);
    });
    const env = { KEYFOB_HOME: one.home };
    expect(await run(way, ['token'], { env })).toEqual({ code: 0, out: `${token}\n`, err: '' });
    expect(one.asked).toHaveLength(2);
  });

  it('leaves a host that is not there to the whole command', async () => {
    for (const home of [path.join(folder, 'none'), makeFolder()]) {
      const { code, out, err } = await run(way, ['token'], { env: { KEYFOB_HOME: home } });
      expect([code, out, err]).toEqual([3, '', expect.stringMatching(/^No Keyfob is running.*\n/)]);
    }
    // A socket that nobody listens to any longer.
    const home = makeFolder();
    const listen =
      'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, 9))';
    spawnSync(process.execPath, ['-e', listen, path.join(home, 'keyfob.sock')]);
    expect(existsSync(path.join(home, 'keyfob.sock'))).toBe(true);
    const { code, out } = await run(way, ['token'], { env: { KEYFOB_HOME: home } });
    expect([code, out]).toEqual([3, '']);
  });

  it.each(breakingOff)('does not ask again a host that broke off: %s', async (_how, breakOff) => {
    await using one = await host((_times, _plain, response) => breakOff(response));
    const { code, out, err } = await run(way, ['token'], { env: { KEYFOB_HOME: one.home } });
    expect([code, out, one.asked.length]).toEqual([3, '', 1]);
    expect(err).toContain(ended);
  });

  it('sends nothing where another could have put the socket, or leaves it to who can judge', async () => {
    await using one = await host();
    const env = { KEYFOB_HOME: one.home };
    for (const mode of [0o720, 0o702, 0o1777]) {
      chmodSync(one.home, mode);
      const { code, out, err } = await run(way, ['token'], { env });
      expect([code, out]).toEqual([5, '']);
      expect(err).toContain(one.home);
    }
    chmodSync(one.home, 0o700);
    expect(one.asked).toEqual([]);
    const link = path.join(folder, `link-${(homes += 1)}`);
    symlinkSync(one.home, link);
    const linked = await run(way, ['token'], { env: { KEYFOB_HOME: link } });
    expect([linked.out, one.asked.length]).toEqual([`${token}\n`, 1]);
  });

  it.each(['a b', 'a"b', "a'b", 'a$(exit 9)`b`', 'a\\b', 'a*?[b]', 'ä', 'a\nb', 'l'.repeat(90), 'a%s'])(
    'finds the socket of a home called %j',
    async (name) => {
      const home = path.join(folder, `${(homes += 1)}`, name);
      const fits = Buffer.byteLength(path.join(home, 'keyfob.sock')) <= 103;
      if (!fits) {
        // Its socket lies elsewhere: what matters is that nothing goes wrong.
        const { code } = await run(way, ['token'], { env: { KEYFOB_HOME: home } });
        expect(code).toBe(3);
        return;
      }
      await using one = await host(give, home);
      const env = { KEYFOB_HOME: one.home };
      expect(await run(way, ['token'], { env })).toEqual({ code: 0, out: `${token}\n`, err: '' });
      expect(one.asked).toHaveLength(1);
    },
  );

  it.runIf(process.platform === 'linux')('finds the socket in the plain places', async () => {
    const home = path.join(folder, `plain-${(homes += 1)}`);
    await using state = await host(give, home, '.local/state/keyfob');
    expect((await run(way, ['token'], { env: { HOME: home } })).out).toBe(`${token}\n`);
    expect((await run(way, ['token'], { env: { HOME: home, XDG_RUNTIME_DIR: 'relative' } })).out).toBe(
      `${token}\n`,
    );
    await using runtime = await host(give, path.join(home, 'run'), 'keyfob');
    const env = { HOME: home, XDG_RUNTIME_DIR: runtime.home };
    expect((await run(way, ['token'], { env })).out).toBe(`${token}\n`);
    expect([state.asked.length, runtime.asked.length]).toEqual([2, 1]);
  });

  it('takes a reader that went away for no error, and a full disk for one', async () => {
    await using one = await host();
    const [program = '', ...first] = way;
    const quoted = [program, ...first].map((each) => `'${each}'`).join(' ');
    const env = { PATH: process.env['PATH'] ?? '', KEYFOB_HOME: one.home };
    const shell = (line: string) =>
      new Promise((done) => spawn('bash', ['-c', line], { env, stdio: 'ignore' }).on('close', done));
    expect(await shell(`set -o pipefail; ${quoted} token | true`)).toBe(0);
    // Programs of Python, and what they start, ignore the signal.
    expect(await shell(`trap '' PIPE; set -o pipefail; ${quoted} token | true`)).toBe(0);
    if (!existsSync('/dev/full')) return;
    const told = path.join(one.home, 'told');
    expect(await shell(`${quoted} token > /dev/full 2>'${told}'`)).toBe(1);
    expect(readFileSync(told, 'utf8')).toMatch(/^The output could not be written.*\n.*somewhere else\.\n$/);
  });

  it('gives git its credential, and asks once also where the host ends meanwhile', async () => {
    await using one = await host((times, plain, response) => {
      if (times === 2) response.destroy();
      else give(times, plain, response);
    });
    const env = { KEYFOB_HOME: one.home };
    const git = (operation: string, host: string) =>
      run(way, ['git-credential', 'hq', '--host', 'git.example', operation], {
        env,
        input: `protocol=https\nhost=${host}\nusername=me\n\n`,
      });
    const out = `username=me\npassword=${token}\npassword_expiry_utc=1900000000\n`;
    expect(await git('get', 'git.example')).toEqual({ code: 0, out, err: '' });
    const lost = await git('get', 'git.example');
    expect([lost.code, lost.out, one.asked.length]).toEqual([3, 'quit=1\n', 2]);
    expect(lost.err).toContain(ended);
    expect(await git('get', 'git.example')).toEqual({ code: 0, out, err: '' });
    expect(one.asked).toEqual(Array(3).fill('GET /v1/token?account=hq&application=git+git.example'));
    expect(await git('get', 'other.example')).toEqual({ code: 0, out: '', err: '' });
    expect(await git('store', 'git.example')).toEqual({ code: 0, out: '', err: '' });
    expect(one.asked).toHaveLength(3);
  });

  it('takes no mistake for git’s `store`', async () => {
    const credential = (...args: string[]) => run(way, ['git-credential', ...args], {});
    const silent = { code: 0, out: '', err: '' };
    expect(await credential('hq', 'store')).toEqual(silent);
    expect(await credential('--host', 'a', 'hq', '--username=', '--host=b', 'store')).toEqual(silent);
    for (const wrong of [
      ['store'],
      ['hq', 'hq', 'store'],
      ['a/b', 'store'],
      ['-x', 'hq', 'store'],
      ['hq', '--hosts', 'a', 'store'],
      ['hq', '--host', 'store'],
      ['', 'store'],
      ['ä', 'store'],
    ]) {
      const { code, out, err } = await credential(...wrong);
      expect([wrong, code, out]).toEqual([wrong, 2, '']);
      expect(err).not.toBe('');
    }
    const help = await credential('hq', 'store', '--help');
    expect([help.code, help.out]).toEqual([0, expect.stringContaining('Usage: keyfob git-credential')]);
  });
});

describe.each(nodes)('git, where its protocol cannot carry what would be printed, by %s', (_name, way) => {
  it('gets no credential with another username than was named', async () => {
    await using one = await host();
    const env = { KEYFOB_HOME: one.home };
    const args = ['git-credential', 'hq', '--host', 'git.example', '--username', 'a\nb', 'get'];
    const given = await run(way, args, { env, input: 'protocol=https\nhost=git.example\n\n' });
    const err = "The token or user name contains a line break, which git's protocol does not allow.\n";
    expect([given, one.asked.length]).toEqual([{ code: 1, out: 'quit=1\n', err }, 1]);
  });
});

describe.each(launchers)('the launcher under %s', (_name, way) => {
  it('does without curl, and without what ~/.curlrc says', async () => {
    await using one = await host();
    const home = path.join(folder, `curlrc-${(homes += 1)}`);
    mkdirSync(home);
    writeFileSync(path.join(home, '.curlrc'), `output = "${home}/stolen"\n`);
    const env = { KEYFOB_HOME: one.home, HOME: home, CURL_HOME: home, http_proxy: 'http://127.0.0.1:9' };
    expect((await run(way, ['token'], { env })).out).toBe(`${token}\n`);
    expect(existsSync(path.join(home, 'stolen'))).toBe(false);
    const [program = '', ...first] = way;
    const without = [onPath(program) ?? program, ...first];
    const bare = await run(without, ['token'], { env: { ...env, PATH: path.join(folder, 'empty') } });
    expect([bare.out, bare.err]).toEqual([`${token}\n`, '']);
    expect(one.asked).toHaveLength(2);
  });

  /** The launcher without a whole command: what it does not do itself ends with 1. */
  function alone(): string[] {
    const moved = path.join(folder, `moved-${(homes += 1)}`);
    const text = readFileSync(installed, 'utf8').replace(/^root=.*$/m, "root='/nowhere at all'");
    writeFileSync(moved, text, { mode: 0o755 });
    return [...way.slice(0, -1), moved];
  }

  /** A PATH on which this program is another one. */
  function pathWith(program: string, text: string): string {
    const bin = path.join(folder, `path-${(homes += 1)}`);
    mkdirSync(bin);
    writeFileSync(path.join(bin, program), text, { mode: 0o755 });
    return `${bin}:${process.env['PATH'] ?? ''}`;
  }

  it('takes the user from the caller, not from whoever put the socket there', async () => {
    await using one = await host();
    const env = { KEYFOB_HOME: one.home };
    expect((await run(alone(), ['token'], { env })).out).toBe(`${token}\n`);
    // What `ls` tells of folders and socket of another user, put there between two looks at the path.
    const foreign = (lines: string): string =>
      pathWith(
        'ls',
        `#!/bin/sh\n${onPath('ls') ?? ''} "$@" | awk -v n=$# '${lines} { $3 = 4711 } { print }'\n`,
      );
    // All but `/`; the socket; its folder; one on the way. `n` counts the options too, and so is the last line's number.
    for (const lines of ['NR > 1', 'NR == n - 1', 'NR == n - 2', 'NR == 2']) {
      const { code, out } = await run(alone(), ['token'], { env: { ...env, PATH: foreign(lines) } });
      expect([lines, code, out, one.asked.length]).toEqual([lines, 1, '', 1]);
    }
    const same = foreign('NR < 0');
    expect((await run(alone(), ['token'], { env: { ...env, PATH: same } })).out).toBe(`${token}\n`);
  });

  it('sends nothing to a folder that is open, be it sticky, however `ls` writes its name', async () => {
    await using one = await host(give, path.join(folder, `${(homes += 1)}`, "ä 'b"));
    const busybox = onPath('busybox');
    const environments: Record<string, string>[] = [
      {},
      { QUOTING_STYLE: 'c' },
      { QUOTING_STYLE: 'shell-always', LC_ALL: 'C.UTF-8' },
      ...(busybox === undefined
        ? []
        : [{ PATH: pathWith('ls', `#!/bin/sh\nexec ${busybox} ls "$@"\n`), LC_ALL: 'C' }]),
    ];
    for (const more of environments) {
      const env = { KEYFOB_HOME: one.home, ...more };
      chmodSync(one.home, 0o700);
      expect((await run(alone(), ['token'], { env })).out).toBe(`${token}\n`);
      const before = one.asked.length;
      for (const mode of [0o1777, 0o1720, 0o702]) {
        chmodSync(one.home, mode);
        const { code, out } = await run(alone(), ['token'], { env });
        expect([more, code, out, one.asked.length]).toEqual([more, 1, '', before]);
      }
    }
  });

  it('writes no token into a trace of the shell', async () => {
    await using one = await host();
    const env = { KEYFOB_HOME: one.home, SHELLOPTS: 'xtrace:allexport:nounset' };
    const traced = way.length === 1 ? [] : [[...way.slice(0, -1), '-xa', installed]];
    for (const each of [way, ...traced]) {
      const { code, out, err } = await run(each, ['token'], { env });
      expect([code, out]).toEqual([0, `${token}\n`]);
      expect(err).not.toContain(token);
    }
  });

  it('says so where Keyfob has moved', async () => {
    const { code, out, err } = await run(alone(), ['status'], {});
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      'Keyfob is no longer in /nowhere at all.\nRun `npx --no-install keyfob command install` in the folder where it is now.\n',
    );
  });
});

describe('keyfob command', () => {
  const command = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    run([process.execPath, script], ['command', ...args], { env });

  it('installs into the user’s own bin, says what the PATH lacks, and removes what it wrote', async () => {
    const home = path.join(folder, `user-${(homes += 1)}`);
    const own = path.join(home, '.local', 'bin');
    const lacking = await command(['install'], { HOME: home, SHELL: '/bin/zsh' });
    expect(lacking).toEqual({
      code: 0,
      out: `Written: ${own}/keyfob\n${own} is not on your PATH. Add this line to ~/.zprofile, then log out and in again:\nexport PATH=${own}:"$PATH"\n`,
      err: '',
    });
    for (const [profile, shell] of [
      ['.profile', 'bash'],
      ['.bash_login', 'bash'],
      ['.bash_profile', 'bash'],
      ['.profile', 'sh'],
    ] as const) {
      if (profile !== '.profile') writeFileSync(path.join(home, profile), '');
      const { out } = await command(['install'], { HOME: home, SHELL: `/bin/${shell}` });
      expect([shell, out]).toEqual([shell, expect.stringContaining(`Add this line to ~/${profile}, then`)]);
    }
    const again = await command(['install'], { HOME: home, PATH: `${own}:${process.env['PATH'] ?? ''}` });
    expect(again.out).toContain('It is on your PATH');
    const behind = await command(['install'], {
      HOME: home,
      PATH: `${bin}:${own}:${process.env['PATH'] ?? ''}`,
    });
    expect(behind.out).toContain(`${bin}/keyfob`);
    expect((await command(['remove'], { HOME: home })).out).toBe(`Removed: ${own}/keyfob\n`);
    expect(existsSync(path.join(own, 'keyfob'))).toBe(false);
    expect((await command(['remove'], { HOME: home })).code).toBe(0);
  });

  it('names a folder that it may not write to, and what to do, in place of something unexpected', async () => {
    const file = path.join(folder, `file-${(homes += 1)}`);
    writeFileSync(file, '');
    const closed = path.join(folder, `closed-${(homes += 1)}`);
    mkdirSync(closed);
    writeFileSync(path.join(closed, 'keyfob'), readFileSync(installed));
    chmodSync(closed, 0o500);
    const hint = 'Choose a folder of your own with `--dir DIR`.\n';
    const failing: [string, string][] = [
      [path.join(file, 'bin'), 'ENOTDIR'],
      [file, 'ENOTDIR'],
    ];
    // Nothing is closed to root.
    if (process.getuid?.() !== 0) failing.push([closed, 'EACCES']);
    for (const [dir, why] of failing) {
      const err = `The folder ${dir} cannot be used (${why}).\n${hint}`;
      expect(await command(['install', '--dir', dir])).toEqual({ code: 2, out: '', err });
    }
    if (process.getuid?.() === 0) return;
    const { code, err } = await command(['remove', '--dir', closed]);
    expect([code, err]).toEqual([2, `The folder ${closed} cannot be used (EACCES).\n${hint}`]);
  });

  it('does not die with the mount of an AppImage', async () => {
    const appImage = path.join(folder, `Key fob-${(homes += 1)}.AppImage`);
    writeFileSync(appImage, '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const mount = makeFolder();
    const inside = path.join(mount, 'resources', 'command');
    const env = { APPIMAGE: appImage, APPDIR: mount };
    expect(appImageOf(inside, {})).toBeNull();
    // Another AppImage has started us.
    expect(appImageOf(inside, { ...env, APPDIR: makeFolder() })).toBeNull();
    const found = appImageOf(inside, env);
    expect(found).toBe(appImage);
    const launcher = readFileSync(path.join(root, 'bin', 'keyfob'), 'utf8');
    const written = path.join(folder, `written-${(homes += 1)}`);
    writeFileSync(written, launcherText({ launcher, root: inside, appImage: found }, 'linux'), {
      mode: 0o755,
    });
    const [, options = ''] = /^before='(.*)'$/m.exec(readFileSync(written, 'utf8')) ?? [];
    expect(commandArguments(options.split(' '))).toEqual([]);
    const out = [...options.split(' '), 'token', 'a b', '-x', ''].join('\n');
    for (const [, way] of launchers) {
      const started = [...way.slice(0, -1), written];
      expect((await run(started, ['token', 'a b', '-x'], {})).out).toBe(out);
    }
    rmSync(appImage);
    const gone = await run([written], ['status'], {});
    expect([gone.code, gone.err]).toEqual([
      1,
      `Keyfob is no longer in ${appImage}.\nRun \`command install\` of the application where it is now.\n`,
    ]);
  });

  it('touches no file that is not its own, and no link', async () => {
    const dir = path.join(folder, `others-${(homes += 1)}`);
    const file = path.join(dir, 'keyfob');
    mkdirSync(dir);
    const others = [
      () => writeFileSync(file, '#!/bin/sh\n'),
      () => symlinkSync(installed, file),
      () => mkdirSync(file),
    ];
    for (const make of others) {
      make();
      for (const step of ['install', 'remove']) {
        const { code, err } = await command([step, '--dir', dir]);
        expect(code).toBe(2);
        expect(err).toContain(`${file} was not written by`);
      }
      rmSync(file, { recursive: true });
    }
  });
});
