// `keyfob hook` against a real agent and the practice vendor.
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasProgram } from '../../testing/system.ts';
import { startTestAgent } from './test-agent.ts';
import type { TestAgent } from './test-agent.ts';

// Each step is a process of its own.
vi.setConfig({ testTimeout: 30_000 });

const ACCOUNT = 'practice-organization';
let agent: TestAgent;
beforeAll(async () => {
  agent = await startTestAgent();
  await agent.signIn(ACCOUNT);
}, 60_000);
afterAll(() => agent.close());

describe('keyfob hook', () => {
  it.runIf(hasProgram('tee'))(
    'runs a command with the event on its standard input, without a shell, until it is removed',
    async () => {
      const got = path.join(agent.folder, 'a $(name) of "its" own');
      const added = await agent.run(['hook', 'add', 'token.refreshed', '--', 'tee', '-a', got]);
      expect(added).toEqual({ code: 0, out: expect.stringMatching(/^[0-9a-f]{8}\n$/) as string, err: '' });
      const id = added.out.trim();
      expect((await agent.run(['hook', 'list'])).out).toBe(`${id}  token.refreshed  tee -a ${got}\n`);
      expect(JSON.parse((await agent.run(['hook', 'list', '--json'])).out)).toEqual([
        { id, event: 'token.refreshed', command: ['tee', '-a', got] },
      ]);

      expect((await agent.run(['refresh', ACCOUNT])).code).toBe(0);
      await vi.waitFor(() => expect(readFileSync(got, 'utf8')).toContain('\n'), 10_000);
      expect(JSON.parse(readFileSync(got, 'utf8'))).toEqual({
        type: 'token.refreshed',
        account: ACCOUNT,
        expires_at: expect.any(Number) as number,
      });

      expect(await agent.run(['hook', 'remove', id])).toEqual({ code: 0, out: `Removed: ${id}.\n`, err: '' });
      const { size } = statSync(got);
      expect((await agent.run(['refresh', ACCOUNT])).code).toBe(0);
      const again = path.join(agent.folder, 'again');
      // A second hook that hears the next refresh shows that the first one would have run by then.
      await agent.run(['hook', 'add', 'token.refreshed', '--', 'tee', again]);
      expect((await agent.run(['refresh', ACCOUNT])).code).toBe(0);
      await vi.waitFor(() => expect(existsSync(again)).toBe(true), 10_000);
      expect(statSync(got).size).toBe(size);
    },
  );

  it('takes a path as of the folder where it was typed, and says in the list that it could not be started', async () => {
    const added = await agent.run(['hook', 'add', 'token.refreshed', '--', './not-there', 'x']);
    const id = added.out.trim();
    const command = `${path.resolve('not-there')} x`;
    expect((await agent.run(['hook', 'list'])).out).toContain(`${id}  token.refreshed  ${command}\n`);
    expect((await agent.run(['refresh', ACCOUNT])).code).toBe(0);
    await vi.waitFor(
      async () =>
        expect((await agent.run(['hook', 'list'])).out).toContain('(not started: the system said ENOENT)'),
      10_000,
    );
    await agent.run(['hook', 'remove', id]);
  });

  it('stands in the audit, and in no export', async () => {
    const command = ['logger', 'of-a-hook'];
    const id = (await agent.run(['hook', 'add', 'vault.locked', '--', ...command])).out.trim();
    const file = path.join(agent.folder, 'exported.json');
    expect((await agent.run(['export', file])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain(ACCOUNT);
    expect(readFileSync(file, 'utf8')).not.toContain('of-a-hook');
    await agent.run(['hook', 'remove', id]);
    const audit = (await agent.run(['audit'])).out;
    expect(audit).toMatch(new RegExp(`add hook .*${id} on vault.locked`));
    expect(audit).toMatch(new RegExp(`remove hook .*${id} on vault.locked`));
    expect(audit).not.toContain('of-a-hook');
  });

  it('names the events that there are, and says of an id that is none', async () => {
    const unknown = await agent.run(['hook', 'add', 'token.refresht', '--', 'true']);
    expect([unknown.code, unknown.out]).toEqual([2, '']);
    for (const event of ['token.refreshed', 'account.selected', 'vault.away', 'approval.waiting', 'audit'])
      expect(unknown.err).toContain(event);
    for (const id of ['', '..', 'a/b'])
      expect(await agent.run(['hook', 'remove', id])).toEqual({
        code: 2,
        out: '',
        err: 'This is not the id of a hook.\n`keyfob hook list` prints them.\n',
      });
    expect(await agent.run(['hook', 'remove', '01234567'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('There is no hook 01234567.') as string,
    });
  });
});
