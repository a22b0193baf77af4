// What a vendor or a profile names is opened as a page of the web, or not at all.
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAddress } from './open-address.ts';

let folder: string;
let opened: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kf-open-'));
  opened = path.join(folder, 'opened');
  const browser = path.join(folder, 'xdg-open');
  await writeFile(browser, `#!/bin/sh\nprintf '%s' "$1" > '${opened}'\n`);
  await chmod(browser, 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
  vi.stubEnv('DISPLAY', ':99');
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

// The package `open` takes a copy of xdg-open that it brings along, unless the system's is asked for.
vi.mock('open', async (load) => {
  const { default: open } = await load<{ default: (target: string, options: object) => Promise<unknown> }>();
  return { default: (target: string) => open(target, { app: { name: path.join(folder, 'xdg-open') } }) };
});

describe.runIf(process.platform === 'linux')('the opener', () => {
  it('opens a page of the web, as the URL standard writes it', async () => {
    await openAddress('https://vendor.example.com/device?a=b c');
    await vi.waitFor(async () => {
      expect(await readFile(opened, 'utf8')).toBe('https://vendor.example.com/device?a=b%20c');
    });
  });

  it.each([
    'smb://host/share',
    'file:///etc/passwd',
    'vscode://file/etc/passwd',
    'javascript:alert(1)',
    'data:text/html,x',
    '--version',
    '/etc/passwd',
    'C:\\Windows\\System32\\calc.exe',
    '',
  ])('opens nothing for %j, and says so', async (address) => {
    await openAddress(address);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(existsSync(opened)).toBe(false);
    expect(vi.mocked(process.stderr.write).mock.calls.join('')).toMatch(/not the address of a web page/);
  });
});
