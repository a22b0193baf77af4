// A Keyfob over a virtual clock, a vault that can be watched, and a vendor that a test scripts.
import { SettingsKeeper } from '../main/accounts/settings-keeper.ts';
import { createKeyfob, type KeyfobWithSettings } from '../main/accounts/create.ts';
import { message } from '../main/api/problems/index.ts';
import type { SignIn, Vault } from '../main/accounts/ports.ts';
import type { Fetch, FetchInit } from '../main/oauth/ports.ts';
import type { KeyfobError } from '../main/api/errors.ts';
import { inProcess } from '../main/vaults/in-process.ts';
import { Reach } from '../main/vaults/reach.ts';
import type { VaultKind } from '../main/api/status.ts';
import { absent, VersionConflict, type Lease, type Version, type Versioned } from '../main/vaults/port.ts';
import { builtInProviders } from '../main/providers/index.ts';
import type { KeyfobEvent } from '../main/api/events.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface Asked {
  readonly url: string;
  readonly init: FetchInit;
  /** Parameters of the body (form or JSON), the query, and the x-* headers, by their wire names. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Unix ms. */
  readonly at: number;
}

export type Answer = (asked: Asked) => Response | Promise<Response>;

/** Answers as JSON. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers });
}

/** A vault in memory whose writes a test can hold back or fail. */
export class WatchedVault implements Vault {
  /** What it says it is; a test of what outlives a process makes it a file. */
  kind: VaultKind = 'memory';
  locked = false;
  /** What it holds, by name. */
  readonly entries: Map<string, string>;
  readonly #versions = new Map<string, Version>();
  readonly #inProcess = inProcess();
  readonly #reach = new Reach();
  #counter = 1;
  /** Awaited before each write is acknowledged. */
  beforeWrite: (name: string, text: string) => Promise<void> = async () => {};
  /** Awaited before each removal. */
  beforeRemove: (name: string) => Promise<void> = async () => {};

  constructor(entries = new Map<string, string>()) {
    this.entries = entries;
  }
  /** Why it is out of reach; a test sets it, and every call throws it then. */
  get away(): KeyfobError | null {
    return this.#reach.away;
  }
  set away(why: KeyfobError | null) {
    this.#reach.away = why;
  }
  /** What the next look finds; undefined: as it is. */
  nextLook: KeyfobError | null | undefined;
  readonly watchReach = this.#reach.watch;
  async look(): Promise<void> {
    if (this.nextLook !== undefined) this.away = this.nextLook;
  }
  #demandThere(): void {
    if (this.away !== null) throw this.away;
  }
  async get(name: string): Promise<Versioned | null> {
    this.#demandThere();
    const entry = this.entries.get(name);
    return entry === undefined ? null : { entry, version: await this.versionOf(name) };
  }
  async getAll(): Promise<ReadonlyMap<string, Versioned> | null> {
    return null;
  }
  async versionOf(name: string): Promise<Version> {
    this.#demandThere();
    return this.entries.has(name) ? (this.#versions.get(name) ?? 1) : absent;
  }
  async put(name: string, entry: string, expected: Version): Promise<Version> {
    await this.#expect(name, expected);
    await this.beforeWrite(name, entry);
    await this.#expect(name, expected);
    this.#counter += 1;
    this.entries.set(name, entry);
    this.#versions.set(name, this.#counter);
    return this.#counter;
  }
  async remove(name: string, expected: Version): Promise<void> {
    await this.#expect(name, expected);
    await this.beforeRemove(name);
    this.entries.delete(name);
  }
  async #expect(name: string, expected: Version): Promise<void> {
    const actual = await this.versionOf(name);
    if (actual !== expected) throw new VersionConflict(name, actual);
  }
  lease(name: string, ttl: number): Promise<Lease | null> {
    return this.#inProcess.lease(name, ttl);
  }
  watch(): () => void {
    return () => undefined;
  }
  async settled(): Promise<void> {
    await Promise.resolve();
  }
  async close(): Promise<void> {
    await Promise.resolve();
  }
  async list(): Promise<string[]> {
    this.#demandThere();
    return [...this.entries.keys()];
  }
  async lock(): Promise<void> {
    this.locked = true;
  }
  async unlock(): Promise<void> {
    this.locked = false;
  }
}

const noSignIn: SignIn = {
  begin: async () => {
    throw new Error('this test has no sign-in window');
  },
};

export interface Kit {
  readonly keyfob: KeyfobWithSettings;
  readonly clock: VirtualClock;
  readonly vault: WatchedVault;
  /** Every request that reached the vendor. */
  readonly asked: Asked[];
  readonly events: KeyfobEvent[];
  /** What the vendor answers; tests set it. */
  answer: Answer;
  /** Seconds before its end at which a person wants a token renewed. */
  refreshAhead: number;
  /** The same home, opened by a new Keyfob after the old one was killed. */
  restart(): Promise<Kit>;
}

/** What outlives a Keyfob, and what it runs on. */
export interface Home {
  readonly clock: VirtualClock;
  readonly vault: WatchedVault;
  /** `text`: that of the file, to name lines of. */
  readonly stored: { settings: unknown; text?: string };
  readonly signIn: SignIn;
  /** Awaited before the settings are written. */
  beforeSettings?: () => Promise<void>;
  readonly rememberVault?: boolean;
  /** Whether programs may begin a sign-in. */
  readonly signInOnDemand?: () => boolean;
}

/** A home with nothing in it. */
export function emptyHome(): Home {
  return {
    clock: new VirtualClock(),
    vault: new WatchedVault(),
    stored: { settings: { version: 1 } },
    signIn: noSignIn,
  };
}

/** Opens a Keyfob on an empty home, or on the one given. */
export async function openKit(answer: Answer, home: Home = emptyHome()): Promise<Kit> {
  const asked: Asked[] = [];
  const events: KeyfobEvent[] = [];
  const fetch: Fetch = async (url, init) => {
    const one = { url, init, parameters: parametersOf(url, init), at: home.clock.unixMs() };
    asked.push(one);
    return kit.answer(one);
  };
  const keyfob = createKeyfob({
    ...home,
    fetch,
    settings: new SettingsKeeper({
      read: () => home.stored.settings,
      source: () => home.stored.text ?? null,
      write: async (settings) => {
        await home.beforeSettings?.();
        home.stored.settings = structuredClone(settings);
      },
    }),
    profiles: { list: async () => [], write: async () => {} },
    builtInProviders,
    describeFailure: () => message('text', { text: 'The vendor could not be reached.', hint: '' }),
    rememberVault: home.rememberVault ?? false,
    refreshAhead: () => kit.refreshAhead,
  });
  keyfob.on((event) => events.push(event));
  const kit: Kit = {
    keyfob,
    clock: home.clock,
    vault: home.vault,
    asked,
    events,
    answer,
    refreshAhead: 0,
    restart: () => openKit(kit.answer, { ...home, vault: new WatchedVault(new Map(home.vault.entries)) }),
  };
  await keyfob.start();
  return kit;
}

function parametersOf(url: string, init: FetchInit): Record<string, string> {
  const found: Record<string, string> = Object.fromEntries(new URL(url).searchParams);
  const type = init.headers['content-type'] ?? '';
  if (init.body !== undefined) {
    Object.assign(
      found,
      type.includes('json') ? JSON.parse(init.body) : Object.fromEntries(new URLSearchParams(init.body)),
    );
  }
  for (const [name, value] of Object.entries(init.headers)) {
    if (name.startsWith('x-')) {
      found[name] = value;
    }
  }
  return found;
}
