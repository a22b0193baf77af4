// The Secret Service of a Linux session, asked over D-Bus itself: how it stands, and what it holds, all at once. keytar's
// calls show a prompt where the keyring is locked, say "nothing there" when it is dismissed, and read one item after
// the other, at 3 ms each.
//
// Invariants: nobody is asked for anything; nothing is changed; a look ends within `lookLimit`; what cannot be looked at
// is `unknown`, never taken for open; secrets go over the bus encrypted for one session, as libsecret has them go, or
// not at all. (Secret Service API, 0.2.)
import { createDecipheriv, createDiffieHellman, hkdfSync } from 'node:crypto';
import process from 'node:process';
import { BusError, sessionBusAddress, withBus } from '../platform/bus-connection.ts';
import type { BusConnection, BusReader, BusRequest } from '../platform/bus-connection.ts';

/** `unknown`: another system, an address of a kind that is not spoken here, or an answer that is not understood. */
export type SecretServiceState =
  | 'open'
  | 'keychain_locked'
  | 'no_keyring'
  | 'no_secret_service'
  | 'no_dbus'
  | 'keychain_refused'
  | 'keychain_hung'
  | 'unknown';

/** Ms for one look; a service that the bus has to start first takes a while. */
const lookLimit = 4_000;
/** Ms for all items: ten thousand take some seconds. */
const readLimit = 60_000;
/** Items that are asked for together: a bus allows 128 calls of one connection to be open at least. */
const atOnce = 50;

const service = { destination: 'org.freedesktop.secrets', path: '/org/freedesktop/secrets' } as const;
const serviceFace = 'org.freedesktop.Secret.Service';
const propertiesFace = 'org.freedesktop.DBus.Properties';

/** Looks at the service of this session. Never throws. */
export async function lookAtSecretService(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): Promise<SecretServiceState> {
  if (platform !== 'linux') return 'unknown';
  const address = sessionBusAddress(env);
  if (address === 'none') return 'no_dbus';
  if (address === 'unknown') return 'unknown';
  const late = AbortSignal.timeout(lookLimit);
  try {
    return await withBus(address.socket, late, stateOf);
  } catch (error) {
    if (error instanceof BusError) return stateByError(error.errorName);
    if (late.aborted) return 'keychain_hung';
    const isGone = error instanceof Error && ('syscall' in error || error.name === 'AbortError');
    return isGone ? 'no_dbus' : 'unknown';
  }
}

async function stateOf(bus: BusConnection): Promise<SecretServiceState> {
  const named = await bus.call({
    ...service,
    interface: serviceFace,
    method: 'ReadAlias',
    signature: 's',
    write: (body) => {
      body.text('default');
    },
  });
  const path = named.text();
  if (path === '/') return 'no_keyring';
  const locked = await bus.call(propertyOf(path, 'org.freedesktop.Secret.Collection', 'Locked'));
  if (locked.signature() !== 'b') return 'unknown';
  return locked.number() === 0 ? 'open' : 'keychain_locked';
}

function stateByError(errorName: string): SecretServiceState {
  switch (errorName) {
    case 'ServiceUnknown':
    case 'NameHasNoOwner':
    case 'Spawn.ChildExited':
    case 'Spawn.ExecFailed':
      return 'no_secret_service';
    case 'UnknownObject':
    case 'NoSuchObject':
      return 'no_keyring';
    case 'AccessDenied':
      return 'keychain_refused';
    case 'NoReply':
    case 'TimedOut':
    case 'Timeout':
      return 'keychain_hung';
    default:
      return 'unknown';
  }
}

/** An item as keytar keeps it; `password` is null where it was not asked for. */
export interface FoundItem {
  readonly account: string;
  readonly password: string | null;
}

/**
 * The items that keytar has kept for a service, with their secrets or without. Null: they cannot be had so (another
 * system, a service that does not encrypt for a session, one that is locked in part), and keytar is the way.
 */
