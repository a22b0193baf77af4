/**
 * Proves that lint enforces the arrows between folders: snippets are linted in memory as if they stood in a
 * folder, and each forbidden import must be an error, each allowed one must pass.
 *
 * Rules that need types are left out here; no arrow depends on them.
 */
import { fileURLToPath } from 'node:url';

import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import tseslint from 'typescript-eslint';

const eslint = new ESLint({
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  overrideConfig: [
    { files: ['**/*.ts', '**/*.svelte'], ...tseslint.configs.disableTypeChecked },
    { rules: { '@typescript-eslint/no-unused-vars': 'off' } },
  ],
});

/** Lints lines as if they were the file at `path`; the names of the rules that each of them breaks. */
async function rulesByLine(path: string, lines: readonly string[]): Promise<string[][]> {
  const [result] = await eslint.lintText(lines.join('\n'), { filePath: path });
  const found = lines.map((): string[] => []);
  for (const { line, ruleId, message } of result?.messages ?? [])
    (found[line - 1] ?? found[0])?.push(ruleId ?? message);
  return found;
}

/** The names of the rules that a line breaks. */
async function broken(path: string, code: string): Promise<string[]> {
  return (await rulesByLine(path, [code]))[0] ?? [];
}

const ARROW = 'boundaries/dependencies';

