// What the agent and the desktop have in common: the home, the core with its adapters, and the local endpoint.
//
// Order matters: the home is made and claimed before anything in it is read, and doors open last of what can
// fail. What was opened is put down in reverse order; a step that fails keeps no other from running.
import type { VaultKind, HostStatus, OneTimeAddress } from '../api/status.ts';
import { lstatSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import manifest from '../../package.json' with { type: 'json' };
import { chooseVault } from '../vaults/choose-vault.ts';
import type { VaultChoice } from '../vaults/choose-vault.ts';
import { answers, claimSocket } from '../adapters/instance.ts';
import { describeNetworkFailure } from '../adapters/network-failure.ts';
import { openLineFile } from '../adapters/line-file.ts';
import { movableVault } from '../vaults/movable-vault.ts';
import { ensureHome } from '../adapters/home.ts';
import { homePaths } from '../adapters/paths.ts';
import type { HomePaths } from '../adapters/paths.ts';
import { openPreferencesFile } from '../adapters/preferences.ts';
import { openProfileStore } from '../adapters/profile-store.ts';
import { openSettings } from '../adapters/settings.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createKeyfob } from '../accounts/create.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { SignIn } from '../accounts/ports.ts';
import type { Fetch } from '../oauth/ports.ts';
import { readSettings } from '../accounts/settings.ts';
import { createEndpoint, type Endpoint } from '../endpoint/index.ts';
import { builtInProviders } from '../providers/index.ts';
import { createAccess, openAudit, type Access } from '../access/index.ts';

import { openHistory } from './history.ts';
import { readLicences } from './licences.ts';
import { openPreferences } from './preferences.ts';
import type { PreferencesStore } from './preferences.ts';
import type { ReadyFacts } from './ready.ts';
import { createVaultMove, finishMove } from './vault-move.ts';
import type { VaultMoveParts } from './vault-move.ts';
import type { HostParts } from './window-parts.ts';

export const { version } = manifest;

/** The endpoint's TCP port when none is said. */
export const defaultPort = 15_393;

export interface HostOptions {
  readonly kind: HostStatus['host'];
  readonly vault?: VaultKind | undefined;
  readonly passphraseFile?: string | undefined;
  readonly fetch: Fetch;
  readonly signIn: SignIn;
  /** Start locked where the vault file's passphrase was not given: the window asks for it. */
  readonly startLocked?: boolean;
  /** How the keychain is reached, where it is otherwise than from a plain Node. */
  readonly keychain?: VaultChoice['keychain'];
  /** Opens `preferences.json` of a folder, telling what a person should know; the agent's own way when left out. */
  readonly preferences?: (folder: string, onNotice: (notice: Message) => void) => PreferencesStore;
}

export interface Doors {
  /** Whether 127.0.0.1 is listened on. */
  readonly tcp: boolean;
  /** 0 picks a free one. */
  readonly port?: number | undefined;
  /** A further place of the socket; the home's own is always served, for that is where commands look. */
  readonly socket?: string | undefined;
  /** Open a socket where a key is always needed, to be handed on to containers and other machines. */
  readonly guestSocket?: string | undefined;
  /** Open a socket that speaks oidc-agent's protocol. */
  readonly oidcAgent?: boolean | undefined;
}

/** The console's addresses, where the host has one. */
export interface ConsoleAddresses {
  /** Without a secret. */
  readonly url: string;
  /** A fresh address that opens it once. */
  link(): OneTimeAddress;
}

export interface Host {
  readonly paths: HomePaths;
  readonly keyfob: ReturnType<typeof createKeyfob>;
  readonly endpoint: Endpoint;
  readonly access: Access;
  /** What the window's calls are made of; see `createWindowCalls`. */
  readonly parts: HostParts;
  status(): HostStatus;
  /** Adds what a person should read. */
  notice(notice: Message): void;
  /** Says where the console is. */
  setConsole(console: ConsoleAddresses): void;
  /** Opens the endpoint's doors. Throws `bad_request` or `unexpected`, naming the one that cannot be opened. */
  openDoors(doors: Doors): Promise<ReadyFacts>;
  /** Puts something down at the end, before what was opened earlier. */
  onClose(step: () => unknown): void;
  /** Closes everything; never throws. */
  close(): Promise<void>;
}

/**
 * Opens the home and starts Keyfob in it; nothing is listened on yet. Throws `already_running` (naming the
 * host that runs), `vault_locked`, `vault_unavailable`, `bad_request`, `unexpected`.
 */
export async function openHost(options: HostOptions): Promise<Host> {
  const steps: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const step of steps.splice(0)) {
      try {
        await step();
      } catch {
        // The next step is as needed as this one was; what is left open ends with the process.
      }
    }
  };
  try {
    return await open(options, steps, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  options: HostOptions,
  steps: (() => unknown)[],
  close: () => Promise<void>,
): Promise<Host> {
  const onClose = (step: () => unknown): void => void steps.unshift(step);
  const paths = homePaths(process.env);
  ensureHome(paths);
  const claim = await claimSocket(paths.socket, options.kind);
  onClose(() => claim.release());
  const settings = await openSettings({ folder: paths.configFolder });
  const known = readSettings(settings.read());
  const chosen = await chooseVault({
    ...(options.vault === undefined ? {} : { named: options.vault }),
    ...(options.passphraseFile === undefined ? {} : { passphraseFile: options.passphraseFile }),
    ...(known.vault === null || Object.keys(known.accounts).length === 0 ? {} : { remembered: known.vault }),
    ...(options.keychain === undefined ? {} : { keychain: options.keychain }),
    paths,
    startLocked: options.startLocked ?? false,
  });
  const notices = [...settings.notices, ...chosen.notices];
  const openStore = options.preferences ?? openPreferencesFile;
  const preferences = openPreferences(openStore(paths.configFolder, (notice) => void notices.push(notice)));
  const clock = systemClock();
  const vault = movableVault(chosen.vault);
  onClose(() => vault.close());
  const keyfob = createKeyfob({
    vault,
    settings,
    profiles: openProfileStore(paths.profiles),
    fetch: options.fetch,
    clock,
    signIn: options.signIn,
    builtInProviders,
    describeFailure: describeNetworkFailure,
    rememberVault: true,
    refreshAhead: () => preferences.read().refresh_ahead,
  });
  await keyfob.start();
  onClose(() => keyfob.stop());

  const notice = (one: Message): void => void notices.push(one);
  const moving: VaultMoveParts = {
    vault,
    settings: keyfob.settings,
    paths,
    named: options.vault,
    keychain: options.keychain,
    notice,
  };
  await finishMove(moving);
  const history = await openHistory({ keyfob, clock, file: openLineFile(paths.history) });
  onClose(() => history.close());
  const first = vault.kind;
  let socket = paths.socket;
  let endpointUrl: string | null = null;
  let console: ConsoleAddresses | null = null;
  const status = (): HostStatus => ({
    host: options.kind,
    version,
    platform: process.platform,
    pid: process.pid,
    home: paths.home,
    socket,
    endpoint: endpointUrl,
    console: console?.url ?? null,
    vault: {
      kind: vault.kind,
      locked: keyfob.locked,
      why: vault.kind === first ? chosen.why : message('moved_there', {}),
    },
    notices: [...notices, ...keyfob.notices],
  });
  const access = createAccess({
    keyfob,
    clock,
    audit: openAudit(paths.audit),
    clients: {
      read: () => keyfob.settings.read().clients,
      write: (clients) =>
        keyfob.settings.change((now) => ({
          ...now,
          clients: clients.map((one) => ({
            ...one,
            accounts: one.accounts === null ? null : [...one.accounts],
            scopes: one.scopes === null ? null : [...one.scopes],
          })),
        })),
    },
    localApproval: () => keyfob.settings.read().local_approve,
  });
  const endpoint = createEndpoint({
    keyfob,
    access,
    clock,
    version,
    status,
    consoleLink: () => console?.link() ?? null,
    // What hears the signal ends the host; Windows has no signal that a process could send itself.
    stop: () => setImmediate(() => process.emit('SIGTERM', 'SIGTERM')),
  });
  onClose(() => endpoint.close());

  return {
    paths,
    keyfob,
    endpoint,
    access,
    parts: {
      keyfob,
      access,
      preferences,
      history,
      clock,
      version,
      status,
      moveVault: createVaultMove(moving),
      licences: readLicences,
    },
    status,
    notice,
    setConsole: (addresses) => (console = addresses),
    async openDoors(doors) {
      if (doors.tcp) {
        const opened = await endpoint.listenOnTcp(doors.port ?? defaultPort);
        if ('problem' in opened) notices.push(opened.problem);
        else endpointUrl = opened.url;
      }
      await endpoint.listenOnSocket(paths.socket, 'own folder');
      if (doors.socket !== undefined && path.resolve(doors.socket) !== paths.socket) {
        socket = path.resolve(doors.socket);
        await endpoint.listenOnSocket(socket, 'any folder');
      }
      const guestSocket = doors.guestSocket === undefined ? null : path.resolve(doors.guestSocket);
      if (guestSocket !== null) {
        await removeStale(guestSocket);
        await endpoint.listenForGuests(guestSocket);
      }
      const oidcSocket = doors.oidcAgent === true ? oidcAgentSocket(paths.socketFolder) : null;
      if (oidcSocket !== null) {
        await removeStale(oidcSocket);
        await endpoint.listenForOidcAgent(
          oidcSocket,
          (name) => keyfob.settings.read().accounts[name]?.fields['issuer'] ?? null,
        );
      }
      return {
        pid: process.pid,
        socket,
        endpoint: endpointUrl,
        ...(oidcSocket === null ? {} : { oidcSocket }),
        ...(guestSocket === null ? {} : { guestSocket }),
      };
    },
    onClose,
    async close() {
      // From now on nothing new is served; what is under way ends while the rest is put down.
      void keyfob.stop();
      await close();
    },
  };
}

/** Where the socket for oidc-agent's clients stands. Throws `bad_request` on Windows, which has no such socket. */
function oidcAgentSocket(folder: string | null): string {
  if (folder !== null) return path.join(folder, 'oidc-agent.sock');
  throw new KeyfobError('oidc_agent_on_windows', {});
}

/** Removes a socket that nobody listens on; whatever else stands there is left. */
async function removeStale(socket: string): Promise<void> {
  const stands = lstatSync(socket, { throwIfNoEntry: false })?.isSocket() === true;
  if (stands && !(await answers(socket))) rmSync(socket);
}
