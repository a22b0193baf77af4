// One account of the real agent behind a proxy of its own, and what is seen of one fault: while its token lives, after
// it has ended, and when the fault is over.
//
// Invariants: it looks as callers and persons do, through the endpoint alone; a token counts as served only when the
// vendor says that it lives.
import { KeyfobError } from '../../main/api/errors.ts';
import type { ErrorCode } from '../../main/api/codes.ts';
import type { AccountAnswer, AccountState } from '../../main/api/accounts.ts';
import type { Client } from '../../main/endpoint/client.ts';
import { startFaultProxy } from '../fault-proxy/index.ts';
import { accountOf } from '../loopback-vendor.ts';
import type { AccountKind, LoopbackVendor } from '../loopback-vendor.ts';
import { sleep } from '../program.ts';
import type { Again, FaultCase } from './list.ts';

/** Ms within which a caller is answered, whatever happens (with some for a busy machine). */
const answerWithin = 31_500;
/** Tries by itself that are too many within the first half minute. */
const tooOften = 9;

export type Served = 'token' | ErrorCode;
/** What brings a token once the fault is over. */
export type Healed = 'request' | 'refresh' | 'login' | 'nothing';

export interface Observation {
  /** What callers get while the token in hand lives, and after. */
  readonly live: Served;
  readonly ended: Served;
  readonly state: AccountState;
  readonly again: Again;
  readonly healed: Healed;
  /** What the person reads beside the account. */
  readonly notice: string | null;
}

export interface Observed extends Observation {
  readonly kind: AccountKind;
  /** What is not as it must be, in sentences. */
  readonly findings: readonly string[];
}

/** Signs an account in, through the page of a device where its kind has one. */
export async function signIn(client: Client, name: string): Promise<void> {
  const begun = await client.login(name, {});
  if (begun.sign_in === undefined) return;
  for (let waited = 0; waited < 60; waited += 5) {
    const { state, problem } = await client.signIn(begun.sign_in.id, 5);
    if (state === 'done') return;
    if (state === 'failed') throw new Error(`${name} could not be signed in: ${problem?.detail ?? ''}`);
  }
  throw new Error(`${name} was not signed in within a minute`);
}

/** The code that a request came to, and how long it took. */
export async function codeOf(act: () => Promise<unknown>): Promise<Served> {
  try {
    await act();
    return 'token';
  } catch (error) {
    if (error instanceof KeyfobError) return error.code;
    throw error;
  }
}

export interface Stage {
  readonly client: Client;
  readonly vendor: LoopbackVendor;
  /** Seconds that tokens live; renewed is at half of it. */
  readonly lifetime: number;
  /** Runs the sign-in, so that not all are at once. */
  readonly begin: (signIn: () => Promise<void>) => Promise<void>;
}

/** Has one account meet a fault: a lifetime long, and up to half a minute more where callers wait. */
export async function observe(
  { client, vendor, lifetime, begin }: Stage,
  name: string,
  kind: AccountKind,
  { fault, atRefresh, nth = '2-', away, outcome }: FaultCase,
): Promise<Observed> {
  const findings: string[] = [];
  const requests: number[] = [];
  const proxy = await startFaultProxy({
    upstream: vendor.origin,
    rules: [
      ...(atRefresh === undefined ? [] : [{ body: 'grant_type=refresh_token', fault: atRefresh }]),
      { path: '/token$', nth, fault },
    ],
    onExchange: ({ path, at }) => path === '/token' && requests.push(Date.parse(at)),
  });
  const ask = async (): Promise<Served> => {
    const begun = Date.now();
    const served = await codeOf(async () => {
      const { access_token: token } = await client.token({ account: name });
      if (vendor.leftOf(token) <= 0) findings.push('a dead token was served');
    });
    const took = Date.now() - begun;
    if (took > answerWithin)
      findings.push(`a caller was answered after ${String(Math.round(took / 1000))} s`);
    return served;
  };

  await begin(async () => {
    await client.add(accountOf(name, vendor.client(name, kind, lifetime), proxy.origin));
    await signIn(client, name);
  });
  const signedInAt = Date.now();
  const until = (ms: number): Promise<void> => sleep(Math.max(0, signedInAt + ms - Date.now()));
  if (away === true) await proxy.setReachable(false);
  await until(lifetime * 750);
  const live = await ask();
  await until(lifetime * 1000);
  const tries = requests.filter((at) => at > signedInAt + 1000).length;
  if (tries > tooOften) findings.push(`the vendor was asked ${String(tries)} times in half a minute`);
  await until(lifetime * 1000 + 1500);
  const ended = await ask();
  const account = await settled(client, name);
  const again = ended === 'token' && account.state !== 'retrying' ? 'renewed' : againOf(account);

  proxy.setRules([]);
  await proxy.setReachable(true);
  const healed = await heal(client, name, ask);
  await proxy.close();

  if (live !== 'token') findings.push(`a token that lived was not served: ${live}`);
  if (!outcome.ended.includes(ended))
    findings.push(`a caller gets ${ended}, not ${outcome.ended.join(' or ')}`);
  if (!outcome.state.includes(account.state)) {
    findings.push(`the account is ${account.state}, not ${outcome.state.join(' or ')}`);
  }
  if (!outcome.again.includes(again))
    findings.push(`tried again: ${again}, not ${outcome.again.join(' or ')}`);
  if (healed === 'nothing') findings.push('nothing brings a token once the fault is over');
  const { state, notice } = account;
  return {
    kind,
    live,
    ended,
    state,
    again,
    healed,
    notice: generalised(notice, name, proxy.origin),
    findings,
  };
}

/** The account, when the try under way is over; or after 3 s, where that lasts. */
async function settled(client: Client, name: string): Promise<AccountAnswer> {
  for (let looks = 1; ; looks += 1) {
    const found = (await client.accounts()).find((one) => one.name === name);
    if (found === undefined) throw new Error(`the account ${name} is gone`);
    if (found.state !== 'refreshing' || looks === 10) return found;
    await sleep(300);
  }
}

function againOf({ state, next_refresh_at: next }: AccountAnswer): Again {
  if (state === 'refreshing') return 'answered';
  if (next === null) return 'never';
  const wait = next - Date.now() / 1000;
  return wait > 3700 ? 'within the day' : wait > 1200 ? 'within the hour' : 'growing waits';
}

async function heal(client: Client, name: string, ask: () => Promise<Served>): Promise<Healed> {
  // A caller's request does not try within a second of the last try.
  await sleep(1100);
  if ((await ask()) === 'token') return 'request';
  await codeOf(() => client.refresh(name));
  if ((await ask()) === 'token') return 'refresh';
  await signIn(client, name).catch(() => undefined);
  return (await ask()) === 'token' ? 'login' : 'nothing';
}

/** Without what differs from run to run. */
function generalised(notice: string | null, name: string, origin: string): string | null {
  return notice?.replaceAll(name, 'NAME').replaceAll(new URL(origin).host, 'HOST') ?? null;
}
