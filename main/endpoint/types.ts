// What the endpoint's files share: its HTTP listeners, and what the host gives it.
import type { Clock } from '../oauth/ports.ts';
import type { Keyfob } from '../accounts/keyfob.ts';
import type { Listener } from '../api/audit.ts';
import type { HostStatus, OneTimeAddress } from '../api/status.ts';
import type { Access, RequestContext } from '../access/index.ts';
import type { EndpointEvent } from '../api/events.ts';
import type { Hook, HookView, NewHook } from '../api/hooks.ts';
import type { TokenFile, TokenFileView } from '../api/token-files.ts';
import type { ClipboardAnswer, ClipboardRequest } from '../api/clipboard.ts';

/**
 * Where HTTP is spoken: the person's own socket; 127.0.0.1; a socket that is handed on to containers and other
 * machines, where a key is always needed.
 */
export type HttpListener = Extract<Listener, 'socket' | 'tcp' | 'guest'>;

/** Whether a caller without a key is the person. */
export function isOwn(listener: HttpListener): boolean {
  return listener === 'socket';
}

/** What the desktop does for the endpoint. */
export interface DesktopServices {
  /** Shows the quick panel, or hides it. */
  showPanel(): void;
  /**
   * Copies a token, once the person was asked where they want that. Throws `copy_declined`, `clipboard_refused`, and
   * what `access.token` throws.
   */
  copy(request: ClipboardRequest, context: RequestContext): Promise<ClipboardAnswer>;
}

/** Files that hold a token; see main/host/token-files.ts. */
export interface TokenFiles {
  list(): TokenFileView[];
  /** Throws `bad_request` for a place that is not safe, `already_exists`, and what a token fails with. */
  add(file: TokenFile): Promise<TokenFileView>;
  /** Throws `bad_request` where there is no such file. */
  remove(path: string): Promise<TokenFile>;
}

/** Commands that run on an event; see main/host/hooks.ts. */
export interface Hooks {
  list(): HookView[];
  /** Throws `bad_request` for an event that there is not. */
  add(hook: NewHook): Promise<Hook>;
  /** Throws `bad_request` where there is no such hook. */
  remove(id: string): Promise<Hook>;
  hear(event: EndpointEvent): void;
}

/** What the endpoint is made of; see `createEndpoint`. */
export interface EndpointOptions {
  readonly keyfob: Keyfob;
  readonly clock: Clock;
  readonly version: string;
  readonly access: Access;
  status(): HostStatus;
  /** A fresh one-time address of the console, or null when there is none. */
  consoleLink(): OneTimeAddress | null;
  /** What belongs to the desktop; null: this host has none of it. */
  desktop(): DesktopServices | null;
  readonly tokenFiles: TokenFiles;
  readonly hooks: Hooks;
  /** Begins to end the host, as SIGTERM does. */
  stop(): void;
}
