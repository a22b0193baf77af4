// `keyfob serve`: hands over to the agent, which is loaded only now.
import type { VaultKind } from '../api/status.ts';

export interface ServeOptions {
  /** Where the socket stands, instead of its place in the home. */
  readonly socket?: string;
  /** TCP port of the endpoint; 0 picks a free one. */
  readonly port?: number;
  /** False with `--no-tcp`. */
  readonly tcp: boolean;
  /** TCP port of the console; 0 picks a free one. */
  readonly consolePort?: number;
  /** False with `--no-console`. */
  readonly console: boolean;
  readonly vault?: VaultKind;
  readonly passphraseFile?: string;
  /** Begin a new vault where the one that holds the accounts is missing, damaged, or holds none of them. */
  readonly newVault?: boolean;
  /** One more socket, where a key is always needed. */
  readonly guestSocket?: string;
  /** Serve oidc-agent's clients on a socket of their own. */
  readonly oidcAgent: boolean;
  /** One ready line of JSON on standard output. */
  readonly json: boolean;
  /** Greets a newcomer with the next things to type (`npm start`). */
  readonly welcome: boolean;
}

export const VAULT_CHOICES = ['keychain', 'file', 'memory'] as const satisfies readonly VaultKind[];

/** Runs the agent until it ends; resolves to the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  const { runAgent } = await import('../agent/index.ts');
  return runAgent(options);
}
