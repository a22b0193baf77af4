// The commands that load modules of their own and need no host.
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasShell, hasSignals } from '../../testing/system.ts';
import { keyfob, makeHome, start } from './test-host.ts';

let home: string;
beforeAll(async () => {
  home = await makeHome();
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe('keyfob provider check', () => {
  it('names file, line, column, path and reason, and ends with 2', async () => {
    const file = path.join(home, 'bad.json');
    await writeFile(file, '{\n  "id": "mine",\n  "nmae": 3\n}\n');
    const { code, out, err } = await keyfob(home, ['provider', 'check', file]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.split('\n').some((line) => line.startsWith(`${file}:3:3 nmae: `))).toBe(true);
    await writeFile(file, '{\n  oops\n}\n');
    expect((await keyfob(home, ['provider', 'check', file])).err).toMatch(/bad\.json:2:3 \S/);
  });
});

describe('keyfob sandbox', () => {
  it('prints one line of JSON, says when its port is taken, and ends at SIGTERM', async () => {
    const running = start(home, ['sandbox', '--json', '--port', '0']);
    const described = JSON.parse(await running.firstLine) as { url: string; accounts: unknown[] };
    expect(described.accounts.length).toBeGreaterThan(4);
    const { port } = new URL(described.url);
    const second = await keyfob(home, ['sandbox', '--port', port]);
    expect(second.code).toBe(2);
    expect(second.err).toContain(`Port ${port} is not free.`);
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(hasSignals ? 0 : null);
  });

  it('prints commands for each account that can be pasted', async () => {
    const running = start(home, ['sandbox', '--port', '0']);
    await running.firstLine;
    running.child.kill('SIGINT');
    const { code, out } = await running.ended;
    expect(code).toBe(hasSignals ? 0 : null);
    const add = String.raw`\| keyfob add \S+ --provider \S+ .* --secret \S+\nkeyfob login \S+\n`;
    expect(out).toMatch(new RegExp(`${hasShell ? String.raw`printf '%s\\n' \S.*` : "'[^']+'"} ${add}`));
  });
});

describe('keyfob doctor', () => {
  it('looks at everything without a host, and says what to do about what is missing', async () => {
    const { code, out, err } = await keyfob(home, ['doctor', '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const findings = JSON.parse(out) as { name: string; ok: boolean; hint: string | null }[];
    const names = ['node', 'keychain', 'home', 'socket', 'port', 'network', 'electron', 'display'];
    expect(findings.map(({ name }) => name)).toEqual(names);
    expect(findings.filter(({ ok, hint }) => !ok && hint === null)).toEqual([]);
    expect((await keyfob(home, ['doctor'])).out).toMatch(/^ok {3}node {6}Node \d/);
  }, 30_000);
});
