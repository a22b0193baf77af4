// What is remembered of accounts beside what the vault keeps: the person's labels, when an account was last used, how
// its last sign-in or refresh failed, whom its vendor names. No secret.
//
// Invariants: labels are kept before they count; all else counts at once and is written a while later, for all
// accounts together, so that nothing here costs a write for each token; an account that goes takes its own along.
import { noLabels, type AccountLabels, type LabelsChange } from '../api/account-labels.ts';
import type { ErrorCode } from '../api/codes.ts';
import type { KeyfobEvent } from '../api/events.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { Problem } from '../api/problem.ts';
import type { SignInView } from '../api/sign-ins.ts';
import type { Clock } from '../oauth/ports.ts';
import { whyNotWritten, type SettingsKeeper } from './settings-keeper.ts';
import type { Annotation, Settings } from './settings.ts';

/** Ms until what a person did is written, and what happened by itself, maybe to thousands at once. */
const soon = 1_000;
const later = 60_000;

/** How a sign-in ends that failed at nothing: a person put it off, or something newer came. */
const putOff: ReadonlySet<ErrorCode> = new Set(['sign_in_cancelled', 'sign_in_timed_out']);

export interface AnnotationPorts {
  readonly settings: SettingsKeeper;
  readonly clock: Clock;
  signIn(id: string): SignInView;
  /** An account is shown otherwise, and no event of its own says so. */
  changed(name: string): void;
  /** Tells a person. */
  tell(note: Message): void;
}

/** A member that is undefined goes. */
type Changes = { [Key in keyof Annotation]: Annotation[Key] | undefined };

export class Annotations {
  readonly #ports: AnnotationPorts;
  readonly #settings: SettingsKeeper;
  readonly #clock: Clock;
  /** What is not written yet. */
  #owed = new Map<string, Changes>();
  #cancel: (() => void) | null = null;
  #writesAt = Infinity;
  /** That it cannot be written was told. */
  #isTold = false;

  constructor(ports: AnnotationPorts) {
    this.#ports = ports;
    this.#settings = ports.settings;
    this.#clock = ports.clock;
  }

  of(name: string): Annotation {
    const kept = keptOf(this.#settings.read(), name);
    const owed = this.#owed.get(name);
    return owed === undefined ? kept : defined({ ...kept, ...owed });
  }

  labels(name: string): AccountLabels {
    return this.of(name).labels ?? noLabels;
  }

  /** Rejects as the store does, and then nothing has changed. */
  async setLabels(name: string, change: LabelsChange): Promise<void> {
    await this.keepLabels(name, { ...this.labels(name), ...change });
  }

  async keepLabels(name: string, labels: AccountLabels): Promise<void> {
    await this.#settings.change((now) => withAnnotation(now, name, { ...keptOf(now, name), labels }));
    this.#ports.changed(name);
  }

  /** The person selected or copied it. */
  used(name: string): void {
    const now = Math.floor(this.#clock.unixMs() / 1000);
    if (this.of(name).last_used_at !== now) this.#note(name, { last_used_at: now }, later);
  }

  /** A sign-in without a person failed. */
  signInFailed(name: string, problem: Problem): void {
    this.#signInFailed(name, problem);
    this.#ports.changed(name);
  }

  /** One that was put off is no failure. */
  #signInFailed(name: string, { code, reason, params, action }: Problem): void {
    if (putOff.has(code)) return;
    this.#failed(name, { reason, params, ...(action === undefined ? {} : { action }) }, soon);
  }

  #failed(name: string, message: Message, after: number): void {
    const at = Math.floor(this.#clock.unixMs() / 1000);
    this.#note(name, { last_error: { message, at } }, after);
  }

  /** What failed before says nothing of now. */
  mended(name: string): void {
    if (this.of(name).last_error !== undefined) this.#note(name, { last_error: undefined }, soon);
  }

  /** The vendor said who it is. */
  named(name: string, person: string): void {
    if (person === '' || this.of(name).person === person) return;
    this.#note(name, { person }, later);
    this.#ports.changed(name);
  }

  hear(event: KeyfobEvent): void {
    switch (event.type) {
      case 'account.sign_in_needed':
      case 'token.refresh_failed':
        this.#failed(event.account, event.why, later);
        return;
      case 'sign_in.changed': {
        const { problem } = this.#ports.signIn(event.id);
        if (problem !== null) this.#signInFailed(event.account, problem);
        return;
      }
      case 'account.signed_in':
        // Another person may have signed in.
        if (this.of(event.account).person !== undefined) {
          this.#note(event.account, { person: undefined }, later);
        }
        this.mended(event.account);
        return;
      case 'token.refreshed':
      case 'account.signed_out':
        this.mended(event.account);
        return;
      case 'account.removed':
        this.#owed.delete(event.account);
        return;
      default:
    }
  }

  /** Writes what is owed; never rejects: what cannot be written is told, and owed on. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    this.#writesAt = Infinity;
    if (this.#owed.size === 0) return;
    let owed = new Map<string, Changes>();
    try {
      await this.#settings.follow((now) => {
        owed = this.#owed;
        this.#owed = new Map();
        const annotations = { ...now.annotations };
        for (const [name, changes] of owed) {
          if (Object.hasOwn(now.accounts, name)) {
            annotations[name] = defined({ ...keptOf(now, name), ...changes });
          }
        }
        return { ...now, annotations };
      });
      this.#isTold = false;
    } catch (error) {
      for (const [name, changes] of owed) {
        const isThere = Object.hasOwn(this.#settings.read().accounts, name);
        if (isThere) this.#owed.set(name, { ...changes, ...this.#owed.get(name) });
      }
      if (!this.#isTold) this.#ports.tell(message('annotations_not_written', { why: whyNotWritten(error) }));
      this.#isTold = true;
    }
  }

  #note(name: string, changes: Changes, after: number): void {
    this.#owed.set(name, { ...this.#owed.get(name), ...changes });
    this.#flushIn(after);
  }

  #flushIn(after: number): void {
    const at = this.#clock.steady() + after;
    if (at >= this.#writesAt) return;
    this.#cancel?.();
    this.#writesAt = at;
    this.#cancel = this.#clock.after(after, () => {
      void this.flush().then(() => {
        if (this.#owed.size > 0) this.#flushIn(later);
      });
    });
  }
}

function keptOf({ annotations }: Settings, name: string): Annotation {
  return Object.hasOwn(annotations, name) ? (annotations[name] ?? {}) : {};
}

function withAnnotation(now: Settings, name: string, annotation: Annotation): Settings {
  return { ...now, annotations: { ...now.annotations, [name]: annotation } };
}

function defined(given: Changes): Annotation {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
