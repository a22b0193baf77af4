// What goes on in a soak until it is over: callers that ask all the time, a person, and what befalls the machine.
//
// Invariant: at one time one thing befalls the agent itself (a kill, a sleep, a lock), so that each is judged by its own.
import { share } from '../fault-proxy/rules.ts';
import { sleep } from '../program.ts';
import { add } from './oracle.ts';
import type { Oracle } from './oracle.ts';
import { problemOf } from './world.ts';
import type { SoakAccount, World } from './world.ts';

export interface Going {
  readonly world: World;
  readonly oracle: Oracle;
  /** In [0, 1), by the seed. */
  readonly random: () => number;
  /** What happened, by its name. */
  readonly happened: Map<string, number>;
  /** Whether events go on; callers go on to the end. */
  eventful: boolean;
  over: boolean;
}

export function randomOf(seed: string): () => number {
  let count = 0;
  return () => share(`${seed}:${String((count += 1))}`);
}

const between = ({ random }: Going, from: number, to: number): number => from + random() * (to - from);
const anyOf = <T>({ random }: Going, some: readonly T[]): T => {
  const chosen = some[Math.floor(random() * some.length)];
  if (chosen === undefined) throw new Error('there is none');
  return chosen;
};

/** Asks for a token, and has the oracle judge it. */
export async function ask(
  { world, oracle }: Going,
  account: SoakAccount,
  minValid?: number,
): Promise<string> {
  const { name, vendor } = account;
  const begun = Date.now();
  const lived = vendor.grantIsGood(name) && !account.busy;
  try {
    const { access_token: token } = await world.client.token({
      account: name,
      ...(minValid === undefined ? {} : { minValid }),
    });
    oracle.handedOut(name, token, vendor.leftOf(token), minValid ?? 0, begun);
    return 'token';
  } catch (error) {
    const problem = problemOf(error);
    const request = minValid === undefined ? '' : `, min_valid ${String(minValid)} s`;
    oracle.failed(name, problem, begun, lived && vendor.grantIsGood(name) && !account.busy, request);
    return problem.code;
  }
}

/** A caller: any account, most times without saying how long the token has to live. */
export async function call(going: Going): Promise<void> {
  while (!going.over) {
    const minValid = going.random() < 0.6 ? undefined : Math.round(between(going, 1, 20));
    await ask(going, anyOf(going, going.world.accounts), minValid);
    await sleep(between(going, 100, 600));
  }
}

/** A person who signs in where that is asked for, and where it is asked for without need tells so. */
export async function mind(going: Going): Promise<void> {
  const { world, oracle, happened } = going;
  while (!going.over) {
    await sleep(3000);
    const before = new Set(world.accounts.filter(isSignedIn).map(({ name }) => name));
    const states = await world.client.accounts().catch((error: unknown) => void problemOf(error));
    for (const { name, state } of states ?? []) {
      const account = world.accounts.find((one) => one.name === name);
      if (account === undefined || state !== 'sign_in_needed' || account.busy) continue;
      if (before.has(name) && isSignedIn(account))
        oracle.violation('a sign-in was asked for though the grant lives', name);
      add(happened, 'sign-ins by a person');
      void world.signIn(account);
    }
    if (states !== undefined && states.length !== world.accounts.length) {
      oracle.violation('an account is gone', `${String(states.length)} of ${String(world.accounts.length)}`);
    }
  }
}

const isSignedIn = ({ name, vendor, busy }: SoakAccount): boolean => vendor.grantIsGood(name) && !busy;

/** A client secret is changed at the vendor, and then in Keyfob. */
export async function rotateSecrets(going: Going): Promise<void> {
  const { world, happened } = going;
  for (let count = 1; going.eventful; count += 1) {
    await sleep(between(going, 5000, 15_000));
    const account = anyOf(going, world.accounts);
    const { kind } = account.client;
    account.client.secret = `loopback-secret-${String(count)}`;
    await sleep(between(going, 0, 5000));
    const hasPassword = kind === 'password' || kind === 'password_rotating';
    const { secret } = account.client;
    const change = { client_secret: secret, ...(hasPassword ? { password: secret } : {}) };
    await insist(() => world.client.set(account.name, { settings: {}, secrets: change }));
    add(happened, 'secrets changed');
  }
}

/** A vendor is out of reach for a while. */
export async function takeNetworkAway(going: Going): Promise<void> {
  const { world, oracle, happened } = going;
  for (;;) {
    await sleep(between(going, 30_000, 90_000));
    if (!going.eventful) return;
    const { proxy } = anyOf(going, world.vendors);
    const span = { from: Date.now(), to: Infinity };
    oracle.away.push(span);
    await proxy.setReachable(false);
    await sleep(between(going, 2000, 30_000));
    await proxy.setReachable(true);
    span.to = Date.now();
    add(happened, 'vendors out of reach');
  }
}

/** Kills, sleeps and locks, one after the other. */
export async function disturb(going: Going): Promise<void> {
  const { world, oracle, happened } = going;
  for (;;) {
    await sleep(between(going, 15_000, 45_000));
    if (!going.eventful) return;
    switch (anyOf(going, ['kill', 'sleep', 'lock'] as const)) {
      case 'kill':
        await world.kill();
        await sleep(between(going, 0, 3000));
        await world.restart();
        add(happened, 'kills (SIGKILL) and restarts');
        break;
      case 'sleep': {
        const span = { from: Date.now(), to: Infinity };
        oracle.asleep.push(span);
        world.agent.process.signal('SIGSTOP');
        await sleep(between(going, 2000, 45_000));
        world.agent.process.signal('SIGCONT');
        span.to = Date.now() + 200;
        add(happened, 'sleeps (SIGSTOP and SIGCONT)');
        break;
      }
      case 'lock': {
        const span = { from: Date.now(), to: Infinity };
        oracle.locked.push(span);
        await insist(() => world.client.lock());
        await sleep(between(going, 500, 8000));
        await insist(() => world.client.unlock(world.home.passphrase));
        span.to = Date.now();
        add(happened, 'locks and unlocks');
        break;
      }
    }
  }
}

/** Does it until it is done: the agent may be away, asleep or locked. */
async function insist(act: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await act();
      return;
    } catch (error) {
      problemOf(error);
      await sleep(500);
    }
  }
}
