// `keyfob doctor --bundle FILE`: what someone else needs to find out why something does not work, to be sent
// without fear.
//
// Invariants: it is made of findings, statuses and log lines alone, none of which can hold a secret; what could
// name a person or a company is replaced by its kind and a number, the same for the same: accounts, own
// providers, hosts that are no built-in vendor's and not this machine, the user's name, and folders of the user's and
// of Keyfob's home.
import { shownLines } from '../api/shown-text.ts';
import os from 'node:os';
import process from 'node:process';
import type { AccountAnswer } from '../api/accounts.ts';
import type { LogLine } from '../api/log.ts';
import type { StatusAnswer } from '../api/status.ts';
import { homePaths, type HomePaths } from '../platform/paths.ts';
import type { Client } from '../endpoint/client.ts';
import { openLog } from '../host/log.ts';
import { version } from '../host/index.ts';
import { addressTemplates } from '../oauth/address.ts';
import { isLoopbackHost } from '../oauth/url.ts';
import { readProfile } from '../oauth/profile-check.ts';
import { builtInProviders } from '../providers/index.ts';
import { inspect, type Env, type Finding } from './doctor.ts';

/** Lines of the log that go into a bundle. */
const maxLines = 2000;

export interface BundleFacts {
  readonly version: string;
  readonly findings: readonly Finding[];
  /** Null where no Keyfob runs. */
  readonly running: { readonly status: StatusAnswer; readonly accounts: readonly AccountAnswer[] } | null;
  readonly log: readonly LogLine[];
  readonly builtIn: readonly string[];
  /** Hosts that vendors' own profiles name. */
  readonly knownHosts: readonly string[];
  /** Of Keyfob's home. */
  readonly paths: Pick<HomePaths, 'home' | 'configFolder' | 'socketFolder' | 'logs'>;
}

/** Looks at everything and makes the bundle of it; works with and without a running Keyfob. */
export async function collectBundle(client: Client, env: Env): Promise<string> {
  const paths = homePaths(env);
  const running = await Promise.all([client.status(), client.accounts()]).then(
    ([status, accounts]) => ({ status, accounts }),
    () => null,
  );
  const profiles = await Promise.all(
    builtInProviders.list.map(({ id }) => readProfile(id, builtInProviders.read)),
  );
  const templates = profiles.flatMap((read) => (read === null ? [] : addressTemplates(read.profile)));
  return bundleText({
    version,
    findings: await inspect(env),
    running,
    log: await openLog(paths.logs, { unixMs: Date.now }).tail(maxLines),
    builtIn: builtInProviders.list.map(({ id }) => id),
    knownHosts: templates.flatMap(({ template }) => /^https:\/\/([\w.-]+)(?=\/|$)/.exec(template)?.[1] ?? []),
    paths,
  });
}

/** The bundle as JSON, for a person to read through before it is sent. */
export function bundleText(facts: BundleFacts): string {
  const { version, findings, running, log, builtIn, knownHosts, paths } = facts;
  const alias = aliases();
  const account = (name: string): string => alias('account', name);
  const host = (name: string): string =>
    knownHosts.includes(name) || isLoopbackHost(name.replace(/:\d+$/, '')) ? name : alias('host', name);
  const accounts = (running?.accounts ?? []).map((one) => {
    const { grant, state, expires_at, lifetime, next_refresh_at, selected, selected_for_provider } = one;
    return {
      name: account(one.name),
      provider: builtIn.includes(one.provider) ? one.provider : alias('provider', one.provider),
      ...{ grant, state, expires_at, lifetime, next_refresh_at, selected, selected_for_provider },
      ...{ needs: one.needs, can_refresh: one.can_refresh, last_error_at: one.last_error?.at ?? null },
    };
  });
  const lines = log.map((line) => ({
    ...line,
    ...('account' in line ? { account: account(line.account) } : {}),
    ...(line.event === 'vendor.answered' ? { host: host(line.host) } : {}),
  }));
  const status = running === null ? null : withoutNotices(running.status);
  const bundle = {
    keyfob: version,
    made_at: new Date().toISOString(),
    system: { platform: process.platform, release: os.release(), arch: process.arch, node: process.version },
    findings: findings.map((one) => ({
      ...one,
      detail: withoutHosts(one.detail, host),
      hint: one.hint === null ? null : withoutHosts(one.hint, host),
    })),
    status,
    accounts,
    log: lines,
  };
  const mask = maskOf(paths);
  const masked = (_key: string, value: unknown): unknown => (typeof value === 'string' ? mask(value) : value);
  return `${shownLines(JSON.stringify(bundle, masked, 2))}\n`;
}

/** Proxies, and what goes round them, stand in a finding. */
function withoutHosts(text: string, host: (name: string) => string): string {
  return text
    .replaceAll(/(?<=NO_PROXY is ).*(?=; (?:\d+ system certificates|the system has no))/gs, 'set')
    .replaceAll(/(?<=:\/\/)[\w.[\]:-]+/g, (name) => host(name.replace(/\.$/, '')));
}

/** Notices are sentences, and may name accounts and files. */
function withoutNotices({ notices, ...status }: StatusAnswer): unknown {
  return { ...status, notices: notices.length };
}

function aliases(): (kind: string, name: string) => string {
  const given = new Map<string, string>();
  return (kind, name) => {
    const key = `${kind} ${name}`;
    const alias = given.get(key) ?? `${kind}-${String(given.size + 1)}`;
    given.set(key, alias);
    return alias;
  };
}

/** Takes the user's name and folders out of a text, wherever they stand. */
function maskOf({ home, configFolder, socketFolder, logs }: BundleFacts['paths']): (text: string) => string {
  const { username, homedir } = user();
  const own = [home, configFolder, socketFolder, logs].map((one) => [one, '(home)'] as const);
  const folders = [...own, [homedir, '~'] as const, [os.homedir(), '~'] as const].flatMap(
    ([folder, instead]) =>
      folder === null || folder.length < 2 ? [] : [[standingAlone(folder), instead] as const],
  );
  const name = username.length < 3 || username === 'root' ? null : standingAlone(username);
  return (text) => {
    let shown = text;
    for (const [folder, instead] of folders) shown = shown.replaceAll(folder, instead);
    return name === null ? shown : shown.replaceAll(name, 'user');
  };
}

/** A text where it stands by itself: another folder or name may begin with it. */
function standingAlone(text: string): RegExp {
  return new RegExp(`(?<![\\w-])${text.replaceAll(/\W/g, String.raw`\$&`)}(?![\\w-])`, 'g');
}

/** Who runs this; a container's number need have no name. */
function user(): { readonly username: string; readonly homedir: string } {
  try {
    return os.userInfo();
  } catch {
    return { username: '', homedir: os.homedir() };
  }
}
