// One command against the real agent, with one fault of the disk in the middle of it, and what a restart shows.
//
// Invariants: each point begins with the same home and the same vendors; counting begins when the command is about to
// be sent; after the fault the agent is killed in any case, so that nothing is judged by what was only in memory; the
// restarted agent has no fault.
import { cpSync, lutimesSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { homePaths } from '../../main/platform/paths.ts';
import { createClient } from '../../main/endpoint/client.ts';
import type { Client } from '../../main/endpoint/client.ts';
import { openFileVault, type FileVault } from '../../main/vaults/file-vault.ts';
import { makeFolder, sleep, startAgent } from '../program.ts';
import type { Agent } from '../program.ts';
import { openFaults } from './faults.ts';
import type { Fault, Faults } from './faults.ts';
import { startStrictVendor } from './strict-vendor.ts';
import type { Credentials, StrictVendor } from './strict-vendor.ts';

/** A home with an agent in it, and the two vendors that its accounts may know. */
export interface Stage {
  readonly client: Client;
  readonly a: StrictVendor;
  readonly b: StrictVendor;
}

/** What the command told: `unanswered` when the agent was killed before it answered. */
export type Told = 'done' | 'failed' | 'unanswered';

/** What is looked at after the restart. */
export interface After extends Stage {
  readonly told: Told;
  /** Accounts as `config.json` has them. */
  readonly config: Readonly<Record<string, { fields: Readonly<Record<string, string>> } | undefined>>;
  /** The token that the agent served after the command, where it lived on; null: none. */
  readonly served: string | null;
  /** What the command printed; empty where it was not answered. */
  readonly output: string;
}

export interface Judgement {
  /** What must not be, in sentences. */
  readonly findings: readonly string[];
  /** A token that the vendor had given is gone, and nobody had been told of it. */
  readonly lost?: boolean;
}

export interface Command {
  readonly name: string;
  /** Sets of credentials that each vendor takes. */
  readonly accepted: Readonly<Record<'a' | 'b', Readonly<Record<string, Credentials>>>>;
  prepare(stage: Stage): Promise<void>;
  /**
   * Makes of a home, at rest, what a start has to mend: then the start itself is what goes wrong, and `line` is not
   * given.
   */
  spoil?(home: string, openVault: () => Promise<FileVault>): Promise<void> | void;
  /** Arguments and standard input. */
  line(stage: Pick<Stage, 'a' | 'b'>): { readonly args: readonly string[]; readonly input: string };
  judge(after: After): Promise<Judgement>;
  /** What the restart may say. By default nothing. */
  readonly mayTell?: RegExp;
}

export interface Point extends Judgement {
  /** Null: nothing went wrong, the run that all others are compared with. */
  readonly fault: Fault | null;
  readonly at: number;
  /** Whether there was such a call. */
  readonly struck: boolean;
  /** The calls, `rename config.json`. */
  readonly calls: readonly string[];
  readonly told: Told;
}

/** Runs points of one command, one after the other, in a folder of its own. */
export interface Lane {
  run(fault: Fault | null, at: number): Promise<Point>;
  close(): Promise<void>;
}

const passphrase = 'a passphrase of the kill points';
/** The vault's key is made for every start: quickly. */
const cost = { N: 2 ** 10, r: 8, p: 1 };
/** Ms without a call after which the agent is taken to be done. */
const quiet = 60;
/** Ms that a command may take. */
const limit = 20_000;

/**
 * Prepares the home that every point of a command begins with. `later`: the restart is as if two minutes had passed,
 * when what a killed writer left is no longer taken for the work of a living one.
 */
export async function openLane(library: string, command: Command, later = false): Promise<Lane> {
  const folder = makeFolder();
  const template = path.join(folder, 'template');
  const home = path.join(folder, 'home');
  const passphraseFile = path.join(folder, 'passphrase');
  writeFileSync(passphraseFile, passphrase, { mode: 0o600 });
  const a = await startStrictVendor('a', command.accepted.a);
  const b = await startStrictVendor('b', command.accepted.b);
  const faults = openFaults(library, path.join(folder, 'faults'), home);
  const begin = (where: string, env?: Readonly<Record<string, string>>): Promise<Agent> =>
    startAgent({
      home: where,
      args: ['--vault', 'file', '--passphrase-file', passphraseFile, '--no-console'],
      ...(env === undefined ? {} : { env }),
    });

  const openVault = (where: string): Promise<FileVault> =>
    openFileVault({ path: homePaths({ KEYFOB_HOME: where }).vaultFile, passphrase, cost });
  mkdirSync(template, { mode: 0o700 });
  await (await openVault(template)).close();
  const first = await begin(template);
  await command.prepare({ client: createClient({ socketPath: first.ready.socket }), a, b });
  await first.stop();
  const saved = [a.save(), b.save()] as const;

  return {
    async run(fault, at) {
      rmSync(home, { recursive: true, force: true });
      cpSync(template, home, { recursive: true });
      a.restore(saved[0]);
      b.restore(saved[1]);
      await command.spoil?.(home, () => openVault(home));
      faults.trace();
      const order = (): void => (fault === null ? faults.trace() : faults.arm(fault, at));
      const { agent, ...given } =
        command.spoil === undefined
          ? await giveTo(await begin(home, faults.env), command.line({ a, b }), faults, fault, order)
          : await start(() => begin(home, faults.env), order);
      if (agent !== null) await untilQuiet(faults, () => false);
      const seen = { struck: faults.struck(), calls: faults.lines() };
      faults.disarm();
      await agent?.stop('SIGKILL');
      if (later) age(home);
      const judged = await restart(begin, home, command.mayTell ?? null, (client) =>
        command.judge({ client, a, b, ...given, config: readAccounts(home) }),
      );
      const findings = [...given.findings, ...judged.findings];
      return { ...judged, findings, fault, at, told: given.told, ...seen };
    },
    async close() {
      faults.close();
      await Promise.all([a.close(), b.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Given {
  readonly told: Told;
  readonly served: string | null;
  readonly output: string;
  readonly findings: string[];
}

/** Starts an agent that may not come up; one that ends by itself must say why in a sentence. */
async function start(
  begin: () => Promise<Agent>,
  order: () => void,
): Promise<Given & { readonly agent: Agent | null }> {
  order();
  const given = { served: null, output: '', findings: [] };
  try {
    return { ...given, told: 'done', agent: await begin() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const findings = /unexpected|\n\s+at /.test(message) ? [`it ends with: ${message}`] : [];
    return { ...given, told: 'unanswered', findings, agent: null };
  }
}

/** Gives the command to an agent that has come to rest. */
async function giveTo(
  agent: Agent,
  line: ReturnType<Command['line']>,
  faults: Faults,
  fault: Fault | null,
  order: () => void,
): Promise<Given & { readonly agent: Agent }> {
  await untilQuiet(faults, () => false);
  order();
  return { ...(await give(agent, line, faults, fault)), agent };
}

/** Gives the command, and waits until it has been answered and the agent is quiet or gone. */
async function give(
  agent: Agent,
  { args, input }: ReturnType<Command['line']>,
  faults: Faults,
  fault: Fault | null,
): Promise<Given> {
  const running = agent.start(args, input);
  let killed = false;
  void agent.process.ended.then(({ signal }) => (killed = signal === 'SIGKILL'));
  const ended = await Promise.race([running.ended, sleep(limit).then(() => null)]);
  if (ended === null) {
    running.signal('SIGKILL');
    return {
      told: 'unanswered',
      served: null,
      output: '',
      findings: [`no answer within ${String(limit / 1000)} s`],
    };
  }
  await untilQuiet(faults, () => killed);
  // The end of a process that has killed itself may come late.
  if (faults.struck() && (fault === 'kill' || fault === 'tear')) await agent.process.ended;
  const output = ended.stdout;
  if (killed) return { told: ended.code === 0 ? 'done' : 'unanswered', served: null, output, findings: [] };
  const told = ended.code === 0 ? 'done' : 'failed';
  const findings = faults.struck() || told === 'done' ? [] : [`failed by itself: ${ended.stderr.trim()}`];
  const client = createClient({ socketPath: agent.ready.socket });
  const served = await client.token({ account: 'hq' }).then(
    (answer) => answer.access_token,
    () => null,
  );
  return { told, served, output, findings };
}

async function untilQuiet(faults: Faults, over: () => boolean): Promise<void> {
  for (let before = -1; !over() && before !== faults.calls(); await sleep(quiet)) before = faults.calls();
}

/** Starts the home anew and has it judged. */
async function restart(
  begin: (home: string) => Promise<Agent>,
  home: string,
  mayTell: RegExp | null,
  judge: (client: Client) => Promise<Judgement>,
): Promise<Judgement> {
  let agent: Agent;
  try {
    agent = await begin(home);
  } catch (error) {
    return { findings: [`does not start again: ${error instanceof Error ? error.message : String(error)}`] };
  }
  const client = createClient({ socketPath: agent.ready.socket });
  const { notices } = await client.status();
  const judged = await judge(client);
  await agent.stop('SIGKILL');
  const odd = notices.filter((notice) => mayTell?.test(notice) !== true);
  return { ...judged, findings: [...judged.findings, ...odd.map((notice) => `it says: ${notice}`)] };
}

/** Makes everything in a folder two minutes older. */
function age(folder: string): void {
  const then = Date.now() / 1000 - 120;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    lutimesSync(path.join(folder, name), then, then);
  }
}

function readAccounts(home: string): After['config'] {
  const { configFolder } = homePaths({ KEYFOB_HOME: home });
  const read = JSON.parse(readFileSync(path.join(configFolder, 'config.json'), 'utf8')) as {
    accounts: After['config'];
  };
  return read.accounts;
}
