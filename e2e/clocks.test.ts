// A machine's clock that is wrong and set right between two runs of the agent: no dead token is handed out.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callApi, cleanUp, makeFolder, startAgent, startPractice, until } from '../testing/program.ts';
import type { Agent, AgentOptions, Practice } from '../testing/program.ts';

/** Of Debian's package faketime; the loader puts in the folder of the machine's kind. */
const library = 'LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1';
/** What `faketime` itself does, but in the process that it starts, so that signals reach it. */
const clockOff = (seconds: number): string[] => [
  'env',
  library,
  `FAKETIME=${seconds < 0 ? '' : '+'}${String(seconds)}`,
];

const [env = '', ...offByADay] = clockOff(24 * 3600);
const faked = spawnSync(env, [...offByADay, 'date', '+%s'], { encoding: 'utf8' });
const faketime = Number(faked.stdout) > Date.now() / 1000 + 3600;
const title = faketime ? 'a wrong clock' : 'a wrong clock (left out: faketime is not installed)';

let practice: Practice;
beforeAll(async () => {
  if (faketime) practice = await startPractice();
});
afterAll(cleanUp);

const names = ['practice-eptura', 'practice-officernd'];
const hour = 3600;

/** The agent on a clock that is off by so many seconds, the steady one with it or not. */
const on = (seconds: number, steadyToo: boolean): Pick<AgentOptions, 'by'> =>
  seconds === 0
    ? {}
    : {
        by: [...clockOff(seconds), ...(steadyToo ? [] : ['FAKETIME_DONT_FAKE_MONOTONIC=1'])],
      };

describe.skipIf(!faketime)(title, () => {
  async function signedIn(clock: Pick<AgentOptions, 'by'>): Promise<{ agent: Agent; args: string[] }> {
    const passphrase = path.join(makeFolder(), 'passphrase');
    writeFileSync(passphrase, 'correct horse battery\n', { mode: 0o600 });
    const args = ['--vault', 'file', '--passphrase-file', passphrase];
    const agent = await startAgent({ args, ...clock });
    for (const name of names) {
      await agent.add(practice.account(name));
      await agent.done(['login', name]);
    }
    return { agent, args };
  }

  it.each([
    ['five hours ahead at the sign-in, and right at the restart', 5 * hour, 0, true],
    ['five hours ahead at the sign-in, the wall clock alone', 5 * hour, 0, false],
    ['right at the sign-in, and a day behind at the restart', 0, -24 * hour, true],
    ['right at the sign-in, and the wall clock alone a day behind', 0, -24 * hour, false],
  ])('%s: the vendor is asked, and no dead token is handed out', async (_what, then, now, steadyToo) => {
    const { agent, args } = await signedIn(on(then, steadyToo));
    const before = await Promise.all(names.map((name) => agent.token(name)));
    await agent.stop();
    await practice.control({ endTokens: true });
    const asked = (await practice.tokenRequests()).length;

    const again = await startAgent({ home: agent.home, args, ...on(now, steadyToo) });
    for (const [index, name] of names.entries()) {
      const token = await again.token(name, '--min-valid', '60');
      expect(token.access_token).not.toBe(before[index]?.access_token);
      expect((await callApi(practice.account(name).try, token)).status).toBe(200);
      const inAnHour = Date.now() / 1000 + now + hour;
      expect(Math.abs((token.expires_at ?? 0) - inAnHour)).toBeLessThan(60);
    }
    await until('each vendor was asked', async () => (await practice.tokenRequests()).length >= asked + 2);
    await again.stop();
  });

  it('that is wrong all the time leaves live tokens as they are', async () => {
    const { agent, args } = await signedIn(on(5 * hour, true));
    const before = await Promise.all(names.map((name) => agent.token(name)));
    await agent.stop();
    const asked = (await practice.tokenRequests()).length;
    const again = await startAgent({ home: agent.home, args, ...on(5 * hour, true) });
    const after = await Promise.all(names.map((name) => again.token(name)));
    expect(after.map((token) => token.access_token)).toEqual(before.map((token) => token.access_token));
    expect(await practice.tokenRequests()).toHaveLength(asked);
    await again.stop();
  });
});
