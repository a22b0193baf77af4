/**
 * The practice vendor, `keyfob sandbox`: the five vendor APIs on loopback, strict, to learn and to test with.
 *
 * Invariants: it knows nothing of the rest of Keyfob, so that it can disagree with it; it follows the vendors'
 * documents and refuses what they do not describe, and says what was wrong; it keeps nothing on disk.
 */
import type { AddressInfo } from 'node:net';
import { describeSandbox } from './description.ts';
import type { SandboxDescription } from './description.ts';
import { sandboxServer } from './server.ts';
import { Store } from './store.ts';

export { describeSandbox } from './description.ts';
export type { PracticeAccount, SandboxDescription } from './description.ts';

/** The port that the practice vendor listens on when none was named. */
export const SANDBOX_PORT = 15399;

export interface SandboxOptions {
  /** 0 picks a free port; 15399 when omitted. */
  port?: number;
  /** Seconds that access tokens live; 3600 when omitted (OfficeRnD: 3599). */
  lifetime?: number;
  /** Seconds that authorization codes live; 300 when omitted. */
  codeLifetime?: number;
  /** Gets one line for each token request, without secrets. */
  log?: (line: string) => void;
  /** The clock, in Unix ms. */
  now?: () => number;
}

export interface Sandbox {
  readonly port: number;
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly description: SandboxDescription;
  /** Ends it, open connections included. */
  close(): Promise<void>;
}

/**
 * Starts the practice vendor on 127.0.0.1 and gives its address and credentials.
 * Rejects with an Error whose `code` is Node's (`EADDRINUSE` when the port is taken).
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const store = new Store({
    now: options.now ?? Date.now,
    lifetime: options.lifetime,
    codeLifetime: options.codeLifetime ?? 300,
    log: options.log ?? (() => undefined),
  });
  let url = '';
  const server = sandboxServer(store, () => describeSandbox(url));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: options.port ?? SANDBOX_PORT }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo; // listening on TCP, so not a pipe's name
  url = `http://127.0.0.1:${port}`;
  return {
    port,
    url,
    description: describeSandbox(url),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((fault) => (fault === undefined ? resolve() : reject(fault)));
        server.closeAllConnections();
      }),
  };
}
