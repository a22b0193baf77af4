// A home of the core that a test stops, changes and opens anew: what is in its vault, and in `config.json`.
import { emptyHome, json, openKit, WatchedVault, type Answer, type Home, type Kit } from './core-kit.ts';
import { commandTexts, sentenceOf } from '../main/messages/index.ts';
import type { Message } from '../main/api/problems/index.ts';

export const good = 'https://login.good.example';
export const other = 'https://other.example';
export const hour = 60 * 60_000;

/** A vendor at every origin that rotates refresh tokens and notes one that comes twice. */
export function vendor() {
  let count = 0;
  const spent = new Set<string>();
  const made = {
    reused: 0,
    answer: (({ parameters }) => {
      const token = parameters['refresh_token'];
      if (token !== undefined) {
        if (spent.has(token)) made.reused += 1;
        spent.add(token);
      }
      count += 1;
      return json({
        access_token: `a${String(count)}`,
        refresh_token: `r${String(count)}`,
        token_type: 'bearer',
        expires_in: 3600,
      });
    }) satisfies Answer as Answer,
  };
  return made;
}

/** An account with a secret, a password and refresh tokens. */
export const account = {
  name: 'hq',
  provider: 'oauth2',
  grant: 'password',
  settings: { token_url: `${good}/token`, client_id: 'c1', username: 'alice', client_auth: 'post' },
  secrets: { client_secret: 's1', password: 'p1' },
};

/** An empty home whose vault is a file, to be remembered. */
export function fileHome(): Home {
  const made = { ...emptyHome(), rememberVault: true };
  made.vault.kind = 'file';
  return made;
}

/** The state of a home between two writes. */
export interface Snapshot {
  readonly entries: Map<string, string>;
  readonly settings: unknown;
}

/** What stands of it, opened anew. */
export async function reopen(snapshot: Snapshot, answer: Answer, from: Home): Promise<Kit> {
  const vault = new WatchedVault(new Map(snapshot.entries));
  vault.kind = from.vault.kind;
  return openKit(answer, { ...from, vault, stored: { settings: structuredClone(snapshot.settings) } });
}

/** What the vault holds of an account. */
export const recordOf = (kit: Kit, name = 'hq'): Record<string, unknown> =>
  JSON.parse(kit.vault.entries.get(name) ?? '{}') as Record<string, unknown>;
/** What `config.json` holds of it. */
export const copyOf = (kit: Kit, name = 'hq') => kit.keyfob.settings.read().accounts[name];

/** A notice as a terminal shows it. */
export const told = (notice: Message): string => sentenceOf(commandTexts, notice);
