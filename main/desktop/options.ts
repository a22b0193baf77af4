// What the desktop is started with.
import { parseArgs } from 'node:util';
import { KeyfobError } from '../api/errors.ts';
import type { VaultKind } from '../api/status.ts';

export interface DesktopOptions {
  /** Print the ready line as JSON. */
  readonly json: boolean;
  /** Open no window at the start. */
  readonly hidden: boolean;
  readonly vault: VaultKind | undefined;
  readonly passphraseFile: string | undefined;
  /** Begin a new vault where the one that holds the accounts is missing, damaged, or holds none of them. */
  readonly newVault: boolean;
  /** Of the endpoint; 0 picks a free one. */
  readonly port: number | undefined;
  /** Whether 127.0.0.1 is listened on. */
  readonly tcp: boolean;
  /** A further socket where a key is always needed. */
  readonly guestSocket: string | undefined;
  /** Serve oidc-agent's clients too. */
  readonly oidcAgent: boolean;
}

const kinds: readonly VaultKind[] = ['keychain', 'file', 'memory'];

/** The desktop's own options, as `parseArgs` of node:util takes them. */
export const optionTable = {
  json: { type: 'boolean' },
  hidden: { type: 'boolean' },
  vault: { type: 'string' },
  'passphrase-file': { type: 'string' },
  'new-vault': { type: 'boolean' },
  port: { type: 'string' },
  'no-tcp': { type: 'boolean' },
  'guest-socket': { type: 'string' },
  'oidc-agent': { type: 'boolean' },
} as const;

/**
 * Reads the arguments after the program (and the application's folder). What Chromium or a desktop adds is
 * none of ours and left alone. Throws `bad_request` for a value that cannot be used.
 */
export function readOptions(args: readonly string[]): DesktopOptions {
  const { values } = parseArgs({ args: [...args], strict: false, options: optionTable });
  return {
    json: values.json === true,
    hidden: values.hidden === true,
    vault: vaultOf(values.vault),
    passphraseFile: fileOf('passphrase-file', values['passphrase-file']),
    newVault: values['new-vault'] === true,
    port: portOf(values.port),
    tcp: values['no-tcp'] !== true,
    guestSocket: fileOf('guest-socket', values['guest-socket']),
    oidcAgent: values['oidc-agent'] === true,
  };
}

/** The `keyfob://` address among arguments, wherever a desktop put it; or null. */
export function addressIn(args: readonly string[]): string | null {
  return args.find((arg) => /^keyfob:/i.test(arg)) ?? null;
}

type Value = string | boolean | undefined;

function vaultOf(value: Value): VaultKind | undefined {
  if (value === undefined) return undefined;
  const kind = kinds.find((one) => one === value);
  if (kind !== undefined) return kind;
  throw new KeyfobError('unknown_vault_kind', { kind: String(value), kinds });
}

function fileOf(option: keyof typeof optionTable, value: Value): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new KeyfobError('no_file_named', { option: `--${option}` });
}

function portOf(value: Value): number | undefined {
  if (value === undefined) return undefined;
  const port = typeof value === 'string' && /^[0-9]{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (port <= 65_535) return port;
  throw new KeyfobError('no_port', { value: String(value) });
}
