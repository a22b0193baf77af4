// What the window tells about what just happened: three toasts at most, read out by screen readers.
//
// Invariants: a toast holds no token; each leaves by itself, a failure later, and none while the person is at them;
// the same text is not shown twice; all are gone when Keyfob is locked (`clear`).
import { lang } from '../i18n/lang.svelte.ts';

interface Action {
  readonly label: string;
  readonly run: () => void;
}

export interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'bad';
  /** The account that a failure is about; a text that succeeded names it itself. */
  readonly account: string | null;
  readonly text: string;
  /** A function of now (Unix seconds) where it counts. */
  readonly hint: string | null | ((now: number) => string | null);
  /** What the vendor wrote, or null. */
  readonly vendor: string | null;
  readonly action: Action | null;
  /** Takes back what is told. */
  readonly undo: (() => void) | null;
}

/** Ms that a toast is shown. */
const times = { good: 4_000, undo: 8_000, bad: 12_000 };
const max = 3;

export class Toasts {
  #shown: readonly Toast[] = $state.raw([]);
  readonly #timers = new WeakMap<Toast, ReturnType<typeof setTimeout>>();
  #held = false;
  #last = 0;

  /** The oldest first. */
  get shown(): readonly Toast[] {
    return this.#shown;
  }

  /** The newest; null: none. */
  get current(): Toast | null {
    return this.#shown.at(-1) ?? null;
  }

  /** Tells that something was done; `undo` takes it back, and is offered a while longer. */
  success(text: string, { hint = null, undo = null }: Partial<Pick<Toast, 'hint' | 'undo'>> = {}): void {
    const action = undo === null ? null : { label: lang.texts.toasts.undo, run: undo };
    this.#show({ tone: 'good', account: null, text, hint, vendor: null, action, undo });
  }

  failure(toast: Pick<Toast, 'text'> & Partial<Pick<Toast, 'hint' | 'vendor' | 'account' | 'action'>>): void {
    this.#show({ tone: 'bad', account: null, hint: null, vendor: null, action: null, undo: null, ...toast });
  }

  /** Takes one away; without an id the newest. */
  dismiss(id = this.current?.id): void {
    const toast = this.#shown.find((one) => one.id === id);
    if (toast === undefined) return;
    clearTimeout(this.#timers.get(toast));
    this.#shown = this.#shown.filter((one) => one !== toast);
  }

  /** Takes the newest back that can be; false where none can. */
  undo(): boolean {
    const one = this.#shown.findLast(({ undo }) => undo !== null);
    if (one === undefined) return false;
    this.dismiss(one.id);
    one.undo?.();
    return true;
  }

  /** Takes away the failures of an account, which are being seen to. */
  dismissFailures(account: string): void {
    for (const one of this.#shown) if (one.tone === 'bad' && one.account === account) this.dismiss(one.id);
  }

  clear(): void {
    for (const { id } of this.#shown) this.dismiss(id);
  }

  /** The person is at the toasts, or no more: meanwhile none leaves, and then each is shown for its time anew. */
  hold(held: boolean): void {
    this.#held = held;
    for (const one of this.#shown) this.#time(one);
  }

  #show(given: Omit<Toast, 'id'>): void {
    this.#last += 1;
    const toast = { id: this.#last, ...given };
    const same = this.#shown.filter((one) => one.text === toast.text && one.account === toast.account);
    const others = this.#shown.filter((one) => !same.includes(one));
    for (const { id } of [...same, ...others.slice(0, Math.max(0, others.length - max + 1))])
      this.dismiss(id);
    this.#shown = [...this.#shown, toast];
    this.#time(toast);
  }

  #time(toast: Toast): void {
    const { id, tone, undo } = toast;
    clearTimeout(this.#timers.get(toast));
    if (this.#held) return;
    const time = tone === 'good' && undo !== null ? times.undo : times[tone];
    this.#timers.set(
      toast,
      setTimeout(() => this.dismiss(id), time),
    );
  }
}
