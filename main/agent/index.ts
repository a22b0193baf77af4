// The headless host: runs in the foreground until it is told to end.
import process from 'node:process';
import { createFetch, onNetworkChange } from '../platform/network.ts';
import type { VaultKind } from '../api/status.ts';
import { openHost, version } from '../host/index.ts';
import type { Host } from '../host/index.ts';
import { hearEndSignals, limitEnd, secondWish } from '../host/ending.ts';
import { readyLine } from '../host/listening.ts';
import type { ListenOptions } from '../host/listening.ts';
import { createCallbackSignIn } from '../host/callback.ts';
import { commandTexts, sentenceOf } from '../messages/index.ts';
import { createWindowCalls } from '../host/window-calls.ts';
import { agentAbilities, windowFolder } from './abilities.ts';
import { openConsole } from './console.ts';
import { tellWelcome } from './welcome.ts';

/** The console's port when none is said. */
const defaultConsolePort = 15_394;

export interface AgentOptions extends ListenOptions {
  /** 0 picks a free one. */
  readonly consolePort?: number | undefined;
  readonly console: boolean;
  readonly vault?: VaultKind;
  readonly passphraseFile?: string;
  readonly newVault?: boolean;
  /** Print the ready line as JSON. */
  readonly json: boolean;
  /** Say what to type next. */
  readonly welcome: boolean;
}

/** Runs the agent in the foreground. Resolves with the exit code once it ended; rejects when it cannot start. */
export async function runAgent(options: AgentOptions): Promise<number> {
  const ending = endSignal();
  let host: Host | null = null;
  const signIn = createCallbackSignIn({
    language: () => host?.services.preferences.read().language ?? 'system',
  });
  const { vault, passphraseFile, newVault } = options;
  let ended = false;
  try {
    const fetch = createFetch({ version });
    host = await openHost({ kind: 'agent', vault, passphraseFile, newVault, fetch, signIn });
    const { keyfob } = host;
    host.onClose(
      onNetworkChange(() => {
        keyfob.wake();
      }),
    );
    const link = options.console ? await openPage(host, options.consolePort) : null;
    const ready = await host.listen(options);
    for (const notice of host.status().notices) process.stderr.write(`${sentenceOf(commandTexts, notice)}\n`);
    if (options.json) {
      process.stdout.write(`${readyLine({ ...ready, console: link?.() ?? null })}\n`);
    } else {
      tellWelcome({
        socket: ready.socket,
        endpoint: ready.endpoint,
        hasConsole: link !== null,
        // Into a log or a pipe nothing goes that would open anything.
        console: process.stdout.isTTY ? (link?.() ?? null) : null,
        oidcSocket: ready.oidcSocket ?? null,
        guestSocket: ready.guestSocket ?? null,
        newcomer: options.welcome,
        vault: host.status().vault.kind,
      });
    }
    await ending;
    ended = true;
    return 0;
  } finally {
    limitEnd({
      spending: () => host?.keyfob.spending ?? [],
      exit: () => process.exit(ended ? 0 : 1),
    });
    await host?.close();
    await signIn.close();
  }
}

/** Opens the console; what makes fresh links to it, or null with the reason among the host's notices. */
async function openPage(host: Host, port: number = defaultConsolePort): Promise<(() => string) | null> {
  const calls = createWindowCalls(host.services, agentAbilities(host.onClose));
  host.onClose(() => {
    calls.close();
  });
  const page = await openConsole({
    calls,
    files: windowFolder(),
    port,
    language: () => host.services.preferences.read().language,
  });
  if ('problem' in page) {
    host.notice(page.problem);
    return null;
  }
  host.setConsole(page);
  host.onClose(() => page.close());
  return () => page.link().url;
}

/** Resolves at the first signal to end; a second one ends at once. */
function endSignal(): Promise<void> {
  return new Promise((resolve) => {
    const isSecond = secondWish();
    // What `bin/keyfob.cjs` passes on may have reached this process already, so it is no second one.
    process.on('message', () => {
      isSecond();
      resolve();
    });
    hearEndSignals((again) => {
      if (again) process.exit(1);
      resolve();
    }, isSecond);
  });
}
