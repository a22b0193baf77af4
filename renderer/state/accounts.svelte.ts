// What a person does with an account, and the question that is asked before it loses its sign-in.
//
// Invariant: a token passes through `copy` as a local alone and is kept by nothing here.
import type { CopyForm } from '../../main/api/window.ts';
import { lang } from '../i18n/lang.svelte.ts';
import { countdown } from './clipboard.svelte.ts';
import type { Clipboard } from './clipboard.svelte.ts';
import type { Host } from './host.svelte.ts';
import type { Navigation } from './navigation.svelte.ts';
import type { Session } from './session.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

/** A question before something that cannot be undone. */
interface Confirmation {
  readonly action: 'sign_out' | 'revoke' | 'remove';
  readonly name: string;
  /** Whether the vendor can end the token. */
  readonly canRevoke: boolean;
}

interface Copied {
  readonly name: string;
  readonly as: CopyForm;
  readonly text: string;
  /** Unix seconds; `until`: null where it stays in the clipboard. */
  readonly at: number;
  readonly until: number | null;
}

/** Codes of what an account's view tells itself, by its last error. */
const toldByAccount: ReadonlySet<string> = new Set([
  'vendor_refused',
  'vendor_unreachable',
  'unusable_answer',
  'sign_in_needed',
]);

interface Dependencies {
  readonly host: Host;
  readonly session: Session;
  readonly navigation: Navigation;
  readonly toasts: Toasts;
  readonly clipboard: Clipboard;
}

export class Accounts {
  readonly #host: Host;
  readonly #session: Session;
  readonly #navigation: Navigation;
  readonly #toasts: Toasts;
  readonly #clipboard: Clipboard;
  /** The account whose details are shown; null: none. */
  #shown: string | null = null;
  /** What was copied last, where its details say so. */
  copied: Copied | null = $state.raw(null);
  /** The question that is open; null: none. */
  confirmation: Confirmation | null = $state.raw(null);
  /** The question whether a token may be copied; null: none. */
  copyQuestion: { readonly name: string; readonly as: CopyForm } | null = $state.raw(null);
  /** The account whose labels are being changed; null: none. */
  labelling: string | null = $state.raw(null);

  constructor({ host, session, navigation, toasts, clipboard }: Dependencies) {
    this.#host = host;
    this.#session = session;
    this.#navigation = navigation;
    this.#toasts = toasts;
    this.#clipboard = clipboard;
  }

  /** Drops every question that is open, and what was copied. */
  clear(): void {
    this.confirmation = null;
    this.copyQuestion = null;
    this.labelling = null;
    this.copied = null;
  }

