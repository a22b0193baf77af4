// The practice vendor for a newcomer's first token: found on its port, or started for as long as the host runs.
//
// Invariant: what answers on the port is taken for the practice vendor only when it speaks as one; else another
// port is used. The module of the practice vendor itself is given, so that it is loaded only when it is wanted.
import { isLoopbackHost } from '../oauth/url.ts';
import type { Abilities, PracticeAccount } from './abilities.ts';

interface Description {
  readonly person: { readonly username: string; readonly password: string };
  readonly accounts: readonly (PracticeAccount & { readonly name: string; readonly try: string })[];
}

/** The module of the practice vendor, as far as it is used here. */
export interface PracticeModule {
  readonly SANDBOX_PORT: number;
  startSandbox(options: { port: number }): Promise<{
    readonly description: Description;
    close(): Promise<void>;
  }>;
  describeSandbox(url: string): Description;
}

/** The account a newcomer gets: it signs in on a page, with no redirect URI to register. */
const shown = 'practice-json';
const answerLimitMs = 2_000;

/** Makes the ways to accounts of the practice vendor; `onClose` is given how to end one that was started. */
export function createPractice(
  load: () => Promise<PracticeModule>,
  onClose: (step: () => unknown) => void,
  port?: number,
): Pick<Abilities, 'practice' | 'practiceHelp'> {
  let starting: Promise<Description> | null = null;

  const find = async (): Promise<Description> => {
    const sandbox = await load();
    const usual = port ?? sandbox.SANDBOX_PORT;
    const url = `http://127.0.0.1:${String(usual)}`;
    if (await speaksAsPractice(url)) return sandbox.describeSandbox(url);
    starting ??= start(sandbox, usual).catch((error: unknown) => {
      starting = null;
      throw error;
    });
    return starting;
  };

  const start = async (sandbox: PracticeModule, usual: number): Promise<Description> => {
    const vendor = await sandbox.startSandbox({ port: usual }).catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
      return sandbox.startSandbox({ port: 0 });
    });
    onClose(() => vendor.close());
    return vendor.description;
  };

  return {
    async practice() {
      const { accounts } = await find();
      const found = accounts.find(({ name }) => name === shown);
      if (found === undefined) throw new TypeError(`the practice vendor has no account ${shown}`);
      const { provider, grant, settings, secrets } = found;
      return { provider, grant, settings, secrets };
    },
    async practiceHelp({ provider, grant, settings }) {
      const origin = Object.values(settings).map(loopbackOrigin).find(Boolean);
      if (origin === undefined || origin === null) return null;
      const { accounts, person } = (await load()).describeSandbox(origin);
      const like = accounts.find(
        (one) =>
          one.provider === provider &&
          one.grant === grant &&
          Object.entries(one.settings).every(([field, value]) => settings[field] === value),
      );
      return like === undefined ? null : { try: like.try, person };
    },
  };
}

/** The origin of an address on this machine; null for any other text. */
function loopbackOrigin(text: string): string | null {
  const url = URL.parse(text);
  return url !== null && url.protocol === 'http:' && isLoopbackHost(url.hostname) ? url.origin : null;
}

/** Whether the control route of a practice vendor answers there. */
async function speaksAsPractice(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/control`, {
      redirect: 'error',
      signal: AbortSignal.timeout(answerLimitMs),
    });
    const state: unknown = answer.ok ? await answer.json() : null;
    return typeof state === 'object' && state !== null && 'codeLifetime' in state && 'tokens' in state;
  } catch {
    return false;
  }
}
