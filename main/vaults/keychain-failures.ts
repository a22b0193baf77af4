// What a keychain's failure means to a person: which of the known ones it is, and what to do about it.
//
// The texts on the right were read from the real thing: libsecret 0.21 and gnome-keyring on Linux, Apple's
// and Microsoft's published texts of their error codes for the others.
import { KeyfobError } from '../api/errors.ts';
import { KeytarError } from './keychain-process.ts';

const elsewise = 'Or keep the secrets elsewhere: `--vault file --passphrase-file F`, or `--vault memory`.';

interface Known {
  readonly pattern: RegExp;
  readonly code: 'vault_locked' | 'vault_unavailable';
  readonly message: string;
  readonly hint: string;
}

const known: readonly Known[] = [
  {
    // dlopen: "libsecret-1.so.0: cannot open shared object file: No such file or directory"
    pattern: /libsecret-1\.so/,
    code: 'vault_unavailable',
    message: 'The system keychain cannot be used: the library libsecret is not installed.',
    hint: `Install it (Debian, Ubuntu: \`apt install libsecret-1-0\`; Fedora: \`dnf install libsecret\`). ${elsewise}`,
  },
  {
    // "Cannot create an item in a locked collection" (prompt dismissed, or none could be shown). macOS: "User
    // interaction is not allowed.", "User canceled the operation."
    pattern: /locked collection|interaction is not allowed|user cancell?ed|dismissed/i,
    code: 'vault_locked',
    message: 'The system keychain is locked, and its prompt was dismissed or could not be shown.',
    hint: `Unlock it (log in to the desktop, or open its password manager) and try again. ${elsewise}`,
  },
  {
    // "Object does not exist at path “/org/freedesktop/secrets/collection/login”": gnome-keyring runs, but it
    // has no keyring yet and could not ask for a new one's password.
    pattern:
      /object does not exist at path|no such (?:secret )?collection|default keychain could not be found/i,
    code: 'vault_locked',
    message: 'The system keychain has no keyring yet, or none that is open.',
    hint: `Log in to the desktop once, or make a default keyring in its password manager. ${elsewise}`,
  },
  {
    // "The name org.freedesktop.secrets was not provided by any .service files"
    pattern: /org\.freedesktop\.secrets was not provided|ServiceUnknown|NameHasNoOwner/,
    code: 'vault_unavailable',
    message: 'No keychain service (Secret Service) is there on this D-Bus session.',
    hint: `Install and start one (gnome-keyring, KWallet, KeePassXC). ${elsewise}`,
  },
  {
    // "Cannot autolaunch D-Bus without X11 $DISPLAY", "Could not connect: No such file or directory"
    pattern: /autolaunch D-Bus|could not connect|connection is closed|dbus-launch|D-Bus.*address/i,
    code: 'vault_unavailable',
    message: 'No D-Bus session is there, so the system keychain cannot be reached.',
    hint: `Start Keyfob from a desktop session, or under \`dbus-run-session\` with a keyring. ${elsewise}`,
  },
  {
    // "Rejected send message, 2 matched rules; type="method_call", …" (dbus-daemon's policy, AppArmor's
    // "An AppArmor policy prevents this sender …"); macOS: "The user name or passphrase … is not correct."
    pattern: /rejected send message|AppArmor|AccessDenied|access is denied|not permitted|is not correct/i,
    code: 'vault_unavailable',
    message: 'The system keychain refused Keyfob.',
    hint: `Allow it (a sandbox, D-Bus policy or keychain access rule stands in the way). ${elsewise}`,
  },
  {
    pattern: /keytar native addon|cannot find module|NODE_MODULE_VERSION|ERR_DLOPEN_FAILED|shared object/i,
    code: 'vault_unavailable',
    message: 'The system keychain cannot be used: the module keytar does not load on this machine.',
    hint: `Install again with \`npm ci\`. ${elsewise}`,
  },
];

/** Turns a failed keychain call into `vault_locked` or `vault_unavailable`, each with what to do. */
export function keychainError(thrown: unknown): KeyfobError {
  if (thrown instanceof KeyfobError) return thrown;
  const failure = thrown instanceof KeytarError ? thrown.failure : null;
  if (failure?.kind === 'hung') {
    return new KeyfobError(
      'vault_locked',
      'The system keychain does not answer; it may be locked, or wait at a prompt that nobody sees.',
      { hint: `Answer its prompt or unlock it, and try again. ${elsewise}`, cause: thrown },
    );
  }
  if (failure?.kind === 'died') {
    return new KeyfobError('vault_unavailable', 'The system keychain failed in the middle of a call.', {
      hint: `Look whether it is unlocked, and try again. ${elsewise}`,
      cause: thrown,
    });
  }
  const text = thrown instanceof Error ? thrown.message : '';
  const found = known.find(({ pattern }) => pattern.test(text));
  if (found !== undefined)
    return new KeyfobError(found.code, found.message, { hint: found.hint, cause: thrown });
  // The keychain's own words: they name no secret, and are all that a person can search for.
  return new KeyfobError('vault_unavailable', `The system keychain failed: ${oneLine(text)}.`, {
    hint: `Look whether it is running and unlocked, and try again. ${elsewise}`,
    cause: thrown,
  });
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replace(/\.$/, '').slice(0, 200) || 'no reason was given';
}
