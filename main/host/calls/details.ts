// One account in full, as its details show it.
import { shellArgument } from '../../platform/shell-quoting.ts';
import type { AccountDetails } from '../../api/window.ts';
import type { AuditLine } from '../../api/audit.ts';
import { originError } from '../../accounts/origins.ts';
import { toProblem } from '../../api/errors.ts';
import { grantType } from '../../oauth/grants/index.ts';
import type { WindowServices } from '../window-services.ts';

/** Lines of the audit that are looked through. */
const auditLines = 2_000;
const maxPrograms = 5;
/** Stands where no address is known: the person puts their own there. */
const addressPlaceholder = 'https://YOUR-API/PATH';

/** Throws `no_such_account`. */
export async function details(services: WindowServices, name: string): Promise<AccountDetails> {
  const { keyfob, access, history, preferences, abilities } = services;
  const { who_am_i: whoAmI, origins, ...facts } = await keyfob.facts(name);
  const account = keyfob.account(name);
  const settings = Object.fromEntries(
    facts.fields.flatMap(({ name: field, value, set }) => (set && value !== null ? [[field, value]] : [])),
  );
  const practice = await abilities.practiceHelp({
    provider: account.provider,
    grant: account.grant,
    settings,
  });
  const address = whoAmI ?? practice?.try ?? null;
  return {
    account,
    ...facts,
    timeline: history.timeline(name),
    fetched_by: fetchedBy(await access.audit.tail(auditLines), name),
    curl: `keyfob curl ${name} -- -sS ${shellArgument(address ?? addressPlaceholder)}`,
    curl_url_placeholder: address === null ? addressPlaceholder : null,
    // For the page alone: where Keyfob itself sends the password, it is a secret of the account.
    practice: grantType(account.grant).mode === 'redirect' ? (practice?.person ?? null) : null,
    who_am_i: whoAmI !== null,
    asks: origins.waiting.map((asked) =>
      toProblem(originError({ account: name, known: origins.known, asked })),
    ),
    stays_signed_in: preferences.read().stay_signed_in.includes(name),
  };
}

/** The last programs that were given the account's token, each once. */
function fetchedBy(lines: readonly AuditLine[], account: string): AccountDetails['fetched_by'] {
  const found = new Map<string, AccountDetails['fetched_by'][number]>();
  for (const line of lines.toReversed()) {
    const gave = line.account === account && line.outcome === 'ok' && tokenRoutes.has(line.route);
    if (!gave || line.client === null) continue;
    const program = line.program ?? null;
    const key = `${line.client}\n${program ?? ''}`;
    if (!found.has(key)) found.set(key, { client: line.client, program, at: line.at });
    if (found.size === maxPrograms) break;
  }
  return [...found.values()];
}

const tokenRoutes: ReadonlySet<string> = new Set(['GET /v1/token']);