const forbidden: readonly (readonly [path: string, code: string])[] = [
  ['main/accounts/a.ts', "import { readFile } from 'node:fs/promises'; export { readFile };"],
  ['main/accounts/a.ts', "import fs from 'fs'; export { fs };"],
  ['main/accounts/a.ts', "import { Hono } from 'hono'; export { Hono };"],
  ['main/accounts/a.ts', "import { app } from 'electron'; export { app };"],
  ['main/accounts/a.ts', "import { vault } from '../vaults/file-vault.ts'; export { vault };"],
  ['main/accounts/a.ts', "import { profiles } from '../providers/index.ts'; export { profiles };"],
  [
    'main/accounts/a.ts',
    "import { version } from '../../package.json' with { type: 'json' }; export { version };",
  ],
  ['main/accounts/a.ts', "export { vault } from '../vaults/file-vault.ts';"],
  ['main/accounts/deep/er/a.ts', "export * from '../../../agent/index.ts';"],
  ['main/accounts/a.ts', "import { kit } from '../../testing/kit.ts'; export { kit };"],
  ['main/accounts/a.ts', "import { x } from './a.test.ts'; export { x };"],
  ['main/accounts/a.ts', "import { app } from '../index.ts'; export { app };"],
  ['main/providers/a.ts', "import { readFile } from 'node:fs/promises'; export { readFile };"],
  ['main/providers/a.ts', "import { createKeyfob } from '../accounts/keyfob.ts'; export { createKeyfob };"],
  ['main/providers/a.ts', "import { z } from 'zod'; export { z };"],
  ['main/cli/a.ts', "import { builtInProviders } from '../providers/index.ts'; export { builtInProviders };"],
  ['main/vaults/file-vault.ts', "import keytar from 'keytar'; export { keytar };"],
  ['main/vaults/a.ts', "import type { Clock } from '../accounts/ports.ts'; export type { Clock };"],
  ['main/vaults/a.ts', "import { openHost } from '../host/index.ts'; export { openHost };"],
  ['main/platform/a.ts', "import { KeyfobError } from '../api/errors.ts'; export { KeyfobError };"],
  ['main/platform/a.ts', "import { createKeyfob } from '../accounts/keyfob.ts'; export { createKeyfob };"],
  ['main/platform/a.ts', "import { app } from 'electron'; export { app };"],
  ['main/platform/a.ts', "import { urlOf } from '../oauth/url.ts'; export { urlOf };"],
  ['main/host/a.ts', "import { app } from 'electron'; export { app };"],
  ['main/host/a.ts', "import Store from 'electron-store'; export { Store };"],
  ['main/endpoint/a.ts', "import { vault } from '../vaults/file-vault.ts'; export { vault };"],
  ['main/endpoint/a.ts', "import { serve } from '../agent/index.ts'; export { serve };"],
  ['main/endpoint/a.ts', "import keytar from 'keytar'; export { keytar };"],
  ['main/agent/a.ts', "import keytar from 'keytar'; export { keytar };"],
  ['main/agent/a.ts', "import { app } from 'electron'; export { app };"],
  ['main/agent/a.ts', "import Store from 'electron-store'; export { Store };"],
  ['main/agent/a.ts', "import { tray } from '../desktop/tray.ts'; export { tray };"],
  ['main/agent/a.ts', "import { sandbox } from '../sandbox/index.ts'; export { sandbox };"],
  ['main/agent/a.ts', "import { createApi } from '../../preload/api.ts'; export { createApi };"],
  ['main/desktop/a.ts', "import keytar from 'keytar'; export { keytar };"],
  ['main/desktop/a.ts', "import { serve } from '../agent/index.ts'; export { serve };"],
  ['main/cli/a.ts', "import { serve } from '../agent/index.ts'; export { serve };"],
  ['main/cli/a.ts', "import { sandbox } from '../sandbox/index.ts'; export { sandbox };"],
  ['main/cli/a.ts', "export { sandbox } from '../sandbox/index.ts';"],
  ['main/cli/a.ts', "import { profileSchema } from '../oauth/profile.ts'; export { profileSchema };"],
  ['main/cli/a.ts', "import { createKeyfob } from '../accounts/keyfob.ts'; export { createKeyfob };"],
  ['main/cli/a.ts', "export const late = () => import('../accounts/keyfob.ts');"],
  ['main/cli/a.ts', "export const late = () => import('../desktop/tray.ts');"],
  ['main/cli/a.ts', "import { handler } from '../endpoint/handler.ts'; export { handler };"],
  ['main/cli/a.ts', "import keytar from 'keytar'; export { keytar };"],
  ['main/sandbox/a.ts', "import { createKeyfob } from '../accounts/keyfob.ts'; export { createKeyfob };"],
  ['main/sandbox/a.ts', "import type { Profile } from '../oauth/profile.ts'; export type { Profile };"],
  ['main/sandbox/a.ts', "import { profiles } from '../providers/index.ts'; export { profiles };"],
  ['main/sandbox/a.ts', "import { handler } from '../endpoint/handler.ts'; export { handler };"],
  [
    'main/sandbox/a.test.ts',
    "import { createKeyfob } from '../accounts/keyfob.ts'; export { createKeyfob };",
  ],
  ['preload/contract.ts', "import { z } from 'zod'; export { z };"],
  ['preload/contract.ts', "import { createApi } from './api.ts'; export { createApi };"],
  ['preload/contract.ts', "import type { View } from '../main/accounts/views.ts'; export type { View };"],
  ['preload/contract.ts', "import { calls } from '../main/api/window.ts'; export { calls };"],
  ['main/api/a.ts', "import { createKeyfob } from '../accounts/keyfob.ts'; export { createKeyfob };"],
  ['main/oauth/a.ts', "import type { Account } from '../accounts/account.ts'; export type { Account };"],
  ['main/oauth/a.ts', "import { createQueue } from '../platform/serial-queue.ts'; export { createQueue };"],
  ['main/oauth/a.ts', "import { readFile } from 'node:fs/promises'; export { readFile };"],
  ['main/oauth/a.ts', "import { app } from 'electron'; export { app };"],
  ['main/oauth/a.ts', "import { Hono } from 'hono'; export { Hono };"],
  ['main/oauth/a.ts', "import { absent } from '../vaults/port.ts'; export { absent };"],
  [
    'main/oauth/a.ts',
    "import { builtInProviders } from '../providers/index.ts'; export { builtInProviders };",
  ],
  ['main/messages/a.ts', "import { reasons } from '../api/problems/index.ts'; export { reasons };"],
  ['main/messages/a.ts', "import type { Account } from '../accounts/account.ts'; export type { Account };"],
  ['main/messages/a.ts', "import { z } from 'zod'; export { z };"],
  ['main/messages/a.ts', "import fs from 'node:fs'; export { fs };"],
  ['renderer/a.ts', "import { windowTexts } from '../main/messages/index.ts'; export { windowTexts };"],
  ['renderer/a.ts', "import { calls } from '../main/api/window.ts'; export { calls };"],
  ['main/cli/a.ts', "import { calls } from '../api/window.ts'; export { calls };"],
  ['main/accounts/a.ts', "import { sealBox } from '../platform/sealed-box.ts'; export { sealBox };"],
  ['preload/api.ts', "import { contextBridge } from 'electron'; export { contextBridge };"],
  ['preload/api.ts', "import type { View } from '../main/accounts/views.ts'; export type { View };"],
  ['preload/index.ts', "import { createKeyfob } from '../main/accounts/keyfob.ts'; export { createKeyfob };"],
  ['renderer/a.ts', "import { createKeyfob } from '../main/accounts/keyfob.ts'; export { createKeyfob };"],
  ['renderer/a.ts', "import '../preload/index.ts';"],
  ['renderer/a.ts', "import { ipcRenderer } from 'electron'; export { ipcRenderer };"],
  ['renderer/a.ts', "import path from 'node:path'; export { path };"],
  ['renderer/A.svelte', '<script lang="ts">import \'../main/accounts/keyfob.ts\';</script>'],
];

