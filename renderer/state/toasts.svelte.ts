// What the window tells about what just happened: one toast at a time, read out by screen readers.
//
// Invariants: a toast holds no token; a failure stays until it is dismissed or followed by another toast.

export interface Toast {
  readonly tone: 'good' | 'bad';
  readonly text: string;
  readonly hint: string | null;
  /** What the vendor wrote, or null. */
  readonly vendor: string | null;
  readonly action: { readonly label: string; readonly run: () => void } | null;
}

/** Ms that a success is shown. */
const successTime = 4_000;

export class Toasts {
  current = $state.raw<Toast | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  success(text: string, hint: string | null = null): void {
    this.#show({ tone: 'good', text, hint, vendor: null, action: null });
    this.#timer = setTimeout(() => (this.current = null), successTime);
  }

  failure(toast: Omit<Toast, 'tone'>): void {
    this.#show({ tone: 'bad', ...toast });
  }

  dismiss(): void {
    clearTimeout(this.#timer);
    this.current = null;
  }

  #show(toast: Toast): void {
    clearTimeout(this.#timer);
    this.current = toast;
  }
}
