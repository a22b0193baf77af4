/** As an ordinary user the application runs with Chromium's sandbox on; everywhere else here root runs it. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { startPlainDesktop } from '../../testing/desktop/desktop.ts';
import { findElectron } from '../../testing/desktop/parts.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { sleep, until } from '../../testing/program.ts';

const root = process.getuid?.() === 0;
/** nobody, when root runs the tests; else who runs them. */
const user = root ? { uid: 65_534, gid: 65_534 } : null;

let session: DesktopSession;
let copy: string;
beforeAll(async () => {
  copy = mkdtempSync(path.join(os.tmpdir(), 'kf-electron-'));
  chmodSync(copy, 0o755);
  session = await startSession(user);
});
afterAll(async () => {
  await session.stop();
  rmSync(copy, { recursive: true, force: true, maxRetries: 3 });
});

/** A copy of the runtime that another user can reach, with the sandbox's helper as an installed package has it. */
function install(): string {
  const electron = findElectron();
  if (electron === null) throw new Error('There is no Electron here.');
  const runtime = path.join(copy, 'runtime');
  execFileSync('cp', ['-a', path.dirname(electron.binary), runtime]);
  const helper = path.join(runtime, 'chrome-sandbox');
  if (root && existsSync(helper)) {
    chownSync(helper, 0, 0);
    chmodSync(helper, 0o4755);
  }
  return path.join(runtime, path.basename(electron.binary));
}

interface Process {
  readonly pid: number;
  readonly command: string;
  readonly status: string;
}

/** All processes of the copy that was started. */
function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const status = readFileSync(`/proc/${name}/status`, 'utf8');
        return command.includes(session.folder) || command.includes(copy)
          ? [{ pid: Number(name), command, status }]
          : [];
      } catch {
        return []; // gone meanwhile
      }
    });
}

const renderers = (): Process[] => processes().filter(({ command }) => command.includes('--type=renderer'));

it('the desktop runs its window in the system’s sandbox', async () => {
  const desktop = startPlainDesktop(session, { binary: install() });
  await desktop.ready();
  expect((await session.tray.entries())[0]?.label).toMatch(/^Copy/);
  await session.screen.window('^Keyfob$');
  // Chromium begins a window in a process of its own and puts another in its place at the first address.
  const renderer = await until('a page that stays', async () => {
    const [first, ...others] = renderers();
    await sleep(1000);
    const now = renderers();
    return others.length === 0 && now.length === 1 && now[0]?.pid === first?.pid ? now[0] : null;
  });
  // proc(5): no new rights, and nothing to be seen of other processes or of the network.
  expect(renderer.status).toMatch(/^NoNewPrivs:\s+1$/m);
  expect(renderer.status).not.toMatch(/^Uid:\s+0\s/m);
  for (const space of ['pid', 'net']) {
    expect(readlinkSync(`/proc/${renderer.pid}/ns/${space}`)).not.toBe(
      readlinkSync(`/proc/self/ns/${space}`),
    );
  }
  // A filter of system calls.
  expect(renderer.status).toMatch(/^Seccomp:\s+2$/m);
  expect(processes().filter(({ command }) => command.includes('--no-sandbox'))).toEqual([]);
  expect(await desktop.close()).toBe(0);
});
