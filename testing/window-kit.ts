// The window's calls over a real host in a home of its own and a real practice vendor; no window.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Answer, CallName, News, Request } from '../main/api/window.ts';
import type { Problem } from '../main/api/problem.ts';
import type { VaultKind } from '../main/api/status.ts';
import { createFetch } from '../main/platform/network.ts';
import type { Abilities } from '../main/host/abilities.ts';
import { createCallbackSignIn } from '../main/host/callback.ts';
import { openHost } from '../main/host/index.ts';
import type { Host } from '../main/host/index.ts';
import { createPractice } from '../main/host/practice.ts';
import { createWindowCalls } from '../main/host/window-calls.ts';
import type { WindowCalls } from '../main/host/window-calls.ts';
import * as sandboxModule from '../main/sandbox/index.ts';
import type { PracticeAccount, Sandbox } from '../main/sandbox/index.ts';

export interface WindowKit extends AsyncDisposable {
  readonly home: string;
  readonly host: Host;
  readonly calls: WindowCalls;
  readonly vendor: Sandbox;
  /** What was told since the start. */
  readonly news: News[];
  /** Every answer that was given, as text: for canaries. */
  readonly answers: { readonly name: string; readonly text: string }[];
  /** Addresses that were opened. */
  readonly opened: string[];
  /** Calls and gives the answer. Throws what was refused, as `CODE: detail`. */
  ask<Name extends CallName>(name: Name, request: Request<Name>): Promise<Answer<Name>>;
  /** Calls and gives the problem; throws when there was none. */
  refused(name: string, request: unknown): Promise<Problem>;
  /** Adds an account of the practice vendor. */
  add(practice: string, as?: string): Promise<PracticeAccount>;
  /** Opens the same home again, once this host has ended. */
  restart(vault?: VaultKind, passphraseFile?: string): Promise<WindowKit>;
}

export interface WindowKitOptions {
  readonly abilities?: Partial<Abilities>;
  readonly vault?: VaultKind | undefined;
  readonly passphraseFile?: string | undefined;
}

/** Opens a kit; `abilities` stand in for those of a host without a clipboard. */
export async function windowKit(options: WindowKitOptions = {}, home?: string): Promise<WindowKit> {
  const folder = home ?? path.join(mkdtempSync(path.join(os.tmpdir(), 'kf-window-')), 'home');
  const vendor = await sandboxModule.startSandbox({ port: 0 });
  const before = process.env['KEYFOB_HOME'];
  process.env['KEYFOB_HOME'] = folder;
  const signIn = createCallbackSignIn();
  const host = await openHost({
    kind: 'agent',
    vault: 'vault' in options ? options.vault : 'memory',
    passphraseFile: options.passphraseFile,
    fetch: createFetch({ version: '9.9.9' }),
    signIn,
  }).finally(() => {
    if (before === undefined) delete process.env['KEYFOB_HOME'];
    else process.env['KEYFOB_HOME'] = before;
  });
  const opened: string[] = [];
  const calls = createWindowCalls(host.services, {
    clipboard: null,
    open_at_login: null,
    shortcuts: null,
    panel: null,
    updates: false,
    sign_in_window: null,
    openExternal: (url) => void opened.push(url),
    online: () => true,
    trayMissing: () => false,
    ...createPractice(async () => sandboxModule, host.onClose, vendor.port),
    ...options.abilities,
  });
  const news: News[] = [];
  calls.listen((one) => news.push(one));
  const answers: { name: string; text: string }[] = [];
  const call = async (name: string, request: unknown): ReturnType<WindowCalls['call']> => {
    const reply = await calls.call(name, request);
    answers.push({ name, text: JSON.stringify(reply) });
    return reply;
  };
  let ended = false;
  const end = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    calls.close();
    await host.close();
    await signIn.close();
    await vendor.close();
  };
  const kit: WindowKit = {
    home: folder,
    host,
    calls,
    vendor,
    news,
    answers,
    opened,
    async ask<Name extends CallName>(name: Name, request: Request<Name>): Promise<Answer<Name>> {
      const reply = await call(name, request);
      if (!reply.ok) throw new Error(`${reply.problem.code}: ${JSON.stringify(reply.problem)}`);
      // The table of calls is typed by the same schemas.
      return reply.value as Answer<Name>;
    },
    async refused(name, request) {
      const reply = await call(name, request);
      if (reply.ok) throw new Error(`${name} was not refused`);
      return reply.problem;
    },
    async add(practice, as = practice) {
      const found = vendor.description.accounts.find(({ name }) => name === practice);
      if (found === undefined) throw new TypeError(`no practice account ${practice}`);
      const { provider, grant, settings, secrets } = found;
      await kit.ask('account.add', { name: as, provider, grant, settings, secrets });
      return found;
    },
    async restart(vault, passphraseFile) {
      await end();
      return windowKit({ ...options, vault, passphraseFile }, folder);
    },
    async [Symbol.asyncDispose]() {
      await end();
      rmSync(path.dirname(folder), { recursive: true, force: true });
    },
  };
  return kit;
}

/** Signs in on the practice vendor's page as a browser would, and gives the address it is sent back to. */
export async function signInOnPage(authorizeUrl: string, vendor: Sandbox): Promise<string> {
  const { username, password } = vendor.description.person;
  const answer = await fetch(authorizeUrl, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ username, password }).toString(),
  });
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`the page answered ${String(answer.status)}`);
  return location;
}

/** A practice account that signs in by itself. */
export const application = 'practice-json-application';

/** Adds an account of the practice vendor that signs in by itself, as `hq`. */
export async function signedIn(kit: WindowKit, practice = application): Promise<void> {
  await kit.add(practice, 'hq');
  const started = await kit.ask('sign_in.start', { name: 'hq' });
  if (started.kind !== 'done' || started.account.state !== 'live') throw new Error('hq is not signed in');
}

/** Lets news of this turn be told. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** The news of a type that were told. */
export const told = <Type extends News['type']>(
  kit: WindowKit,
  type: Type,
): Extract<News, { type: Type }>[] =>
  kit.news.filter((one): one is Extract<News, { type: Type }> => one.type === type);