  /** Makes it the default, and says what follows: the scripts get it from now on, and one step leads back. */
  async use(name: string): Promise<void> {
    const before = this.#session.selected?.name ?? null;
    if (before === name) return;
    const account = await this.#host.attempt(`use ${name}`, name, () =>
      this.#host.call('account.use', { name }),
    );
    if (account === null) return;
    this.#session.takeAccount(account);
    this.#toasts.success(lang.texts.toasts.nowDefault(name), {
      undo: before === null ? null : () => void this.use(before),
    });
  }

  /** Copies the account's token; asks first where the person wants that of this account. */
  async copy(name: string, as: CopyForm = 'token'): Promise<void> {
    if (this.#session.byName(name)?.labels.ask_before_copy === true) this.copyQuestion = { name, as };
    else await this.copyConfirmed(name, as, false);
  }

  /** Copies it, by the host where it can, else by the page. */
  async copyConfirmed(name: string, as: CopyForm, confirmed = true): Promise<void> {
    const texts = lang.texts.toasts;
    const done = {
      token: texts.copied,
      header: texts.copiedHeader,
      curl: texts.copiedCurl,
      environment: texts.copiedEnvironment,
    };
    const text = done[as](name);
    await this.#host.attempt(`copy ${name}`, name, async () => {
      const answer = await this.#host.call('account.copy', { name, as, confirmed });
      if (answer.kind === 'copied') return this.#tellCopied(name, as, text, answer.clears_in);
      const seconds = this.#session.overview?.preferences.clipboard_seconds ?? 30;
      const written = await this.#clipboard.copySecret(answer.text, seconds);
      if (written !== 'refused') this.#tellCopied(name, as, text, written === 'clears' ? seconds : null);
    });
  }

  /** Pins it to the top of the list, or takes it from there. */
  async pin(name: string, pinned: boolean): Promise<void> {
    const account = await this.#host.attempt(`pin ${name}`, name, () =>
      this.#host.call('account.set_labels', { name, changes: { pinned } }),
    );
    if (account !== null) this.#session.takeAccount(account);
  }

  /** In the account's details where they are shown, else in a toast. `seconds`: null where it stays. */
  #tellCopied(name: string, as: CopyForm, text: string, seconds: number | null): void {
    const at = Math.floor(Date.now() / 1000);
    if (this.#shown === name)
      this.copied = { name, as, text, at, until: seconds === null ? null : at + seconds };
    else
      this.#toasts.success(text, {
        hint: seconds === null ? lang.texts.toasts.staysInClipboard : countdown(seconds),
      });
  }

  /** The account's details are shown, and say what happens to it. Returns their end. */
  show(name: string): () => void {
    this.#shown = name;
    return () => {
      if (this.#shown === name) this.#shown = null;
    };
  }

  async refresh(name: string): Promise<void> {
    const account = await this.#host.attempt(
      `refresh ${name}`,
      name,
      () => this.#host.call('account.refresh', { name }),
      ({ code }) => this.#shown === name && toldByAccount.has(code),
    );
    if (account === null) return;
    this.#session.takeAccount(account);
    this.#toasts.success(lang.texts.toasts.refreshed(name));
  }

  signIn(account: string): void {
    this.#toasts.dismissFailures(account);
    this.#navigation.go({ screen: 'sign_in', account });
  }

  /** Adds an account at the practice vendor and signs it in. */
  async addPractice(): Promise<void> {
    const account = await this.#host.attempt('practice', null, () => this.#host.call('practice.add', {}));
    if (account === null) return;
    this.#session.takeAccount(account);
    this.signIn(account.name);
  }

  /** Asks the person before an account loses its sign-in, or is removed. */
  async confirm(action: Confirmation['action'], name: string): Promise<void> {
    const details =
      action === 'revoke'
        ? await this.#host.attempt(`ask ${name}`, name, () => this.#host.call('account.details', { name }))
        : { can_revoke: false };
    if (details !== null) this.confirmation = { action, name, canRevoke: details.can_revoke };
  }

  async signOut(name: string): Promise<void> {
    const account = await this.#host.attempt(`logout ${name}`, name, () =>
      this.#host.call('account.logout', { name }),
    );
    if (account === null) return;
    this.#session.takeAccount(account);
    this.#toasts.success(lang.texts.toasts.signedOut(name));
  }

  async revoke(name: string): Promise<void> {
    const answer = await this.#host.attempt(`revoke ${name}`, name, () =>
      this.#host.call('account.revoke', { name }),
    );
    if (answer === null) return;
    this.#session.takeAccount(answer.account);
    this.#toasts.success(lang.texts.toasts.signedOut(name), { hint: lang.sentence(answer.message) });
  }

  async remove(name: string): Promise<void> {
    const removed = await this.#host.attempt(`remove ${name}`, name, async () => {
      await this.#host.call('account.remove', { name });
      return true;
    });
    if (removed === null) return;
    await this.#session.load();
    const { current } = this.#navigation;
    if ('account' in current && current.account === name) this.#navigation.replace({ screen: 'accounts' });
    this.#toasts.success(lang.texts.toasts.removed(name));
  }
}