const allowed: readonly (readonly [path: string, code: string])[] = [
  ['main/api/a.ts', "import { z } from 'zod'; export { z };"],
  ['main/accounts/a.ts', "import { problem } from '../api/problem.ts'; export { problem };"],
  ['main/messages/a.ts', "import type { Message } from '../api/problems/index.ts'; export type { Message };"],
  ['renderer/a.ts', "import { sentenceOf } from '../main/messages/format.ts'; export { sentenceOf };"],
  ['renderer/a.ts', "import { shownText } from '../main/api/shown-text.ts'; export { shownText };"],
  ['main/cli/a.ts', "import { exitOf } from '../api/codes.ts'; export { exitOf };"],
  ['main/accounts/a.ts', "import { createEmitter } from '../platform/emitter.ts'; export { createEmitter };"],
  ['preload/contract.ts', "import type { News } from '../main/api/window.ts'; export type { News };"],
  ['renderer/a.ts', "import type { News } from '../main/api/window.ts'; export type { News };"],
  ['main/oauth/a.ts', "import * as oauth from 'oauth4webapi'; import { z } from 'zod'; export { oauth, z };"],
  ['main/oauth/a.ts', "import { b } from './dialect/b.ts'; export { b };"],
  ['main/oauth/a.ts', "import { parseTree } from 'jsonc-parser'; export { parseTree };"],
  ['main/cli/a.ts', "export const late = () => import('../providers/index.ts');"],
  ['main/cli/a.ts', "export const late = () => import('../oauth/profile-check.ts');"],
  ['main/accounts/a.test.ts', "import { clock } from '../../testing/clock.ts'; export { clock };"],
  ['main/accounts/a.test.ts', "import { createServer } from 'node:http'; export { createServer };"],
  ['main/accounts/a.test.ts', "import { sandbox } from '../sandbox/index.ts'; export { sandbox };"],
  ['main/providers/a.ts', "import type { Profile } from '../oauth/profile.ts'; export type { Profile };"],
  ['main/vaults/keychain-process.ts', "import keytar from 'keytar'; export { keytar };"],
  ['main/vaults/a.ts', "import { KeyfobError } from '../api/errors.ts'; export { KeyfobError };"],
  ['main/vaults/a.ts', "import { seal } from '../platform/sealed-box.ts'; export { seal };"],
  [
    'main/accounts/a.ts',
    "import { absent, type Vault } from '../vaults/port.ts'; export { absent, type Vault };",
  ],
  ['main/host/a.ts', "import Conf from 'conf'; import fs from 'node:fs'; export { Conf, fs };"],
  ['main/platform/a.ts', "import type { Clock } from '../oauth/ports.ts'; export type { Clock };"],
  ['main/endpoint/a.ts', "import { streamSSE } from 'hono/streaming'; export { streamSSE };"],
  ['main/endpoint/a.ts', "import { Hono } from 'hono'; export { Hono };"],
  ['main/endpoint/a.ts', "import { createKeyfob } from '../accounts/keyfob.ts'; export { createKeyfob };"],
  ['main/agent/a.ts', "import { createKeyfob } from '../accounts/keyfob.ts'; export { createKeyfob };"],
  ['main/agent/a.ts', "import { vault } from '../vaults/file-vault.ts'; export { vault };"],
  ['main/agent/a.ts', "import { channels } from '../../preload/contract.ts'; export { channels };"],
  ['main/desktop/a.ts', "import { Tray } from 'electron'; export { Tray };"],
  ['main/desktop/ipc.ts', "import { ipcMain } from 'electron'; export { ipcMain };"],
  ['main/cli/a.ts', "import { connect } from '../endpoint/client.ts'; export { connect };"],
  ['main/cli/a.ts', "import { KeyfobError } from '../api/errors.ts'; export { KeyfobError };"],
  [
    'main/cli/a.ts',
    "import { version } from '../../package.json' with { type: 'json' }; export { version };",
  ],
  ['main/cli/a.ts', "import type { AccountView } from '../accounts/views.ts'; export type { AccountView };"],
  ['main/cli/a.ts', "export const late = () => import('../agent/index.ts');"],
  ['main/cli/a.ts', "export const late = () => import('../sandbox/index.ts');"],
  ['main/cli/a.ts', "export const late = () => import('../oauth/profile.ts');"],
  ['main/sandbox/a.ts', "import { createServer } from 'node:http'; export { createServer };"],
  [
    'main/index.ts',
    "import { app } from 'electron'; import { t } from './desktop/tray.ts'; export { app, t };",
  ],
  ['preload/api.ts', "import type { Contract } from './contract.ts'; export type { Contract };"],
  ['preload/index.ts', "import { ipcRenderer } from 'electron'; export { ipcRenderer };"],
  ['preload/index.ts', "import { createApi } from './api.ts'; export { createApi };"],
  ['preload/api.test.ts', "import { createApi } from './api.ts'; export { createApi };"],
  ['renderer/a.ts', "import { mount } from 'svelte'; export { mount };"],
  ['renderer/a.ts', "import { createApi } from '../preload/api.ts'; export { createApi };"],
  ['testing/a.ts', "import { createKeyfob } from '../main/accounts/keyfob.ts'; export { createKeyfob };"],
  ['e2e/a.test.ts', "import { kit } from '../testing/kit.ts'; export { kit };"],
];

