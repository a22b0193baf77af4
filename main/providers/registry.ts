// The providers that there are: the built-in ones and a person's own. A built-in one is read when it is asked for.
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import { providerView } from './views.ts';
import { checkProfile, faultAt, readProfile, type ProfileCheck } from '../oauth/profile-check.ts';
import type { ReadBuiltIn } from '../oauth/profile-extends.ts';
import { listedTexts, type Profile, type ProfileFile } from '../oauth/profile.ts';
import type { ProviderView, ProviderSummary } from '../api/providers.ts';

/** Own provider profiles, as the texts of their files. */
export interface ProfileStore {
  /** Each with its text, or why that cannot be read. */
  list(): Promise<({ id: string; text: string } | { id: string; unreadable: Message })[]>;
  write(id: string, text: string): Promise<void>;
}

/** The built-in providers. */
export interface BuiltInProviders {
  /** In the order that people see them. */
  readonly list: readonly ProviderSummary[];
  readonly read: ReadBuiltIn;
}

type Checked = Extract<ProfileCheck, { ok: true }>;

export class Catalogue {
  readonly #builtIn: BuiltInProviders;
  readonly #builtInIds: ReadonlySet<string>;
  readonly #read = new Map<string, Promise<Checked | null>>();
  readonly #own = new Map<string, Checked & { readonly text: string }>();
  readonly #store: ProfileStore;

  constructor(builtIn: BuiltInProviders, store: ProfileStore) {
    this.#builtIn = builtIn;
    this.#builtInIds = new Set(builtIn.list.map(({ id }) => id));
    this.#store = store;
  }

  /** Reads the own profiles; those that cannot be used are left out, each with a notice in the answer. */
  async load(): Promise<Message[]> {
    const notices: Message[] = [];
    for (const { id, ...found } of await this.#store.list()) {
      if ('unreadable' in found) {
        notices.push(found.unreadable);
        continue;
      }
      const { text } = found;
      const check = await this.check(text);
      if (!check.ok) {
        const [first] = check.problems;
        notices.push(message('profile_left_out', { id, line: first.line, fault: faultAt(first) }));
      } else if (!this.has(check.profile.id)) {
        this.#own.set(check.profile.id, { ...check, text });
      }
    }
    return notices;
  }

  has(id: string): boolean {
    return this.#builtInIds.has(id) || this.#own.has(id);
  }

  /** Throws `no_such_provider`. */
  demand(id: string): void {
    if (!this.has(id)) {
      const ids = this.list().map((one) => one.id);
      throw new KeyfobError(
        'unknown_provider',
        { provider: id, ids },
        { action: { type: 'add_provider', params: {} } },
      );
    }
  }

  /** Throws `no_such_provider`. */
  async get(id: string): Promise<Profile> {
    return (await this.#checked(id)).profile;
  }

  /** The profile as its file holds it, with what it extends. Throws `no_such_provider`. */
  async merged(id: string): Promise<ProfileFile> {
    return (await this.#checked(id)).merged;
  }

  list(): ProviderSummary[] {
    const own = [...this.#own.values()].map(({ merged }): ProviderSummary => ({
      id: merged.id,
      ...listedTexts.parse(merged),
      built_in: false,
      category: null,
    }));
    return [...this.#builtIn.list, ...own];
  }

  /** The person's own profiles, as their files hold them. */
  own(): unknown[] {
    return [...this.#own.values()].map(({ text }) => JSON.parse(text.replace(/^\ufeff/, '')) as unknown);
  }

  views(): Promise<ProviderView[]> {
    return Promise.all(this.list().map(async (one) => providerView(await this.get(one.id), one.built_in)));
  }

  /** Checks the text of a profile's file. */
  check(text: string): Promise<ProfileCheck> {
    return checkProfile(text, this.#builtIn.read);
  }

  /**
   * Checks and keeps an own profile, once `accept` has not thrown. Throws `bad_request` with line and reason,
   * `already_exists`.
   */
  async add(text: string, accept: (profile: Profile) => void): Promise<Profile> {
    const check = await this.check(text);
    if (!check.ok) {
      const [first] = check.problems;
      throw new KeyfobError(
        'invalid_profile',
        { line: first.line, fault: faultAt(first) },
        { action: { type: 'check_profile', params: {} } },
      );
    }
    const { profile } = check;
    if (this.#builtInIds.has(profile.id)) {
      throw new KeyfobError('built_in_id', { id: profile.id }, { field: 'id' });
    }
    accept(profile);
    await this.#store.write(profile.id, text);
    this.#own.set(profile.id, { ...check, text });
    return profile;
  }

  async #checked(id: string): Promise<Checked> {
    this.demand(id);
    const own = this.#own.get(id);
    if (own !== undefined) return own;
    const reading = this.#read.get(id) ?? readProfile(id, this.#builtIn.read);
    this.#read.set(id, reading);
    const found = await reading;
    if (found === null) throw new TypeError(`${id} is listed as a built-in provider and has no profile`);
    return found;
  }
}
