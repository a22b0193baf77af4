import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { hasShell } from '../../testing/system.ts';
import { endpointKit } from '../../testing/endpoint-kit.ts';
import { hookEnvironment } from './hook-environment.ts';
import { createHooks } from './hooks.ts';

it.runIf(hasShell)(
  'a hook runs without a shell, gets its event alone, and is killed with its children when it takes too long',
  async () => {
    await using kit = await endpointKit([{ name: 'hq' }]);
    const hooks = createHooks({ keyfob: kit.keyfob, limit: 300 });
    const [got, late] = [path.join(kit.folder, '$got'), path.join(kit.folder, 'late')];
    await hooks.add({ event: 'token.refreshed', command: ['tee', got] });
    await hooks.add({ event: 'vault.locked', command: ['sh', '-c', `sleep 1; touch '${late}'`] });
    const { id } = await hooks.add({ event: 'vault.locked', command: ['/nothing/here'] });
    const event = { type: 'token.refreshed', account: 'hq', expires_at: null } as const;
    hooks.hear(event);
    hooks.hear({ type: 'account.added', account: 'hq' });
    hooks.hear({ type: 'vault.locked' });
    await vi.waitFor(() => expect(JSON.parse(readFileSync(got, 'utf8'))).toEqual(event));
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(existsSync(late)).toBe(false);
    expect(hooks.list().filter((one) => one.not_started !== undefined)).toEqual([
      { id, event: 'vault.locked', command: ['/nothing/here'], not_started: 'ENOENT' },
    ]);
  },
);

it.runIf(hasShell)(
  'a command that the system does not start stops neither the event nor what hears it too',
  async () => {
    await using kit = await endpointKit();
    const hooks = createHooks({ keyfob: kit.keyfob });
    const got = path.join(kit.folder, 'got');
    for (const command of [['true', 'x'.repeat(200_000)], ['true', 'a\0b'], [''], ['tee', got]])
      await hooks.add({ event: 'vault.locked', command });
    hooks.hear({ type: 'vault.locked' });
    await vi.waitFor(() => expect(readFileSync(got, 'utf8')).toContain('vault.locked'));
    expect(hooks.list().map(({ not_started: why }) => why)).toEqual([
      'E2BIG',
      'ERR_INVALID_ARG_VALUE',
      'ERR_INVALID_ARG_VALUE',
      undefined,
    ]);
    for (const command of [['true', 'a\0b'], ['']])
      expect((await kit.ask('POST /v1/hooks', { body: { event: 'audit', command } })).status).toBe(400);
  },
);

it.runIf(hasShell)(
  'a hook gets the session’s environment, and nothing that Keyfob was started with for itself',
  async () => {
    await using kit = await endpointKit();
    const hooks = createHooks({ keyfob: kit.keyfob });
    const got = path.join(kit.folder, 'got');
    vi.stubEnv('A_SECRET', 'canary');
    vi.stubEnv('NODE_OPTIONS', '--no-warnings');
    vi.stubEnv('LC_TIME', 'C.UTF-8');
    vi.stubEnv('XDG_RUNTIME_DIR', '/run/user/1');
    vi.stubEnv('KEYFOB_HOME', kit.folder);
    await hooks.add({
      event: 'vault.locked',
      command: ['sh', '-c', `env >'${got}.new'; mv '${got}.new' '${got}'`],
    });
    hooks.hear({ type: 'vault.locked' });
    await vi.waitFor(() => expect(existsSync(got)).toBe(true));
    vi.unstubAllEnvs();
    const lines = readFileSync(got, 'utf8').split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'LC_TIME=C.UTF-8',
        'XDG_RUNTIME_DIR=/run/user/1',
        `KEYFOB_HOME=${kit.folder}`,
        `PATH=${process.env['PATH']}`,
      ]),
    );
    expect(lines.filter((line) => /^(?:A_SECRET|NODE_OPTIONS|VITEST)/.test(line))).toEqual([]);
  },
);

it('a hook on Windows gets what programs there need, however it is written', () => {
  const environment = {
    Path: 'C:\\Windows',
    SystemRoot: 'C:\\Windows',
    A_SECRET: 'canary',
    Node_Options: '',
  };
  expect(Object.keys(hookEnvironment(environment, true))).toEqual(['Path', 'SystemRoot']);
  expect(Object.keys(hookEnvironment(environment, false))).toEqual([]);
});

it.runIf(hasShell)(
  'a hook that sets itself off is not started without end, and holds up no other',
  async () => {
    await using kit = await endpointKit();
    const hooks = createHooks({ keyfob: kit.keyfob });
    const [count, got] = [path.join(kit.folder, 'count'), path.join(kit.folder, 'got')];
    await hooks.add({ event: 'vault.locked', command: ['sh', '-c', `echo >> '${count}'`] });
    for (let n = 0; n < 150; n++) hooks.hear({ type: 'vault.locked' });
    await hooks.add({ event: 'vault.unlocked', command: ['tee', got] });
    await vi.waitFor(() => expect(readFileSync(count).length).toBe(60), 8000);
    hooks.hear({ type: 'vault.unlocked' });
    await vi.waitFor(() => expect(readFileSync(got, 'utf8')).toContain('vault.unlocked'));
    expect(readFileSync(count).length).toBe(60);
    hooks.close();
  },
);

it('hooks are the owner’s alone, and an unknown event is told with those that there are', async () => {
  await using kit = await endpointKit([{ name: 'hq' }]);
  const body = { event: 'account.selected', command: ['true'] };
  const { key } = (await (await kit.ask('POST /v1/clients', { body: { name: 'p' } })).json()) as {
    key: string;
  };
  for (const listener of ['socket', 'guest'] as const)
    expect((await kit.ask('POST /v1/hooks', { listener, key, body })).status).toBe(403);
  const unknown = await kit.ask('POST /v1/hooks', { body: { ...body, event: 'nothing' } });
  expect([unknown.status, await unknown.text()]).toEqual([400, expect.stringContaining('account.selected')]);
  const { id } = (await (await kit.ask('POST /v1/hooks', { body })).json()) as { id: string };
  expect(await (await kit.ask('GET /v1/hooks')).json()).toEqual([{ ...body, id }]);
  expect((await kit.ask(`DELETE /v1/hooks/${id}`)).status).toBe(204);
  expect((await kit.ask(`DELETE /v1/hooks/${id}`)).status).toBe(400);
});