/** The rows of a table for which the rules that their line breaks are not what they are to be. One run a file. */
async function surprises(
  table: readonly (readonly [path: string, code: string])[],
  asExpected: (rules: readonly string[]) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const [path, rows] of Map.groupBy(table, ([file]) => file)) {
    const lines = rows.map(([, code]) => code);
    const rules = await rulesByLine(path, lines);
    found.push(
      ...lines.flatMap((code, at) =>
        asExpected(rules[at] ?? []) ? [] : [`${path}: ${code} (${(rules[at] ?? []).join(', ')})`],
      ),
    );
  }
  return found;
}

describe('the arrows between folders', () => {
  it('refuse every import that is forbidden', async () => {
    expect(await surprises(forbidden, (rules) => rules.includes(ARROW))).toEqual([]);
  });

  it('let every import pass that is allowed', async () => {
    expect(await surprises(allowed, (rules) => rules.length === 0)).toEqual([]);
  });

  it('refuse a file in a folder of main that is not in the table', async () => {
    expect(await broken('main/accounts/a.ts', 'export {};')).toEqual([]);
    expect(await broken('main/new-folder/a.ts', 'export {};')).toContain('boundaries/no-unknown-files');
    expect(await broken('main/a.ts', 'export {};')).toContain('boundaries/no-unknown-files');
  });

  it('refuse an import that cannot be followed', async () => {
    const code = 'export const late = (folder: string) => import(folder);';
    expect(await broken('main/cli/a.ts', code)).toContain('no-restricted-syntax');
  });
});

const ofTheSystem: readonly (readonly [rule: string, code: string])[] = [
  ['no-restricted-globals', 'setTimeout(() => undefined, 1);'],
  ['no-restricted-globals', 'globalThis.setInterval(() => undefined, 1);'],
  ['no-restricted-globals', "export const answer = fetch('http://127.0.0.1/');"],
  ['no-restricted-globals', "export const home = process.env['HOME'];"],
  ['no-restricted-globals', 'export const at = performance.now();'],
  ['no-restricted-properties', 'export const at = Date.now();'],
  ['no-restricted-syntax', 'export const at = new Date();'],
];

describe('lint of what has no clock, network and environment of its own', () => {
  it.each(['main/accounts', 'main/oauth', 'main/providers'])('refuses each of them in %s', async (folder) => {
    const rules = await rulesByLine(
      `${folder}/a.ts`,
      ofTheSystem.map(([, code]) => code),
    );
    expect(rules.map(([rule]) => rule)).toEqual(ofTheSystem.map(([rule]) => rule));
    expect(await broken(`${folder}/a.ts`, 'export const at = (ms: number) => new Date(ms);')).toEqual([]);
  });

  it('lets each of them pass in main/agent', async () => {
    const table = ofTheSystem.map(([, code]) => ['main/agent/a.ts', code] as const);
    expect(await surprises(table, (rules) => rules.length === 0)).toEqual([]);
  });
});

describe('lint of IPC', () => {
  it('refuses to import ipcMain anywhere but in main/desktop/ipc.ts', async () => {
    const table = [
      ['main/desktop/tray.ts', "import { ipcMain } from 'electron'; export { ipcMain };"],
      ['main/desktop/tray.ts', "import * as electron from 'electron'; export { electron };"],
      ['main/index.ts', "import { ipcMain } from 'electron'; export { ipcMain };"],
    ] as const;
    expect(await surprises(table, (rules) => rules.includes('no-restricted-imports'))).toEqual([]);
  });
});
