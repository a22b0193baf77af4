// The world of a soak: three vendors, each behind a proxy; the accounts; and the agent, which is killed and started
// again on the same home.
import { KeyfobError } from '../../main/api/errors.ts';
import type { Problem } from '../../main/api/problem.ts';
import { createClient } from '../../main/endpoint/client.ts';
import type { Client } from '../../main/endpoint/client.ts';
import { makeCheapHome } from '../cheap-home.ts';
import type { CheapHome } from '../cheap-home.ts';
import { signIn } from '../faults/observe.ts';
import { startFaultProxy } from '../fault-proxy/index.ts';
import type { FaultProxy } from '../fault-proxy/index.ts';
import { share } from '../fault-proxy/rules.ts';
import { accountOf, startLoopbackVendor } from '../loopback-vendor.ts';
import type { AccountKind, LoopbackVendor, VendorClient } from '../loopback-vendor.ts';
import { startAgent } from '../program.ts';
import type { Agent } from '../program.ts';
import type { Oracle } from './oracle.ts';

/** One after the other; the vendors' accounts are of these kinds, in turn. */
const vendorKinds: readonly (readonly AccountKind[])[] = [
  ['rotating', 'rotating', 'rotating', 'password_rotating'],
  ['reusable'],
  ['client_credentials', 'password'],
];

export interface SoakVendor extends LoopbackVendor {
  readonly proxy: FaultProxy;
}

export interface SoakAccount {
  readonly name: string;
  readonly vendor: SoakVendor;
  readonly client: VendorClient;
  /** A person is at it: its state says nothing. */
  busy: boolean;
}

export interface World {
  readonly accounts: readonly SoakAccount[];
  readonly vendors: readonly SoakVendor[];
  readonly home: CheapHome;
  /** Of the agent that runs now. */
  readonly client: Client;
  readonly agent: Agent;
  /** Kills it. */
  kill(): Promise<void>;
  /** Starts it again; tells the oracle when it does not come up. */
  restart(): Promise<void>;
  /** Has somebody sign in, as often as it takes. */
  signIn(account: SoakAccount): Promise<void>;
  close(): Promise<void>;
}

/** Starts it all, with every account added and signed in. `lifetimes`: seconds, from and to. */
export async function startWorld(
  oracle: Oracle,
  {
    count,
    seed,
    lifetimes: [shortest, longest],
  }: { count: number; seed: string; lifetimes: readonly [number, number] },
): Promise<World> {
  const vendors = await Promise.all(
    vendorKinds.map(async (_, index): Promise<SoakVendor> => {
      const vendor = await startLoopbackVendor((note) => oracle.refreshed(note));
      const proxy = await startFaultProxy({
        upstream: vendor.origin,
        seed: `${seed}:${String(index)}`,
        onExchange: (exchange) => oracle.exchanged(exchange),
      });
      return Object.assign(vendor, { proxy });
    }),
  );
  const accounts = Array.from({ length: count }, (_, index): SoakAccount => {
    const of = index % vendors.length;
    const kinds = vendorKinds[of] ?? [];
    const kind = kinds[Math.floor(index / vendors.length) % kinds.length] ?? 'reusable';
    const name = `account-${String(index)}`;
    const lifetime = Math.round(shortest + share(`${seed}:${name}`) * (longest - shortest));
    const [first] = vendors;
    const vendor = vendors[of] ?? first;
    if (vendor === undefined) throw new Error('there is no vendor');
    return { name, vendor, client: vendor.client(name, kind, lifetime), busy: false };
  });

  const home = await makeCheapHome();
  let agent = await startAgent(home);
  let client = createClient({ socketPath: agent.ready.socket });
  const world: World = {
    accounts,
    vendors,
    home,
    get client() {
      return client;
    },
    get agent() {
      return agent;
    },
    async kill() {
      oracle.down.push({ from: Date.now(), to: Infinity });
      listen(agent, oracle);
      await agent.stop('SIGKILL');
    },
    async restart() {
      for (let tries = 1; ; tries += 1) {
        try {
          agent = await startAgent(home);
          break;
        } catch (error) {
          oracle.violation('it did not start again', String(error).slice(0, 300));
          if (tries === 5) throw error;
        }
      }
      client = createClient({ socketPath: agent.ready.socket });
      for (const span of oracle.down) span.to = Math.min(span.to, Date.now());
    },
    async signIn(account) {
      account.busy = true;
      for (let done = false; !done;) {
        try {
          await signIn(client, account.name);
          done = true;
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          await new Promise((resolve) => setTimeout(resolve, 1000));
        }
      }
      account.busy = false;
    },
    async close() {
      listen(agent, oracle);
      await agent.stop();
      await Promise.all(vendors.flatMap((vendor) => [vendor.proxy.close(), vendor.close()]));
    },
  };
  for (let from = 0; from < count; from += 12) {
    await Promise.all(
      accounts.slice(from, from + 12).map(async ({ name, client: registered, vendor }) => {
        await client.add(accountOf(name, registered, vendor.proxy.origin));
        await signIn(client, name);
      }),
    );
  }
  return world;
}

/** Looks at what an agent has said before it ends. */
function listen({ process: running }: Agent, oracle: Oracle): void {
  const output = running.stderr();
  if (/\n\s+at /.test(output)) oracle.violation('it printed a stack', output.slice(0, 300));
  if (output.includes('loopback-')) oracle.violation('it printed a secret', 'on standard error');
}

/** Why a request failed. Throws what is no answer of Keyfob's. */
export function problemOf(error: unknown): Problem {
  if (error instanceof KeyfobError) return error.problem;
  throw error;
}
