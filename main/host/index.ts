// What the agent and the desktop have in common: the home, the core over it, and the local endpoint.
//
// Order matters: the home is made and claimed before anything in it is read, and listeners open last of what can
// fail. What was opened is put down in reverse order; a step that fails keeps no other from running.
import type { VaultKind, HostStatus, OneTimeAddress } from '../api/status.ts';
import path from 'node:path';
import process from 'node:process';
import manifest from '../../package.json' with { type: 'json' };
import { chooseVault } from '../vaults/choose-vault.ts';
import type { VaultChoice } from '../vaults/choose-vault.ts';
import { claimSocket } from './instance-claim.ts';
import { describeNetworkFailure } from './network-failure.ts';
import { openLineFile } from '../platform/line-file.ts';
import { movableVault } from '../vaults/movable-vault.ts';
import { carryHomeOver } from './former-home.ts';
import { closeHome } from './home-access.ts';
import { ensureHome } from './home-folders.ts';
import { homePaths } from '../platform/paths.ts';
import type { HomePaths } from '../platform/paths.ts';
import { openPreferencesFile } from './preferences-file.ts';
import { openProfileStore } from './profile-store.ts';
import { openSettings } from './settings-file.ts';
import { systemClock } from '../platform/system-clock.ts';
import { createKeyfob, type KeyfobWithSettings } from '../accounts/create.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { SignIn } from '../accounts/ports.ts';
import type { Clock, Fetch } from '../oauth/ports.ts';
import { SettingsKeeper } from '../accounts/settings-keeper.ts';
import { readSettings, type Settings } from '../accounts/settings.ts';
import { createEndpoint, type DesktopServices, type LocalEndpoint } from '../endpoint/index.ts';
import { builtInProviders } from '../providers/index.ts';
import { createAccess, openAudit, type Access, type ClientStore } from '../access/index.ts';
import { commandTexts, sentenceOf } from '../messages/index.ts';
import { openHistory } from './history.ts';
import { setStraysAside, tellUnusedVault, tellUnwritten } from './home-files.ts';
import { createListening, type ListenOptions, type ReadyFacts } from './listening.ts';
import { loggedFetch, logLifecycle, openLog, type Log } from './log.ts';
import { readLicences } from './licences.ts';
import { openPreferences } from './preferences.ts';
import type { PreferencesStore } from './preferences.ts';
import { createHooks } from './hooks.ts';
import { openTokenFiles } from './token-files.ts';
import { createVaultMove, finishMove } from './vault-move.ts';
import type { VaultMoveOptions } from './vault-move.ts';
import type { HostServices } from './window-services.ts';

export const { version } = manifest;

export interface HostOptions {
  readonly kind: HostStatus['host'];
  readonly vault?: VaultKind | undefined;
  readonly passphraseFile?: string | undefined;
  /** Begin a new vault where the one that holds the accounts is missing, cannot be used, or holds none of them. */
  readonly newVault?: boolean | undefined;
  readonly fetch: Fetch;
  readonly signIn: SignIn;
  /** Start locked where the vault file's passphrase was not given: the window asks for it. */
  readonly startLocked?: boolean;
  /** How the keychain is reached, where it is otherwise than from a plain Node. */
  readonly keychain?: VaultChoice['keychain'];
  /** Opens `preferences.json` of a folder, telling what a person should know; the agent's own way when left out. */
  readonly preferences?: (folder: string, onNotice: (notice: Message) => void) => PreferencesStore;
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
  readonly endpoint: LocalEndpoint;
  readonly access: Access;
  /** What the window's calls are made of; see `createWindowCalls`. */
  readonly services: HostServices;
  status(): HostStatus;
  /** Adds what a person should read. */
  notice(notice: Message): void;
  /** Says where the console is. */
  setConsole(console: ConsoleAddresses): void;
  /** Gives the endpoint what belongs to the desktop. */
  setDesktop(services: DesktopServices): void;
  /** Opens the endpoint's listeners. Throws `bad_request` or `unexpected`, naming what cannot be opened. */
  listen(options: ListenOptions): Promise<ReadyFacts>;
  /** Puts something down at the end, before what was opened earlier. */
  onClose(step: () => unknown): void;
  /** Closes everything; never throws. */
  close(): Promise<void>;
}

/** Puts something down at the end. */
type Step = () => unknown;

/**
 * Opens the home and starts Keyfob in it; nothing is listened on yet. Throws `already_running` (naming the
 * host that runs), `vault_locked`, `vault_unavailable`, `bad_request`, `unexpected`.
 */
