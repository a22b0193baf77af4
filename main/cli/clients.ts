// The commands about who is let in: client keys and approvals.
import type { ApprovalAction, ApprovalView, Approve, ClientView } from '../api/clients.ts';
import type { Client } from '../endpoint/client.ts';
import { describeAskers } from '../messages/askers.ts';
import { shellArgument } from '../platform/shell-quoting.ts';
import { usage } from './fail.ts';
import { checkId, checkName } from './fields.ts';
import { asTyped, clean, duration, jsonText, moment, table } from './text.ts';

export const APPROVE_RULES = ['always', 'session', 'ask'] as const satisfies readonly Approve[];

/** What a key is limited to, as a person writes it. */
export interface ClientOptions {
  readonly accounts?: string | undefined;
  readonly scopes?: string | undefined;
  readonly approve?: Approve | undefined;
  readonly for?: string | undefined;
  readonly expires?: string | undefined;
}

export async function addClient(client: Client, name: string, options: ClientOptions): Promise<void> {
  checkName(name, 'a client');
  const accounts = options.accounts?.split(',').map((account) => checkName(account.trim()));
  const end = options.for ?? options.expires;
  const { key, client: made } = await client.addClient({
    name,
    ...(accounts === undefined ? {} : { accounts }),
    ...(options.scopes === undefined ? {} : { scopes: options.scopes.split(',').map((one) => one.trim()) }),
    ...(options.approve === undefined ? {} : { approve: options.approve }),
    ...(end === undefined ? {} : { expires_at: endOf(end, Date.now() / 1000) }),
  });
  process.stdout.write(`${key}\n`);
  process.stderr.write(
    `This key is shown only once. Store it where the program can read it.\n${asTyped(rightsOf(made, options), process.env)}`,
  );
}

/** What a new key may do, and how to make one that may do less: with the limits that it has, and those that it lacks. */
function rightsOf(
  made: ClientView,
  { accounts, scopes, approve: rule, for: time, expires }: ClientOptions,
): string {
  const rights = [
    made.accounts === null ? 'all accounts, including future ones' : made.accounts.join(', '),
    made.scopes === null ? 'with any scope' : `with the scopes ${made.scopes.join(', ')}`,
    approvals[made.approve],
    made.expires_at === null ? 'until it is removed' : `until ${moment(made.expires_at)}`,
  ];
  const told = `It can get tokens of: ${clean(rights.join('; '))}.\n`;
  if (made.accounts !== null && made.approve !== 'always' && made.expires_at !== null) return told;
  const limits = [
    ['--accounts', accounts ?? 'A,B'],
    ...(scopes === undefined ? [] : [['--scopes', scopes]]),
    ['--approve', rule === undefined || rule === 'always' ? 'session' : rule],
    ['--for', time ?? expires ?? '90d'],
  ].map(([option = '', value = '']) => `${option} ${shellArgument(value)}`);
  const { name } = made;
  return `${told}To limit it: \`keyfob client remove ${name}\`, then \`keyfob client add ${name} ${limits.join(' ')}\`.\n`;
}

const approvals: Readonly<Record<Approve, string>> = {
  always: 'without asking you',
  session: 'after asking you once',
  ask: 'after asking you each time',
};

/** Seconds of the units that a person writes. */
export const UNITS = { m: 60, h: 3600, d: 86_400 } as const;

/** Unix seconds at which a key ends that lives for a time such as `30d`, `12h` or `90m`. */
function endOf(text: string, now: number): number {
  const match = /^([1-9][0-9]{0,5})([mhd])$/.exec(text);
  if (match === null)
    throw usage('`--for` takes a time such as 90d, 12h or 90m.', 'Correct it and run the command again.');
  // The pattern has matched: both groups are there, and the second is one of the units.
  return Math.floor(now) + Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

export async function listClients(client: Client, json: boolean): Promise<void> {
  const clients = await client.clients();
  process.stdout.write(
    json ? jsonText(clients) : asTyped(clientsTable(clients, Date.now() / 1000), process.env),
  );
}

function clientsTable(clients: readonly ClientView[], now: number): string {
  if (clients.length === 0) return 'No client keys. Create one with `keyfob client add NAME`.\n';
  return table(
    ['NAME', 'ACCOUNTS', 'SCOPES', 'APPROVAL', 'CREATED', 'EXPIRES', 'LAST USED'],
    clients.map((one) => [
      one.name,
      one.accounts === null ? 'all' : one.accounts.join(', ') || 'none',
      one.scopes === null ? 'any' : one.scopes.join(', '),
      one.approve,
      moment(one.created_at),
      one.expires_at === null
        ? 'never'
        : `${one.expires_at <= now ? 'expired ' : ''}${moment(one.expires_at)}`,
      one.last_used_at === null ? 'never' : moment(one.last_used_at),
    ]),
  );
}

export async function removeClient(client: Client, name: string): Promise<void> {
  await client.removeClient(checkName(name, 'a client'));
  process.stdout.write(`Removed: ${name}. Its key no longer works.\n`);
}

export async function approve(
  client: Client,
  id: string | undefined,
  options: { readonly deny: boolean; readonly json: boolean },
): Promise<void> {
  if (id === undefined) {
    if (options.deny) {
      throw usage('`--deny` needs the id of a request.', '`keyfob approve` lists pending requests.');
    }
    const waiting = await client.approvals();
    process.stdout.write(options.json ? jsonText(waiting) : approvalsTable(waiting, Date.now() / 1000));
    return;
  }
  if (options.json) throw usage('`--json` is for the list of requests.', 'Leave it out to answer one.');
  await client.answerApproval(checkId(id, 'a request', 'approve'), !options.deny);
  process.stdout.write(options.deny ? 'Denied.\n' : 'Approved.\n');
}

function approvalsTable(waiting: readonly ApprovalView[], now: number): string {
  if (waiting.length === 0) return 'No pending requests.\n';
  return table(
    ['ID', 'WHO', 'WANTS', 'FROM', 'TIME LEFT'],
    waiting.map((one) => [
      one.id,
      one.client,
      wish(one),
      clean(describeAskers(one.askers, 'en') ?? 'not known'),
      duration(one.expires_at - now),
    ]),
  );
}

const actions: Readonly<Record<ApprovalAction, string>> = {
  token: 'token of',
  use: 'to select',
  revoke: 'to revoke the tokens of',
  login: 'to sign in to',
  export: 'to export',
};

/** What a client wants, in a few words. */
function wish(one: ApprovalView): string {
  if (one.kind === 'request') {
    const scope = one.scope === null ? [] : [`scope ${JSON.stringify(one.scope)}`];
    const audience = one.audience === null ? [] : [`audience ${JSON.stringify(one.audience)}`];
    const idToken = one.id_token === undefined ? [] : ['with the ID token'];
    const term = one.approve === 'session' ? 'for the session' : 'this once';
    return [`${actions[one.action]} ${one.account}`, ...scope, ...audience, ...idToken, term].join(', ');
  }
  const code = `${one.code.slice(0, 3)} ${one.code.slice(3)}`;
  return `a key for ${clean(one.accounts?.join(', ') ?? 'all accounts')}; its code is ${code}`;
}