export async function findInSecretService(
  name: string,
  { secrets }: { readonly secrets: boolean },
): Promise<FoundItem[] | null> {
  const address = process.platform === 'linux' ? sessionBusAddress(process.env) : 'unknown';
  if (typeof address === 'string') return null;
  try {
    return await withBus(address.socket, AbortSignal.timeout(readLimit), async (bus) => {
      const paths = await search(bus, name);
      const session = secrets && paths !== null && paths.length > 0 ? await openSession(bus) : null;
      const found: FoundItem[] = [];
      for (let at = 0; at < (paths?.length ?? 0); at += atOnce) {
        found.push(...(await readItems(bus, paths?.slice(at, at + atOnce) ?? [], session)));
      }
      return paths === null ? null : found;
    });
  } catch {
    // Whatever it is, keytar meets it too, and its failures are told.
    return null;
  }
}

/** The items of a service, as keytar searches for them; null: some of them are locked. */
async function search(bus: BusConnection, name: string): Promise<string[] | null> {
  const attributes = [
    ['service', name],
    ['xdg:schema', 'org.freedesktop.Secret.Generic'],
  ] as const;
  const found = await bus.call({
    ...service,
    interface: serviceFace,
    method: 'SearchItems',
    signature: 'a{ss}',
    write(body) {
      body.list(8, attributes, ([attribute, value]) => {
        body.text(attribute);
        body.text(value);
      });
    },
  });
  const paths = found.list(4, () => found.text());
  const locked = found.list(4, () => found.text());
  return locked.length > 0 ? null : paths;
}

interface Session {
  readonly path: string;
  readonly key: Buffer;
}

/** The 1024-bit group of RFC 2409, 6.2, which the Secret Service API names. */
const prime =
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
  'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed' +
  'ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff';

/** Agrees on a key with the service. */
async function openSession(bus: BusConnection): Promise<Session> {
  const ours = createDiffieHellman(prime, 'hex', 2);
  const publicKey = ours.generateKeys();
  const opened = await bus.call({
    ...service,
    interface: serviceFace,
    method: 'OpenSession',
    signature: 'sv',
    write(body) {
      body.text('dh-ietf1024-sha256-aes128-cbc-pkcs7');
      body.signature('ay');
      body.bytes(publicKey);
    },
  });
  if (opened.signature() !== 'ay') throw new BusError('InvalidArgs');
  const shared = ours.computeSecret(opened.bytes());
  return { path: opened.text(), key: Buffer.from(hkdfSync('sha256', shared, '', '', 16)) };
}

/** What items are, and with a session their secrets. */
async function readItems(
  bus: BusConnection,
  paths: readonly string[],
  session: Session | null,
): Promise<FoundItem[]> {
  const attributes = paths.map((path) => propertyOf(path, 'org.freedesktop.Secret.Item', 'Attributes'));
  const [secrets, ...named] =
    session === null
      ? [null, ...(await bus.callAll(attributes))]
      : await bus.callAll([secretsOf(paths, session), ...attributes]);
  const passwords = secrets == null || session === null ? null : readSecrets(secrets, session);
  return named.flatMap((answer, index) => {
    const account = answer === null ? undefined : readAttributes(answer).get('account');
    const password = passwords?.get(paths[index] ?? '');
    if (account === undefined || (passwords !== null && password === undefined)) return [];
    return [{ account, password: password ?? null }];
  });
}

function secretsOf(paths: readonly string[], session: Session): BusRequest {
  return {
    ...service,
    interface: serviceFace,
    method: 'GetSecrets',
    signature: 'aoo',
    write(body) {
      body.list(4, paths, (path) => {
        body.text(path);
      });
      body.text(session.path);
    },
  };
}

function readSecrets(answer: BusReader, { key }: Session): Map<string, string> {
  const found = answer.list(8, () => {
    const path = answer.text();
    answer.align(8);
    answer.text();
    const nonce = answer.bytes();
    const sealed = answer.bytes();
    answer.text();
    const cipher = createDecipheriv('aes-128-cbc', key, nonce);
    return [path, Buffer.concat([cipher.update(sealed), cipher.final()]).toString()] as const;
  });
  return new Map(found);
}

function readAttributes(answer: BusReader): Map<string, string> {
  if (answer.signature() !== 'a{ss}') throw new BusError('InvalidArgs');
  return new Map(answer.list(8, () => [answer.text(), answer.text()] as const));
}

function propertyOf(path: string, face: string, property: string): BusRequest {
  return {
    destination: service.destination,
    path,
    interface: propertiesFace,
    method: 'Get',
    signature: 'ss',
    write(body) {
      body.text(face);
      body.text(property);
    },
  };
}
