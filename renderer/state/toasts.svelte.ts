// What the window says about what just happened: one message at a time, read out by screen readers.
//
// Invariants: a message holds no token; a failure stays until it is dismissed or followed by another.

export interface Message {
  readonly tone: 'good' | 'bad';
  readonly text: string;
  readonly hint: string | null;
  /** The vendor's own words, or null. */
  readonly vendor: string | null;
  readonly action: { readonly label: string; readonly run: () => void } | null;
}

/** Ms that good news stays. */
const stay = 4_000;

export class Says {
  message = $state.raw<Message | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string, hint: string | null = null): void {
    this.#show({ tone: 'good', text, hint, vendor: null, action: null });
    this.#timer = setTimeout(() => (this.message = null), stay);
  }

  fail(message: Omit<Message, 'tone'>): void {
    this.#show({ tone: 'bad', ...message });
  }

  dismiss(): void {
    clearTimeout(this.#timer);
    this.message = null;
  }

  #show(message: Message): void {
    clearTimeout(this.#timer);
    this.message = message;
  }
}
