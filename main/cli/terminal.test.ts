// On a real terminal, which `script` (util-linux) makes: what is typed at a prompt is not shown, nor cut.
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignInView } from '../api/sign-ins.ts';
import { problem, startTestHost } from './test-host.ts';
import type { TestHost } from './test-host.ts';
import { shellQuoted } from '../platform/shell-quoting.ts';
import { readQrCode } from '../../testing/qr-reader.ts';

const canMakeTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.close());

const WAITING: SignInView = {
  id: 'f1',
  account: 'hq',
  asked_by: null,
  state: 'waiting',
  url: 'http://127.0.0.1:5/x',
  user_code: null,
  confirmation_code: null,
  expires_at: 0,
  steps: [],
  problem: null,
  notice: null,
};

/** Runs `keyfob ARGS` on a terminal; each answer is typed the moment its prompt shows. */
function onTerminal(
  args: readonly string[],
  answers: readonly (readonly [prompt: string, typed: string])[],
  term = 'dumb',
): Promise<{ code: number | null; shown: string }> {
  const command = [process.execPath, path.join(import.meta.dirname, 'index.ts'), ...args];
  const child = spawn('script', ['-qefc', `exec ${command.map(shellQuoted).join(' ')}`, '/dev/null'], {
    env: { PATH: process.env['PATH'], KEYFOB_HOME: host.home, TERM: term, SHELL: '/bin/sh' },
  });
  let shown = '';
  let from = 0;
  const left = [...answers];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk;
    const [next] = left;
    if (next === undefined || !shown.slice(from).includes(next[0])) return;
    from = shown.length;
    left.shift();
    child.stdin.write(next[1]);
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, shown }));
  });
}

/** The text of a code of half blocks, which are light where they are drawn; a module becomes 4 × 4 pixels. */
function readHalfBlocks(lines: readonly string[]): string | undefined {
  const scale = 4;
  const width = (lines[0]?.length ?? 0) * scale;
  const height = lines.length * 2 * scale;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let at = 0; at < width * height; at += 1) {
    const [x, y] = [Math.floor((at % width) / scale), Math.floor(at / width / scale)];
    const isLight = (y % 2 === 0 ? '▀█' : '▄█').includes(lines[y >> 1]?.[x] ?? ' ');
    pixels.fill(isLight ? 255 : 0, at * 4, at * 4 + 4);
  }
  return readQrCode(pixels, width, height);
}

describe.skipIf(!canMakeTerminal)('a terminal', () => {
  it('is asked for each secret by its field, and shows none', async () => {
    host.respond = ({ body }) => [201, { ...(body as object), grant: 'g' }];
    const { code, shown } = await onTerminal(
      ['add', 'hq', '--provider', 'p', '--secret', 'password', '--secret', 'client_secret'],
      [
        ['password (not shown): ', 'hunterX\u007f2\r'],
        ['client_secret (not shown): ', 'swordfish\r'],
      ],
    );
    expect(code).toBe(0);
    expect(shown).not.toMatch(/hunter|swordfish/);
    expect(host.asked[0]?.body).toMatchObject({
      secrets: { password: 'hunter2', client_secret: 'swordfish' },
    });
  });

  it('is asked again for a wrong redirect address, and a long one is taken whole', async () => {
    const right = `https://a.example/cb#access_token=${'x'.repeat(9000)}`;
    host.respond = ({ route, body }) => {
      if (route.endsWith('/login')) return [202, { sign_in: WAITING }];
      if (route.includes('?wait=')) return undefined;
      if (!route.endsWith('/redirect')) return problem('bad_request', 'No.');
      const taken = JSON.stringify(body) === JSON.stringify({ url: right });
      return taken
        ? [200, { ...WAITING, state: 'done' }]
        : problem('bad_request', 'This is another address.');
    };
    const prompt = 'Redirect address (not shown): ';
    const { code, shown } = await onTerminal(
      ['login', 'hq', '--paste'],
      [
        [prompt, 'https://wrong.example/cb?code=c0de\r'],
        [prompt, `${right}\r`],
      ],
    );
    expect(shown).toMatch(/This is another address\.[^]*Signed in: hq\./);
    expect(shown).not.toMatch(/c0de|xxx/);
    expect(code).toBe(0);
  });

  it('shows the page of a device code for a phone to open, unless it can draw nothing', async () => {
    const url = 'https://login.vendor.example/common/oauth2/device?user_code=WDJB-MJHT&x=%C3%A4#top';
    const waiting = { ...WAITING, url, user_code: 'WDJB-MJHT' };
    host.respond = ({ route }) =>
      route.endsWith('/login') ? [202, { sign_in: waiting }] : [200, { ...waiting, state: 'done' }];
    const { code, shown } = await onTerminal(['login', 'hq', '--no-open'], [], 'xterm');
    expect(code).toBe(0);
    const drawn = [...shown.matchAll(/^\u001B\[38;5;231;48;5;16m([ ▀▄█]+)\u001B\[0m\r?$/gm)];
    expect(readHalfBlocks(drawn.map(([, line = '']) => line))).toBe(url);
    expect((await onTerminal(['login', 'hq', '--no-open'], [], 'dumb')).shown).not.toMatch(/[▀▄█]|phone/);
  });

  it('Ctrl-C at the prompt cancels the sign-in', async () => {
    host.asked.length = 0;
    host.respond = ({ method, route }) => {
      if (method === 'DELETE') return [204];
      return route.endsWith('/login') ? [202, { sign_in: WAITING }] : undefined;
    };
    const { code } = await onTerminal(
      ['login', 'hq', '--paste'],
      [['Redirect address (not shown): ', '\u0003']],
    );
    expect(code).toBe(4);
    expect(host.asked.map(({ method }) => method)).toContain('DELETE');
  });
});
