// What a keychain's failure means to a person: which of the known ones it is, and what to do about it.
//
// The texts on the right were read from the real thing: libsecret 0.21 and gnome-keyring on Linux, Apple's
// and Microsoft's published texts of their error codes for the others.
import { KeyfobError } from '../api/errors.ts';
import { KeytarError } from './keychain-process.ts';
import type { SecretServiceState } from './secret-service.ts';

const action = { type: 'keep_elsewhere', params: {} } as const;

const known = [
  {
    // dlopen: "libsecret-1.so.0: cannot open shared object file: No such file or directory"
    pattern: /libsecret-1\.so/,
    reason: 'libsecret_missing',
  },
  {
    // "Cannot create an item in a locked collection" (prompt dismissed, or none could be shown). macOS: "User
    // interaction is not allowed.", "User canceled the operation."
    pattern: /locked collection|interaction is not allowed|user cancell?ed|dismissed/i,
    reason: 'keychain_locked',
  },
  {
    // "Object does not exist at path “/org/freedesktop/secrets/collection/login”": gnome-keyring runs, but it
    // has no keyring yet and could not ask for a new one's password.
    pattern:
      /object does not exist at path|no such (?:secret )?collection|default keychain could not be found/i,
    reason: 'no_keyring',
  },
  {
    // "The name org.freedesktop.secrets was not provided by any .service files"
    pattern: /org\.freedesktop\.secrets was not provided|ServiceUnknown|NameHasNoOwner/,
    reason: 'no_secret_service',
  },
  {
    // "Cannot autolaunch D-Bus without X11 $DISPLAY", "Could not connect: No such file or directory"
    // "Unknown or unsupported transport “disabled” for address “disabled:”", "The given address is empty"
    pattern:
      /autolaunch D-Bus|could not connect|connection is closed|dbus-launch|D-Bus.*address|transport .* for address|given address is empty/i,
    reason: 'no_dbus',
  },
  {
    // "Rejected send message, 2 matched rules; type="method_call", …" (dbus-daemon's policy, AppArmor's
    // "An AppArmor policy prevents this sender …"); macOS: "The user name or passphrase … is not correct."
    pattern: /rejected send message|AppArmor|AccessDenied|access is denied|not permitted|is not correct/i,
    reason: 'keychain_refused',
  },
  {
    pattern: /keytar native addon|cannot find module|NODE_MODULE_VERSION|ERR_DLOPEN_FAILED|shared object/i,
    reason: 'keytar_not_loaded',
  },
] as const;

const passing: readonly string[] = [
  'keychain_locked',
  'no_keyring',
  'no_secret_service',
  'no_dbus',
  'keychain_hung',
  'keychain_died',
  'keychain_failed',
  'keychain_failed_without_detail',
];

/** Whether the keychain may be there again later without anybody changing how Keyfob is installed. */
export function isPassing(error: KeyfobError): boolean {
  return passing.includes(error.problem.reason);
}

/** What a look at the service has shown. */
export function keychainState(reason: Exclude<SecretServiceState, 'open' | 'unknown'>): KeyfobError {
  return new KeyfobError(reason, {}, { action });
}

/** Turns a failed keychain call into `vault_locked` or `vault_unavailable`, each with what to do. */
export function keychainError(thrown: unknown): KeyfobError {
  if (thrown instanceof KeyfobError) return thrown;
  const failure = thrown instanceof KeytarError ? thrown.failure : null;
  const options = { action, cause: thrown };
  if (failure?.kind === 'hung') return new KeyfobError('keychain_hung', {}, options);
  if (failure?.kind === 'died') return new KeyfobError('keychain_died', {}, options);
  const text = thrown instanceof Error ? thrown.message : '';
  const found = known.find(({ pattern }) => pattern.test(text));
  if (found !== undefined) return new KeyfobError(found.reason, {}, options);
  // The keychain's own words: they name no secret, and are all that a person can search for.
  const detail = text.replaceAll(/\s+/g, ' ').replace(/\.$/, '').slice(0, 200);
  return detail === ''
    ? new KeyfobError('keychain_failed_without_detail', {}, options)
    : new KeyfobError('keychain_failed', { detail }, options);
}
