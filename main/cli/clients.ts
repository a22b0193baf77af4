// The commands about who is let in, and who was: client keys, approvals, the audit.
import type { ApprovalAction, ApprovalView, Approve, ClientView } from '../api/clients.ts';
import type { AuditLine } from '../api/audit.ts';
import type { Client } from '../endpoint/client.ts';
import { commandError, usage } from './fail.ts';
import { checkName } from './fields.ts';
import { clean, duration, jsonText, moment, table } from './text.ts';

export const APPROVE_RULES = ['always', 'session', 'ask'] as const satisfies readonly Approve[];

export async function addClient(
  client: Client,
  name: string,
  options: {
    readonly accounts?: string | undefined;
    readonly scopes?: string | undefined;
    readonly approve?: Approve | undefined;
    readonly expires?: string | undefined;
  },
): Promise<void> {
  checkName(name, 'a client');
  const accounts = options.accounts?.split(',').map((account) => checkName(account.trim()));
  const { key } = await client.addClient({
    name,
    ...(accounts === undefined ? {} : { accounts }),
    ...(options.scopes === undefined ? {} : { scopes: options.scopes.split(',').map((one) => one.trim()) }),
    ...(options.approve === undefined ? {} : { approve: options.approve }),
    ...(options.expires === undefined ? {} : { expires_at: endOf(options.expires, Date.now() / 1000) }),
  });
  process.stdout.write(`${key}\n`);
  process.stderr.write('This key is shown this once: keep it where the program finds it.\n');
}

const UNITS = { m: 60, h: 3600, d: 86_400 } as const;

/** Unix seconds at which a key ends that lives for a time such as `30d`, `12h` or `90m`. */
function endOf(text: string, now: number): number {
  const match = /^([1-9][0-9]{0,5})([mhd])$/.exec(text);
  if (match === null) throw usage('`--expires` takes a time such as 30d, 12h or 90m.', 'Write it again.');
  // The pattern has matched: both groups are there, and the second is one of the units.
  return Math.floor(now) + Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

export async function listClients(client: Client, json: boolean): Promise<void> {
  const clients = await client.clients();
  process.stdout.write(json ? jsonText(clients) : clientsTable(clients));
}

function clientsTable(clients: readonly ClientView[]): string {
  if (clients.length === 0) return 'No client keys. Make one with `keyfob client add NAME`.\n';
  return table(
    ['NAME', 'ACCOUNTS', 'SCOPES', 'APPROVAL', 'MADE', 'ENDS', 'LAST USED'],
    clients.map((one) => [
      one.name,
      one.accounts === null ? 'all' : one.accounts.join(', '),
      one.scopes === null ? 'any' : one.scopes.join(', '),
      one.approve,
      moment(one.created_at),
      one.expires_at === null ? 'never' : moment(one.expires_at),
      one.last_used_at === null ? 'never' : moment(one.last_used_at),
    ]),
  );
}

export async function removeClient(client: Client, name: string): Promise<void> {
  await client.removeClient(checkName(name, 'a client'));
  process.stdout.write(`Removed: ${name}. Its key opens nothing any more.\n`);
}

export async function approve(
  client: Client,
  id: string | undefined,
  options: { readonly deny: boolean; readonly json: boolean },
): Promise<void> {
  if (id === undefined) {
    if (options.deny) {
      throw usage('`--deny` needs the id of a request.', '`keyfob approve` lists the requests that wait.');
    }
    const waiting = await client.approvals();
    process.stdout.write(options.json ? jsonText(waiting) : approvalsTable(waiting, Date.now() / 1000));
    return;
  }
  await client.answerApproval(id, !options.deny);
  process.stdout.write(options.deny ? 'Denied.\n' : 'Approved.\n');
}

function approvalsTable(waiting: readonly ApprovalView[], now: number): string {
  if (waiting.length === 0) return 'No request waits for you.\n';
  return table(
    ['ID', 'WHO', 'WANTS', 'FROM', 'TIME LEFT'],
    waiting.map((one) => [
      one.id,
      one.client,
      wish(one),
      clean(one.asked_by ?? 'not known'),
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
    const term = one.approve === 'session' ? 'for the session' : 'this once';
    return [`${actions[one.action]} ${one.account}`, ...scope, ...audience, term].join(', ');
  }
  const code = `${one.code.slice(0, 3)} ${one.code.slice(3)}`;
  return `a key for ${clean(one.accounts?.join(', ') ?? 'all accounts')}; its code is ${code}`;
}

export async function showAudit(
  client: Client,
  options: { readonly json: boolean; readonly follow: boolean; readonly limit?: number | undefined },
): Promise<void> {
  if (!options.follow) {
    const lines = await client.audit(options.limit);
    if (options.json) process.stdout.write(jsonText(lines));
    else process.stdout.write(lines.length === 0 ? 'Nobody has asked yet.\n' : lines.map(auditText).join(''));
    return;
  }
  const print = (line: AuditLine): void => {
    process.stdout.write(options.json ? jsonText(line) : auditText(line));
  };
  // Events first, then what was before: nothing between the two is lost. What is in both is told once, be it
  // that its event comes before the list or after it.
  let early: AuditLine[] | null = [];
  const listed = new Map<string, number>();
  const printNew = (line: AuditLine): void => {
    const times = listed.get(JSON.stringify(line)) ?? 0;
    if (times === 0) print(line);
    else listed.set(JSON.stringify(line), times - 1);
  };
  const stream = await client.events(({ type, data }) => {
    if (type !== 'audit') return;
    const line = data as AuditLine; // As docs/endpoint.md says of the event.
    if (early === null) printNew(line);
    else early.push(line);
  });
  for (const line of await client.audit(options.limit)) {
    print(line);
    listed.set(JSON.stringify(line), (listed.get(JSON.stringify(line)) ?? 0) + 1);
  }
  early.forEach(printNew);
  early = null;
  await stream.ended;
  throw commandError(
    'not_running',
    'Keyfob has ended.',
    'Start it again with `npm start` or `keyfob serve`.',
  );
}

function auditText(line: AuditLine): string {
  const words = [line.client ?? '(nobody known)', line.door, line.account ?? '-', line.route, line.outcome];
  if (line.program !== undefined) words.push(`${line.program} (pid ${line.pid ?? '?'})`);
  if (line.application !== undefined) words.push(`“${line.application}”`);
  return `${moment(line.at)}  ${clean(words.join('   '))}\n`;
}
