// A kill -9 in the middle of a hundred refreshes that callers wait for, at a vendor whose refresh tokens are good once.
import path from 'node:path';
import process from 'node:process';
import { afterAll, expect, it } from 'vitest';
import type { TokenAnswer } from '../main/api/accounts.ts';
import { makeCrowd, nameOf } from '../testing/crowd-home.ts';
import { cleanUp, makeFolder, startAgent, until, type Agent } from '../testing/program.ts';
import { numberOf, refreshTokenOf, startRotatingVendor } from '../testing/rotating-vendor.ts';

/** Accounts that are asked for before each kill. */
const crowd = 100;
/** The most exchanges that one host has at a time: no more can be answered and not kept. */
const maxExchanges = 16;
/** Requests that the vendor has seen when the agent is killed. */
const kills = [1, 20, 50, 90];

afterAll(cleanUp);

it(
  'a kill loses no token that a caller was served, nor more sign-ins than a vendor is asked at a time',
  { timeout: 180_000 },
  async () => {
    const vendor = await startRotatingVendor({ delay: 30 });
    const home = path.join(makeFolder(), 'home');
    const args = await makeCrowd({
      home,
      count: crowd * kills.length,
      tokenUrl: () => vendor.tokenUrl,
      refreshToken: (index) => refreshTokenOf(index),
      lifetime: 3_600_000,
      age: () => 1_800_000,
    });
    let servedAtAll = 0;
    for (const [round, after] of kills.entries()) {
      const asked = Array.from({ length: crowd }, (_, index) => round * crowd + index);
      const isTime = (): boolean => vendor.requests >= seen + after;
      const seen = vendor.requests;
      const served = await askAndKill(await startAgent({ home, args, within: 60_000 }), asked, isTime);
      servedAtAll += served.size;
      const given = asked.filter((index) => vendor.given(index) > 0);
      const answered = new Set(asked.filter((index) => vendor.answered(index) > 0));
      const agent = await startAgent({ home, args, within: 60_000 });
      for (const [index, number] of served) {
        const { text } = await agent.ask(`/v1/token?account=${nameOf(index)}`);
        expect([index, numberOf((JSON.parse(text) as TokenAnswer).access_token)]).toEqual([index, number]);
      }
      const lost: number[] = [];
      for (const index of asked) {
        const { status } = await agent.ask(`/v1/accounts/${nameOf(index)}/refresh`, { method: 'POST' });
        if (status !== 200) lost.push(index);
      }
      console.log(
        `killed at request ${String(after)}: ${String(given.length)} refreshed at the vendor, ${String(answered.size)} answered, ` +
          `${String(served.size)} callers served, ${String(lost.length)} sign-ins lost, ` +
          `${String(lost.filter((index) => answered.has(index)).length)} of them answered`,
      );
      expect(lost.filter((index) => served.has(index))).toEqual([]);
      expect(lost.filter((index) => !given.includes(index))).toEqual([]);
      expect(lost.length).toBeLessThanOrEqual(maxExchanges);
      expect(vendor.maxOpen).toBeLessThanOrEqual(maxExchanges);
      await agent.stop();
    }
    // Not all kills came before the first caller was served, whatever the machine's speed.
    expect(servedAtAll).toBeGreaterThan(0);
    await vendor.close();
  },
);

/** Asks for all of them at once and kills the agent; the number of the token by account where a caller was served. */
async function askAndKill(
  agent: Agent,
  asked: readonly number[],
  isTime: () => boolean,
): Promise<Map<number, number>> {
  const served = new Map<number, number>();
  const callers = asked.map(async (index) => {
    const answer = await agent.ask(`/v1/token?account=${nameOf(index)}&min_valid=3000`).catch(() => null);
    if (answer?.status === 200) {
      served.set(index, numberOf((JSON.parse(answer.text) as TokenAnswer).access_token));
    }
  });
  await until('requests at the vendor', isTime, 60_000);
  // The agent itself, not what may stand before it.
  process.kill(agent.ready.pid, 'SIGKILL');
  await Promise.all([agent.process.ended, ...callers]);
  return served;
}
