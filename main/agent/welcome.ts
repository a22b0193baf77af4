// What `keyfob serve` and `npm start` say to a person when the agent is ready.
import { shellArgument } from '../platform/shell-quoting.ts';
import type { VaultKind } from '../api/status.ts';

export interface Welcome {
  readonly socket: string;
  readonly endpoint: string | null;
  /** Whether there is one. */
  readonly hasConsole: boolean;
  /** An address that opens it once, where somebody reads; null: none is said. */
  readonly console: string | null;
  /** Where oidc-agent's clients are served, or null when they are not. */
  readonly oidcSocket?: string | null;
  /** A socket where a key is always needed, or null when there is none. */
  readonly guestSocket?: string | null;
  readonly vault: VaultKind;
  /** Say what to type next. */
  readonly newcomer: boolean;
}

/** Prints where Keyfob answers, and for a newcomer the way to a first token from the practice vendor. */
export function tellWelcome(welcome: Welcome): void {
  process.stdout.write(welcomeText(welcome));
}

/** The text of `tellWelcome`. */
function welcomeText(welcome: Welcome): string {
  const { socket, endpoint, hasConsole, vault, newcomer, oidcSocket = null, guestSocket = null } = welcome;
  const rows: [string, string][] = [
    ['Socket', socket],
    ...(guestSocket === null ? [] : [['With a key', guestSocket] as [string, string]]),
    ['Endpoint', endpoint ?? 'none on TCP'],
    ['Console', welcome.console ?? (hasConsole ? 'open it with `keyfob console`' : 'none')],
    [
      'Secrets in',
      vault === 'file' ? 'the encrypted file' : vault === 'keychain' ? 'the system keychain' : 'memory only',
    ],
  ];
  const where = rows.map(([name, value]) => `  ${`${name}:`.padEnd(12)}${value}\n`).join('');
  const oidc =
    oidcSocket === null
      ? ''
      : `\nFor oidc-agent's clients:\n\n  OIDC_SOCK=${shellArgument(oidcSocket)}; export OIDC_SOCK;\n`;
  return `Keyfob is ready. Press Ctrl-C to end it.\n\n${where}${oidc}${newcomer ? nextThings : ''}`;
}

/** What a newcomer types, in other terminals, to get a first token. */
const firstToken: readonly string[] = [
  'npx --no-install keyfob sandbox',
  "echo 'practice+read/secret==' | npx --no-install keyfob add practice --provider officernd --set client_id=practice-officernd-read --set token_url=http://127.0.0.1:15399/officernd/oauth/token --secret client_secret",
  'npx --no-install keyfob login practice && npx --no-install keyfob token practice',
];

const nextThings = `
Get a first token from the practice vendor that comes with Keyfob. In other terminals:

${firstToken.map((command, index) => `  ${String(index + 1)}. ${command}\n`).join('')}`;
