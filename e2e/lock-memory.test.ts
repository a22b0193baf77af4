// What a locked Keyfob still refers to: a picture of its heap, taken after the lock, holds no token and no secret.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cleanUp, makeFolder, startAgent, startPractice, until, type Agent } from '../testing/program.ts';

afterAll(cleanUp);

/** Ms without another picture: of one signal the runtime may make two. */
const quiet = 1_500;

/** The texts that are referred to, as the runtime's own picture of its heap has them. */
async function heapOf(agent: Agent, folder: string): Promise<string> {
  const pictures = (): string[] =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.heapsnapshot'))
      .map((name) => path.join(folder, name));
  for (const old of pictures()) rmSync(old);
  process.kill(agent.ready.pid, 'SIGUSR2');
  return until(
    'a whole picture of the heap',
    () => {
      const newest = pictures().toSorted().at(-1);
      if (newest === undefined || Date.now() - statSync(newest).mtimeMs < quiet) return null;
      const text = readFileSync(newest, 'utf8');
      return text.trimEnd().endsWith('}') ? text : null;
    },
    60_000,
  );
}

describe.runIf(process.platform !== 'win32')('a lock', () => {
  it('left tokens and secrets within reach', { timeout: 240_000 }, async () => {
    const folder = makeFolder();
    const passphrase = path.join(folder, 'passphrase');
    writeFileSync(passphrase, 'correct horse battery staple\n', { mode: 0o600 });
    const practice = await startPractice();
    const agent = await startAgent({
      args: ['--vault', 'file', '--passphrase-file', passphrase],
      env: { NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${folder}` },
    });
    const account = practice.account('practice-organization');
    const secret = Object.values(account.secrets)[0] ?? '';
    expect(secret).toMatch(/.{8}/);
    const name = await agent.add(account);
    await agent.done(['login', name]);
    const renewed = await agent.add(practice.account('practice-eptura'));
    await agent.done(['login', renewed]);
    await agent.done(['refresh', renewed]);
    const tokens = await Promise.all(
      [name, renewed].map(async (one) => (await agent.token(one)).access_token),
    );
    // What is looked for can be found while it is in use.
    const before = await heapOf(agent, folder);
    expect([...tokens, secret].map((text) => before.includes(text))).toEqual([true, true, true]);
    await agent.done(['lock']);
    const after = await heapOf(agent, folder);
    expect([...tokens, secret].map((text) => after.includes(text))).toEqual([false, false, false]);
  });
});
