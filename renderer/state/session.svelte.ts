// What the host told: accounts, providers, approvals, clients, preferences and its own status.
//
// Invariants: nothing here is a secret or a token; every list but that of the accounts is replaced, never changed in
// place; after a lost connection the whole overview is asked for again. An overview never undoes what was told after it
// was asked for.
import type { Api } from '../../preload/api.ts';
import { lang } from '../i18n/lang.svelte.ts';
import type { AccountView } from '../../main/api/accounts.ts';
import type { News, Overview } from '../../main/api/window.ts';
import type { Preferences } from '../../main/api/preferences.ts';
import type { SignInView } from '../../main/api/sign-ins.ts';
import { AccountStore } from './account-store.svelte.ts';

export type Connection = 'starting' | 'open' | 'lost' | 'ended';

/** News that change what is kept here. */
type Change = Exclude<News, { type: 'show' | 'panel' | 'overview' | 'audit' | 'connection' }>;

export class Session {
  readonly #api: Api;
  overview = $state.raw<Omit<Overview, 'accounts'> | null>(null);
  readonly store = new AccountStore();
  connection: Connection = $state('starting');
  /** Whether the first overview is here, and the sentences that it is told in. */
  ready = $state(false);
  /** Whether all accounts are here, not those alone that are drawn at once. */
  complete = $state(false);
  /** How many loads were begun: of several the newest alone counts. */
  #loads = 0;
  /** What was told since the overview was asked for; null: it is not asked for. */
  #told: readonly Change[] | null = null;
  #heardAudit: readonly (() => void)[] = [];

  /** A change of any account changes it: a list of many reads the store's entries instead. */
  readonly accounts: readonly AccountView[] = $derived(this.store.entries.map((one) => one.view));
  readonly providers = $derived(this.overview?.providers ?? []);
  readonly approvals = $derived(this.overview?.approvals ?? []);
  readonly clients = $derived(this.overview?.clients ?? []);
  readonly selected: AccountView | null = $derived(this.store.selected);
  readonly #providerNames: Readonly<Record<string, string>> = $derived(
    Object.fromEntries(this.providers.map((one) => [one.id, lang.text(one.name)])),
  );

  constructor(api: Api) {
    this.#api = api;
  }

  providerName(id: string): string {
    return this.#providerNames[id] ?? id;
  }

  byName(name: string): AccountView | null {
    return this.store.byName(name);
  }

  signInOf(account: string): SignInView | null {
    return this.overview?.sign_ins.findLast((one) => one.account === account) ?? null;
  }

  /**
   * Listens to the host and asks for everything; `show` is called when the host asks for a screen, `panel` when the
   * quick panel is about to be shown, or is hidden. `first`: how many accounts are enough to begin with; the others are
   * asked for once these are shown. Returns its end.
   */
  start(
    show: (news: Extract<News, { type: 'show' }>) => void,
    panel: (shown: boolean) => void = () => undefined,
    first?: number,
  ): () => void {
    const end = this.#api.onNews((news) => {
      if (news.type === 'show') show(news);
      else if (news.type === 'panel') panel(news.shown);
      else this.#hear(news);
    });
    void this.load(first);
    return end;
  }

  /**
   * Asks for the overview, and for the sentences that it is told in; a host that does not answer is shown as lost. At
   * first `first` accounts may do; whoever has seen all of them is shown all of them again.
   */
  async load(first?: number): Promise<void> {
    this.#loads += 1;
    const own = this.#loads;
    const isNewest = (): boolean => own === this.#loads;
    const ask = async (wanted: { first?: number }): Promise<void> => {
      this.#told = [];
      const overview = await this.#api.call('overview', wanted);
      if (isNewest()) this.#takeAll(overview);
    };
    try {
      await Promise.all([
        ask(first === undefined || this.complete ? {} : { first }),
        // The sentences at once too, in what is probably the language.
        this.#speak(),
      ]);
      await this.#speak();
      if (!isNewest()) return;
      this.ready = true;
      if (this.connection !== 'ended') this.connection = 'open';
      if (this.complete) return;
      // What is shown first asks first.
      await new Promise((resolve) => setTimeout(resolve));
      if (isNewest()) await ask({});
    } catch {
      if (!isNewest()) return;
      this.#told = null;
      this.#lose();
    }
  }

  #takeAll({ accounts, ...overview }: Overview): void {
    this.store.replaceAll(accounts);
    this.overview = overview;
    this.complete = accounts.length === overview.account_count;
    // What was told meanwhile is newer than the answer, or what makes it old is told next.
    const told = this.#told ?? [];
    this.#told = null;
    for (const news of told) this.#take(news);
  }

  /** Speaks the language that is set, and asks for the host's sentences in it, unless they are here. */
  async #speak(): Promise<void> {
    await lang.choose(this.overview?.preferences.language ?? 'system');
    const { language } = lang;
    if (lang.hostTexts?.language === language) return;
    const texts = await this.#api.call('texts', { language });
    // The language may have changed meanwhile: then its own are under way.
    if (language === lang.language) lang.hostTexts = texts;
  }

  #lose(): void {
    if (this.connection !== 'ended') this.connection = 'lost';
  }

  onAudit(hear: () => void): () => void {
    this.#heardAudit = [...this.#heardAudit, hear];
    return () => (this.#heardAudit = this.#heardAudit.filter((one) => one !== hear));
  }

  takeAccount(account: AccountView): void {
    this.store.take(account);
  }

  takeSignIn(signIn: SignInView): void {
    this.#change((old) => ({ sign_ins: [...old.sign_ins.filter((one) => one.id !== signIn.id), signIn] }));
  }

  takePreferences(preferences: Preferences): void {
    const before = this.overview?.preferences.language;
    this.#change(() => ({ preferences }));
    // An answer and its news tell the same.
    if (preferences.language === before) return;
    this.#speak().catch(() => {
      this.#lose();
    });
  }

  #hear(news: Exclude<News, { type: 'show' | 'panel' }>): void {
    switch (news.type) {
      case 'overview':
        return void this.load();
      case 'audit':
        for (const hear of this.#heardAudit) hear();
        return;
      case 'connection':
        if (news.state === 'back') return void this.load();
        this.connection = news.state === 'ended' ? 'ended' : 'lost';
        return;
      default:
        if (this.#told !== null) this.#told = [...this.#told, news];
        this.#take(news);
    }
  }

  #take(news: Change): void {
    switch (news.type) {
      case 'accounts':
        for (const account of news.accounts) this.store.take(account);
        return;
      case 'account_removed':
        return this.store.remove(news.name);
      case 'sign_in':
        return this.takeSignIn(news.sign_in);
      case 'approvals':
        return this.#change(() => ({ approvals: news.approvals }));
      case 'clients':
        return this.#change(() => ({ clients: news.clients }));
      case 'providers':
        return this.#change(() => ({ providers: news.providers }));
      case 'status':
        return this.#change(() => ({ status: news.status }));
      case 'preferences':
        return this.takePreferences(news.preferences);
    }
  }

  #change(how: (old: Omit<Overview, 'accounts'>) => Partial<Overview>): void {
    if (this.overview !== null) this.overview = { ...this.overview, ...how(this.overview) };
  }
}
