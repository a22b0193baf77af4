// The commands about accounts: add, set, list, select, refresh, revoke, forget.
import type { Client } from '../endpoint/client.ts';
import { sha256Hex } from '../platform/digest.ts';
import { usage } from './fail.ts';
import { checkName, gatherSettings, gatherSources } from './fields.ts';
import { readLine, readSecrets } from './input.ts';
import { askingOrigins, originAllowed } from './origins.ts';
import { accountsTable, asTyped, clean, jsonText } from './text.ts';

export interface FieldOptions {
  /** `FIELD=VALUE` each. */
  readonly set: readonly string[];
  /** `FIELD` or `FIELD@FILE` each. */
  readonly secret: readonly string[];
}

const out = (text: string): void => {
  process.stdout.write(`${asTyped(text, process.env)}\n`);
};

export async function addAccount(
  client: Client,
  name: string,
  options: FieldOptions & { readonly provider: string; readonly grant?: string | undefined },
): Promise<void> {
  checkName(name);
  const settings = gatherSettings(options.set);
  const secrets = await readSecrets(gatherSources(options.secret));
  const account = await client.add({
    name,
    provider: options.provider,
    ...(options.grant === undefined ? {} : { grant: options.grant }),
    settings,
    secrets,
  });
  out(
    `Added: ${clean(account.name)} (${clean(account.provider)}, ${clean(account.grant)}). Next: \`keyfob login ${name}\`.`,
  );
}

export async function setAccount(
  client: Client,
  name: string,
  options: FieldOptions & { readonly allowOrigin: readonly string[] },
): Promise<void> {
  checkName(name);
  const settings = gatherSettings(options.set);
  const secrets = await readSecrets(gatherSources(options.secret));
  const allow = options.allowOrigin.length === 0 ? {} : { allow_origins: options.allowOrigin };
  const { notes, asks } = await client.set(name, { settings, secrets, ...allow });
  out(`Changed: ${name}.`);
  for (const note of notes) out(clean(note));
  for (const ask of asks) {
    if (await originAllowed(client, ask)) out(`Allowed: ${clean(ask.asked)}.`);
  }
}

export interface LabelOptions {
  readonly displayName?: string;
  readonly environment?: string;
  readonly color?: string;
  readonly letters?: string;
  readonly pin?: boolean;
  readonly askBeforeCopy?: boolean;
}

export async function labelAccount(client: Client, name: string, options: LabelOptions): Promise<void> {
  checkName(name);
  const { displayName, environment, color, letters, pin, askBeforeCopy } = options;
  const given = { display_name: displayName, environment, color, letters };
  const flags = { pinned: pin, ask_before_copy: askBeforeCopy };
  const changes = Object.entries({ ...given, ...flags }).filter(([, value]) => value !== undefined);
  if (changes.length === 0) {
    throw usage('Nothing to change.', 'Give `--display-name`, `--environment` or another option.');
  }
  // The host judges them: a colour that there is not is told by it.
  await client.setLabels(name, Object.fromEntries(changes));
  out(`Labelled: ${name}.`);
}

export async function listAccounts(client: Client, json: boolean): Promise<void> {
  const accounts = await client.accounts();
  process.stdout.write(
    json ? jsonText(accounts) : asTyped(accountsTable(accounts, Date.now() / 1000), process.env),
  );
}

export async function useAccount(client: Client, name: string): Promise<void> {
  const { provider: id } = await client.use(checkName(name));
  const provider = (await client.providers()).find((one) => one.id === id)?.name ?? id;
  out(`${name} is now the default (overall and for ${clean(provider)}).`);
}

/** Refreshes now; with `rejected` for the token on standard input, which an API rejected. */
export async function refreshAccount(
  client: Client,
  name: string,
  options: { readonly rejected: boolean },
): Promise<void> {
  checkName(name);
  if (options.rejected) {
    await refreshRejected(client, name);
    return;
  }
  await askingOrigins(client, () => client.refresh(name));
  out(`Refreshed: ${name}.`);
}

async function refreshRejected(client: Client, name: string): Promise<void> {
  const token = (await readLine('Rejected token (not shown): '))?.trim() ?? '';
  if (token === '') {
    throw usage('No token on standard input.', 'Give the token that the API rejected, on one line.');
  }
  const { result } = await askingOrigins(client, () => client.rejected(name, sha256Hex(token)));
  switch (result) {
    case 'refreshed':
      out(`Refreshed: ${name}.`);
      return;
    case 'newer_token':
      out(`Not refreshed: ${name} already has a different token.`);
      return;
    case 'rejected_too_soon':
      out(`Not refreshed: this token of ${name} has just replaced another rejected one.`);
  }
}

export async function revokeAccount(client: Client, name: string): Promise<void> {
  const warning = await revokeWarning(client, checkName(name));
  if (warning !== null) process.stderr.write(`${clean(warning)}\n`);
  const { message } = await askingOrigins(client, () => client.revoke(name));
  out(clean(message));
}

/** What the provider's profile says a person should know before; null when nothing. */
async function revokeWarning(client: Client, name: string): Promise<string | null> {
  const account = (await client.accounts()).find((one) => one.name === name);
  if (account === undefined) return null;
  // The host has checked the profile; its `revoke` may lack a warning.
  const profile = (await client.provider(account.provider)) as {
    revoke?: { warning?: string | { en: string } };
  };
  const warning = profile.revoke?.warning ?? null;
  return typeof warning === 'object' ? (warning?.en ?? null) : warning;
}

export async function logoutAccount(client: Client, name: string): Promise<void> {
  await client.logout(checkName(name));
  out(`Signed out: ${name}. Its tokens are forgotten; \`keyfob login ${name}\` signs in again.`);
}

export async function removeAccount(client: Client, name: string): Promise<void> {
  await client.remove(checkName(name));
  out(`Removed: ${name}.`);
}
