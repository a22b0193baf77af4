// `keyfob proxy`: an account's API on a port of this machine, for programs that cannot ask for a token.
//
// Invariant: it ends with the running Keyfob, and what is under way ends with a lock and with the account's sign-in.
import process from 'node:process';
import type { Client } from '../endpoint/client.ts';
import type { ServerEvent } from '../endpoint/client-transport.ts';
import { endSignals } from '../platform/end-signals.ts';
import { socketPath } from '../platform/paths.ts';
import { commandError } from './fail.ts';
import { clean, commandName, jsonText } from './text.ts';

export interface ProxyCommandOptions {
  readonly account: string;
  /** Omitted: a free one. */
  readonly port: number | undefined;
  readonly json: boolean;
}

/** Serves until SIGINT or SIGTERM, or until the running Keyfob ends; resolves with the exit code. */
export async function runProxy(
  client: Client,
  { account, port = 0, json }: ProxyCommandOptions,
): Promise<number> {
  const ended = new Promise<number>((resolve) => {
    for (const signal of endSignals) process.once(signal, () => resolve(0));
  });
  const { api_base: base } = await client.api(account);
  const { createTokens, openNetwork, openProxy } = await import('../proxy/index.ts');
  const tokens = createTokens(socketPath(process.env), account);
  const proxy = await openProxy({ tokens, proxyFor: openNetwork(process.env) }, port);
  if ('code' in proxy) {
    throw commandError(
      'bad_request',
      `Keyfob cannot listen on port ${String(port)} (${proxy.code}).`,
      'Choose another with `--port N`, or omit it to use a free one.',
    );
  }
  try {
    const events = await client.events((event) => {
      if (endsWhatIsUnderWay(event, account)) proxy.cut();
    });
    tellReady(account, base, proxy.port, json);
    return await Promise.race([ended, events.ended.then(keyfobEnded)]).finally(() => events.close());
  } finally {
    await proxy.close();
  }
}

function keyfobEnded(): never {
  throw commandError('not_running', 'Keyfob has ended, and so has this command.', 'Start both again.');
}

/** Whether tokens that were placed already are not to be used any more. */
function endsWhatIsUnderWay({ type, data }: ServerEvent, account: string): boolean {
  if (type === 'vault.locked') return true;
  if (type !== 'account.signed_out' && type !== 'account.removed') return false;
  return typeof data === 'object' && data !== null && 'account' in data && data.account === account;
}

function tellReady(account: string, base: string, port: number, json: boolean): void {
  const url = `http://127.0.0.1:${String(port)}`;
  if (json) {
    process.stdout.write(jsonText({ ready: true, pid: process.pid, url, account, api_base: base }));
    return;
  }
  process.stdout.write(`${url}\n`);
  const command = `\`${commandName(process.env)} client add NAME --accounts ${clean(account)}\``;
  process.stderr.write(
    `This is ${clean(base)} with the token of ${clean(account)}, until you press Ctrl-C or Keyfob ends.\n` +
      `Send a client key as \`Authorization: Bearer kf_…\`, or as the password of HTTP Basic (any user name): ${command} creates one.\n`,
  );
}