export async function openHost(options: HostOptions): Promise<Host> {
  const steps: Step[] = [];
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

function openAccess(keyfob: KeyfobWithSettings, clock: Clock, paths: HomePaths, log: Log): Access {
  return createAccess({
    keyfob,
    clock,
    audit: openAudit(paths.audit),
    clients: clientStore(keyfob.settings),
    localApproval: () => keyfob.settings.read().local_approve,
    unexpected: log.unexpected,
  });
}

/** What speaks for one vault or another. */
function vaultChoice(options: HostOptions, known: Settings, paths: HomePaths): VaultChoice {
  const { vault, passphraseFile, keychain, startLocked = false, newVault = false } = options;
  return {
    ...(vault === undefined ? {} : { named: vault }),
    ...(passphraseFile === undefined ? {} : { passphraseFile }),
    ...(known.vault === null || Object.keys(known.accounts).length === 0 ? {} : { remembered: known.vault }),
    ...(keychain === undefined ? {} : { keychain }),
    paths,
    startLocked,
    begin: newVault,
  };
}

/** The home's folders and files, and the vault that it uses. Claimed before anything in it is read. */
async function openHome(options: HostOptions, onClose: (step: Step) => void, notice: (one: Message) => void) {
  const paths = homePaths(process.env);
  ensureHome(paths);
  closeHome(paths).forEach(notice);
  const claim = await claimSocket(paths.socket, options.kind);
  onClose(() => claim.release());
  claim.onLost(() => endWithoutHome(paths.socket));
  (await carryHomeOver(paths)).forEach(notice);
  setStraysAside(paths, notice);
  const settings = new SettingsKeeper(
    await openSettings({ folder: paths.configFolder, isUsable, onNotice: notice }),
  );
  settings.load();
  const chosen = await chooseVault(vaultChoice(options, settings.read(), paths));
  chosen.notices.concat(tellUnusedVault(paths, chosen.vault.kind, settings.source !== null)).forEach(notice);
  const preferences = openPreferences(
    (options.preferences ?? openPreferencesFile)(paths.configFolder, notice),
  );
  return { paths, settings, chosen, preferences };
}

async function open(options: HostOptions, steps: Step[], close: () => Promise<void>): Promise<Host> {
  const onClose = (step: Step): void => void steps.unshift(step);
  const notices: Message[] = [];
  const notice = (one: Message): void => void notices.push(one);
  const { paths, settings, chosen, preferences } = await openHome(options, onClose, notice);
  const clock = systemClock();
  const log = openLog(paths.logs, clock);
  onClose(() => log.close());
  const vault = movableVault(chosen.vault);
  onClose(() => vault.close());
  const keyfob = createKeyfob({
    vault,
    settings,
    profiles: openProfileStore(paths.profiles),
    fetch: loggedFetch(options.fetch, log, clock),
    clock,
    signIn: options.signIn,
    builtInProviders,
    describeFailure: describeNetworkFailure,
    rememberVault: true,
    refreshAhead: () => preferences.read().refresh_ahead,
    signInOnDemand: () => preferences.read().sign_in_on_demand,
  });
  await keyfob.start({ begin: options.newVault ?? false });
  onClose(logLifecycle(log, keyfob, { host: options.kind, version, vault: vault.kind }));
  onClose(() => {
    log.write({ event: 'host.stopping', spending: keyfob.spending.length });
    return keyfob.stop();
  });

  const moving: VaultMoveOptions = {
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
  let console: ConsoleAddresses | null = null;
  let desktop: DesktopServices | null = null;
  const status = (): HostStatus => ({
    host: options.kind,
    version,
    platform: process.platform,
    pid: process.pid,
    home: paths.home,
    socket: listening.socket,
    endpoint: listening.endpoint,
    console: console?.url ?? null,
    vault: {
      kind: vault.kind,
      locked: keyfob.locked,
      why: vault.kind === chosen.vault.kind ? chosen.why : message('moved_there', {}),
      away: keyfob.away,
    },
    notices: [...notices, ...unwritten(), ...keyfob.notices],
  });
  const access = openAccess(keyfob, clock, paths, log);
  const unwritten = (): Message[] => tellUnwritten(paths, { history, log, audit: access.audit });
  onClose(() => access.close());
  const hooks = createHooks({ keyfob });
  onClose(() => hooks.close());
  const tokenFiles = openTokenFiles({ keyfob, access, clock });
  onClose(() => tokenFiles.close());
  const endpoint = createEndpoint({
    tokenFiles,
    hooks,
    keyfob,
    access,
    clock,
    version,
    status,
    desktop: () => desktop,
    consoleLink: () => console?.link() ?? null,
    stop: () => setImmediate(signalEnd),
  });
  onClose(() => endpoint.close());
  // What waits for a person is refused first: nobody can answer it any more.
  onClose(() => access.approvals.close());
  const listening = createListening({ endpoint, paths, keyfob, notice });

  return {
    paths,
    keyfob,
    endpoint,
    access,
    services: {
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
    setDesktop: (services) => (desktop = services),
    listen: (wanted) => listening.open(wanted),
    onClose,
    async close() {
      // From now on nothing new is served; what is under way ends while the rest is put down.
      void keyfob.stop();
      await close();
    },
  };
}

/** What hears the signal ends the host; Windows has no signal that a process could send itself. */
function signalEnd(): void {
  process.emit('SIGTERM', 'SIGTERM');
}

/** The home was removed or moved: what is served from here on would be another's, or nobody's. */
function endWithoutHome(socket: string): void {
  const gone = message('home_gone', { folder: path.dirname(socket) });
  process.stderr.write(`${sentenceOf(commandTexts, gone)}\n`);
  signalEnd();
}

function isUsable(settings: unknown): boolean {
  try {
    readSettings(settings);
    return true;
  } catch {
    return false;
  }
}

/** Where client keys' records are kept: among the settings. */
function clientStore(settings: KeyfobWithSettings['settings']): ClientStore {
  return {
    read: () => settings.read().clients,
    write: (clients) =>
      settings.change((now) => ({
        ...now,
        clients: clients.map((one) => ({
          ...one,
          accounts: one.accounts === null ? null : [...one.accounts],
          scopes: one.scopes === null ? null : [...one.scopes],
        })),
      })),
  };
}
