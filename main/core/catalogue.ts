// The providers that there are: the built-in ones and a person's own.
import { KeyfobError } from './errors.ts';
import { providerView } from './fields.ts';
import type { ProfileStore } from './ports.ts';
import { checkProfileText, type Profile, type ProfileProblem } from './profile.ts';
import type { ProviderView } from './views.ts';

interface Entry {
  readonly profile: Profile;
  readonly builtIn: boolean;
}

export class Catalogue {
  readonly #entries: Map<string, Entry>;
  readonly #store: ProfileStore;

  constructor(builtIn: readonly Profile[], store: ProfileStore) {
    this.#entries = new Map(builtIn.map((profile) => [profile.id, { profile, builtIn: true }]));
    this.#store = store;
  }

  /** Reads the own profiles; those that cannot be used are left out, each with a sentence in the answer. */
  async load(): Promise<string[]> {
    const notices: string[] = [];
    for (const { id, text } of await this.#store.list()) {
      const check = checkProfileText(text);
      if (!check.ok) {
        notices.push(`The profile ${id} is left out: ${inWords(check.problems[0])}.`);
      } else if (!this.#entries.has(check.profile.id)) {
        this.#entries.set(check.profile.id, { profile: check.profile, builtIn: false });
      }
    }
    return notices;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /** Throws `no_such_provider`. */
  get(id: string): Profile {
    const found = this.#entries.get(id);
    if (found === undefined) {
      throw new KeyfobError('no_such_provider', `There is no provider "${id}".`, {
        hint: `Choose one of: ${[...this.#entries.keys()].join(', ')}; or add yours: keyfob provider add FILE.`,
      });
    }
    return found.profile;
  }

  /** The person's own profiles. */
  own(): Profile[] {
    return [...this.#entries.values()].filter(({ builtIn }) => !builtIn).map(({ profile }) => profile);
  }

  views(): ProviderView[] {
    return [...this.#entries.values()].map(({ profile, builtIn }) => providerView(profile, builtIn));
  }

  /**
   * Checks and keeps an own profile, once `accept` has not thrown. Throws `bad_request` with line and reason,
   * `already_exists`.
   */
  async add(text: string, accept: (profile: Profile) => void): Promise<Profile> {
    const check = checkProfileText(text);
    if (!check.ok) {
      throw new KeyfobError('bad_request', `The profile is not valid: ${inWords(check.problems[0])}.`, {
        hint: 'See all problems with `keyfob provider check FILE`.',
      });
    }
    const { profile } = check;
    if (this.#entries.get(profile.id)?.builtIn === true) {
      throw new KeyfobError('already_exists', `${profile.id} is the name of a built-in provider.`, {
        hint: 'Give the profile another id.',
      });
    }
    accept(profile);
    await this.#store.write(profile.id, text);
    this.#entries.set(profile.id, { profile, builtIn: false });
    return profile;
  }
}

function inWords(problem: ProfileProblem | undefined): string {
  return problem === undefined
    ? 'it cannot be read'
    : `line ${String(problem.line)}, ${problem.path === '' ? 'the file' : problem.path} ${problem.reason}`;
}
