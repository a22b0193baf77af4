// Node 15's EventTarget, Event, AbortController and AbortSignal (timeout of 17.3, throwIfAborted of 17.3,
// any of 20.3, reason of 17.2).
import { Event, EventTarget } from 'event-target-shim';

const constructing = Symbol('only a controller makes signals');

class Signal extends EventTarget {
  #aborted = false;
  #reason: unknown = undefined;
  #onabort: ((event: Event) => void) | null = null;

  constructor(key?: symbol) {
    super();
    if (key !== constructing) throw new TypeError('Illegal constructor');
  }
  get aborted(): boolean {
    return this.#aborted;
  }
  get reason(): unknown {
    return this.#reason;
  }
  get onabort(): ((event: Event) => void) | null {
    return this.#onabort;
  }
  set onabort(listener: ((event: Event) => void) | null) {
    if (this.#onabort !== null) this.removeEventListener('abort', this.#onabort);
    this.#onabort = listener;
    if (listener !== null) this.addEventListener('abort', listener);
  }
  get [Symbol.toStringTag](): string {
    return 'AbortSignal';
  }
  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  static fire(signal: Signal, reason: unknown): void {
    if (signal.#aborted) return;
    signal.#aborted = true;
    signal.#reason = reason ?? new DOMException('This operation was aborted', 'AbortError');
    signal.dispatchEvent(new Event('abort'));
  }
  static abort(reason?: unknown): Signal {
    const signal = new Signal(constructing);
    Signal.fire(signal, reason);
    return signal;
  }
  static timeout(ms: number): Signal {
    const signal = new Signal(constructing);
    const late = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    setTimeout(() => Signal.fire(signal, late), ms).unref();
    return signal;
  }
  static any(signals: Iterable<Signal>): Signal {
    const all = [...signals];
    const joined = new Signal(constructing);
    const over = all.find((signal) => signal.aborted);
    if (over !== undefined) Signal.fire(joined, over.reason);
    else
      for (const signal of all)
        signal.addEventListener('abort', () => Signal.fire(joined, signal.reason), { once: true });
    return joined;
  }
}

class Controller {
  readonly signal = new Signal(constructing);
  abort(reason?: unknown): void {
    Signal.fire(this.signal, reason);
  }
  get [Symbol.toStringTag](): string {
    return 'AbortController';
  }
}
Object.defineProperty(Signal, 'name', { value: 'AbortSignal' });
Object.defineProperty(Controller, 'name', { value: 'AbortController' });

Object.assign(globalThis, { EventTarget, Event, AbortController: Controller, AbortSignal: Signal });
