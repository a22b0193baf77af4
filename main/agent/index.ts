// The headless host: composes the core, its adapters and the doors, and runs until it is told to end.
//
// Order matters: the home is made and claimed before anything in it is read, the socket opens last of what
// can fail, and the ready line is printed when everything answers.
import { lstatSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import manifest from '../../package.json' with { type: 'json' };
import { homePaths, ensureHome } from '../adapters/paths.ts';
import { answers, claimSocket } from '../adapters/instance.ts';
import { chooseVault } from '../adapters/choose-vault.ts';
import { describeNetworkFailure } from '../adapters/network-failure.ts';
import { createFetch, onNetworkChange } from '../adapters/network.ts';
import { openProfileStore } from '../adapters/profile-store.ts';
import { openSettings } from '../adapters/settings.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createKeyfob } from '../core/create.ts';
import { KeyfobError } from '../core/errors.ts';
import type { VaultKind } from '../core/ports.ts';
import { readSettings } from '../core/settings.ts';
import { createEndpoint, openAudit } from '../endpoint/index.ts';
import type { HostStatus } from '../endpoint/index.ts';
import { builtInProfiles } from '../providers/index.ts';
import { createCallbackSignIn } from './callback.ts';
import { openConsole } from './console.ts';
import { readyLine } from './ready.ts';
import { firstToken, tellWelcome } from './welcome.ts';

const { version } = manifest;

/** The endpoint's TCP port when none is said. */
export const defaultPort = 15_393;
/** The console's port when none is said. */
export const defaultConsolePort = 15_394;

/** Ms in which everything is put down at the end. */
const endLimit = 1_800;

export interface AgentOptions {
  readonly socket?: string;
  /** 0 picks a free one. */
  readonly port?: number;
  readonly tcp: boolean;
  readonly consolePort?: number;
  readonly console: boolean;
  readonly vault?: VaultKind;
  readonly passphraseFile?: string;
  /** Open a socket where a key is always needed, to be handed on to containers and other machines. */
  readonly guestSocket?: string;
  /** Open a socket that speaks oidc-agent's protocol. */
  readonly oidcAgent?: boolean;
  /** Print the ready line as JSON. */
  readonly json: boolean;
  /** Say what to type next. */
  readonly welcome: boolean;
}

/** Runs the agent in the foreground. Resolves with the exit code once it ended; rejects when it cannot start. */
export async function runAgent(options: AgentOptions): Promise<number> {
  const ending = endSignal();
  const paths = homePaths(process.env);
  ensureHome(paths);
  const claim = await claimSocket(paths.socket);
  const release: (() => unknown)[] = [() => claim.release()];
  let ended = false;
  try {
    const settings = await openSettings({ folder: paths.configFolder });
    const known = readSettings(settings.read());
    const chosen = await chooseVault({
      ...(options.vault === undefined ? {} : { named: options.vault }),
      ...(options.passphraseFile === undefined ? {} : { passphraseFile: options.passphraseFile }),
      ...(known.vault === null || Object.keys(known.accounts).length === 0
        ? {}
        : { remembered: known.vault }),
      paths,
    });
    const clock = systemClock();
    const network = createFetch({ version });
    const signIn = createCallbackSignIn();
    release.unshift(() => signIn.close());
    const keyfob = createKeyfob({
      vault: chosen.vault,
      settings,
      profiles: openProfileStore(paths.profiles),
      fetch: network.fetch,
      clock,
      signIn,
      builtInProfiles,
      describeFailure: describeNetworkFailure,
      rememberVault: true,
    });
    await keyfob.start();
    release.unshift(() => keyfob.stop());
    release.unshift(
      onNetworkChange(() => {
        keyfob.wake();
      }),
    );

    const notices = [...settings.notices, ...chosen.notices];
    const socket = options.socket === undefined ? paths.socket : path.resolve(options.socket);
    let endpointUrl: string | null = null;
    let consoleUrl: string | null = null;
    const status = (): HostStatus => ({
      host: 'agent',
      pid: process.pid,
      home: paths.home,
      socket,
      endpoint: endpointUrl,
      console: consoleUrl,
      vault: { kind: chosen.vault.kind, locked: keyfob.locked, why: chosen.why },
      notices: [...notices, ...keyfob.notices],
    });
    const page = options.console
      ? await openConsole({
          keyfob,
          version,
          port: options.consolePort ?? defaultConsolePort,
          commands: firstToken,
        })
      : null;
    if (page !== null && 'problem' in page) {
      notices.push(page.problem);
    } else if (page !== null) {
      consoleUrl = page.url;
      release.unshift(() => page.close());
    }
    const link = (): string | null => (page === null || 'problem' in page ? null : page.link());
    const endpoint = createEndpoint({
      keyfob,
      clock,
      version,
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
      audit: openAudit(paths.audit),
      status,
      consoleLink: link,
      localApproval: () => keyfob.settings.read().local_approve,
    });
    release.unshift(() => endpoint.close());
    if (options.tcp) {
      const opened = await endpoint.listenOnTcp(options.port ?? defaultPort);
      if ('problem' in opened) {
        notices.push(opened.problem);
      } else {
        endpointUrl = opened.url;
      }
    }
    // The home's own place is always served: that is where commands look.
    await endpoint.listenOnSocket(paths.socket, 'own folder');
    if (socket !== paths.socket) {
      await endpoint.listenOnSocket(socket, 'any folder');
    }
    const guestSocket = options.guestSocket === undefined ? null : path.resolve(options.guestSocket);
    if (guestSocket !== null) {
      await removeStale(guestSocket);
      await endpoint.listenForGuests(guestSocket);
    }
    const oidcSocket = options.oidcAgent === true ? oidcAgentSocket(paths.socketFolder) : null;
    if (oidcSocket !== null) {
      await removeStale(oidcSocket);
      await endpoint.listenForOidcAgent(
        oidcSocket,
        (name) => keyfob.settings.read().accounts[name]?.fields['issuer'] ?? null,
      );
    }

    for (const notice of status().notices) {
      process.stderr.write(`${notice}\n`);
    }
    const consoleLink = link();
    if (options.json) {
      const ready = readyLine({
        pid: process.pid,
        socket,
        endpoint: endpointUrl,
        console: consoleLink,
        ...(oidcSocket === null ? {} : { oidcSocket }),
        ...(guestSocket === null ? {} : { guestSocket }),
      });
      process.stdout.write(`${ready}\n`);
    } else {
      tellWelcome({
        socket,
        endpoint: endpointUrl,
        console: consoleLink,
        oidcSocket,
        guestSocket,
        newcomer: options.welcome,
        vault: chosen.vault.kind,
      });
    }
    await ending;
    ended = true;
    return 0;
  } finally {
    // Whatever hangs: a program that was told to end is gone within two seconds.
    setTimeout(() => process.exit(ended ? 0 : 1), endLimit).unref();
    for (const step of release) {
      try {
        await step();
      } catch {
        // The next step is as needed as this one was; what is left open ends with the process.
      }
    }
  }
}

/** Where the socket for oidc-agent's clients stands. Throws `bad_request` on Windows, which has no such socket. */
function oidcAgentSocket(folder: string | null): string {
  if (folder !== null) {
    return path.join(folder, 'oidc-agent.sock');
  }
  throw new KeyfobError('bad_request', "oidc-agent's clients have no way to Keyfob on Windows.", {
    hint: 'Start it without --oidc-agent.',
  });
}

/** Removes a socket that nobody listens on; whatever else stands there is left. */
async function removeStale(socket: string): Promise<void> {
  const stands = lstatSync(socket, { throwIfNoEntry: false })?.isSocket() === true;
  if (stands && !(await answers(socket))) {
    rmSync(socket);
  }
}

/** Resolves at the first signal to end; a second one ends at once. */
function endSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      // conf brings a listener that sends each signal to this process once more, which would count as the second.
      process.removeAllListeners(signal);
      process.on(signal, () => {
        if (asked) {
          process.exit(1);
        }
        asked = true;
        resolve();
      });
    }
  });
}
