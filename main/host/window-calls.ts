// The host's side of the contract with the window: one table of calls, the same for the desktop's IPC and the
// agent's HTTP.
//
// Invariants: a name that the table has not, and a request that its schema refuses, reach nothing; whatever
// goes wrong is a problem as data, never a stack; who took a token is in the audit.
import { createEmitter } from '../platform/emitter.ts';
import type { z } from 'zod';
import type { Problem } from '../api/problem.ts';
import { calls, type CallName, type Judged, type News, type Reply } from '../api/window.ts';
import { KeyfobError, toProblem } from '../api/errors.ts';
import { shapeError } from '../endpoint/index.ts';
import type { Abilities } from './abilities.ts';
import { accountCalls } from './calls/accounts.ts';
import { homeCalls } from './calls/home.ts';
import { providerCalls } from './calls/providers.ts';
import { toolCalls } from './calls/tools.ts';
import { tellNews } from './window-news.ts';
import type { CallTable, HostServices, WindowServices } from './window-services.ts';

export type { Abilities } from './abilities.ts';

export interface WindowCalls {
  /** Answers a call of a window; never rejects. */
  call(name: unknown, request: unknown): Promise<Reply>;
  /** Hears what is told to every window; the answer ends it. */
  listen(hear: (news: News) => void): () => void;
  /** Tells every window something of the home's own, such as a place to show. */
  tell(news: News): void;
  /** Ends the news. */
  close(): void;
}

/** Calls that are written into the audit: they use or change an account, let secrets leave, or say who may get them. */
export const audited: ReadonlySet<CallName> = new Set<CallName>([
  'account.use',
  'account.copy',
  'account.reveal',
  'account.refresh',
  'account.add',
  'account.change',
  'account.remove',
  'account.logout',
  'account.revoke',
  'account.who_am_i',
  'sign_in.start',
  'transfer.export',
  'transfer.import',
  'provider.add',
  'client.add',
  'client.remove',
  'approval.answer',
  'vault.lock',
  'vault.unlock',
  'vault.move',
]);

/** Makes the calls over a host and what its home can do. */
export function createWindowCalls(host: HostServices, abilities: Abilities): WindowCalls {
  const news = createEmitter<[News]>();
  const tell = news.emit;
  const services: WindowServices = { ...host, status: () => host.status(), abilities, tell };
  const table: CallTable = {
    ...homeCalls(services),
    ...accountCalls(services),
    ...providerCalls(services),
    ...toolCalls(services),
  };
  const endNews = tellNews(services);
  const endForgetting = forgetWithAccount(services);

  const isCall = (name: unknown): name is CallName => typeof name === 'string' && Object.hasOwn(table, name);

  const run = async <Name extends CallName>(name: Name, given: unknown): Promise<Reply<Name>> => {
    const judged = judge(name, given);
    if (!judged.success) {
      return refused(shapeError('bad_call', judged.error));
    }
    const via = host.status().host === 'desktop' ? 'window' : 'console';
    const asked = { via, route: name, audited: audited.has(name), account: accountIn(name, given) } as const;
    try {
      const value = await host.access.byOwner(asked, (context) => table[name](judged.data, context));
      return { ok: true, value };
    } catch (thrown) {
      return refused(thrown);
    }
  };

  return {
    call: async (name, request) =>
      isCall(name) ? run(name, request) : refused(new KeyfobError('unknown_call', {})),
    listen: news.on,
    tell,
    close() {
      endNews();
      endForgetting();
      news.clear();
    },
  };
}

function refused(thrown: unknown): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: toProblem(thrown) };
}

/** Judges a request by its call's schema. */
function judge<Name extends CallName>(name: Name, given: unknown): z.ZodSafeParseResult<Judged<Name>> {
  const schema: z.ZodType = calls[name].request;
  // The table's schema of this very call: what it lets through is of the call's request.
  return schema.safeParse(given) as z.ZodSafeParseResult<Judged<Name>>;
}

/** The account that a call is about. */
function accountIn(call: CallName, request: unknown): string | null {
  if (call.startsWith('client.')) return null;
  const named = typeof request === 'object' && request !== null && 'name' in request ? request.name : null;
  return typeof named === 'string' ? named : null;
}

/** An account that is removed takes along what keeps it signed in with its vendor. */
function forgetWithAccount({ keyfob, preferences, abilities }: WindowServices): () => void {
  return keyfob.on((event) => {
    if (event.type !== 'account.removed') return;
    const { stay_signed_in: staying } = preferences.read();
    if (!staying.includes(event.account)) return;
    preferences.change({ stay_signed_in: staying.filter((name) => name !== event.account) });
    void Promise.resolve(abilities.sign_in_window?.forget(event.account)).catch(() => undefined);
  });
}
