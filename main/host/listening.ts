// Opening the endpoint's listeners for a home, as the person wants them.
//
// Invariant: the home's own socket is always served, for that is where commands look.
import type { Message } from '../api/problems/index.ts';
import { lstatSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { Keyfob } from '../accounts/keyfob.ts';
import { answers } from './claim.ts';
import type { HomePaths } from '../platform/paths.ts';
import { KeyfobError } from '../api/errors.ts';
import type { LocalEndpoint } from '../endpoint/index.ts';

/** The endpoint's TCP port when none is said. */
const defaultPort = 15_393;

export interface ListenOptions {
  /** Whether 127.0.0.1 is listened on. */
  readonly tcp: boolean;
  /** 0 picks a free one. */
  readonly port?: number | undefined;
  /** A further place of the socket. */
  readonly socket?: string | undefined;
  /** Open a socket where a key is always needed, to be handed on to containers and other machines. */
  readonly guestSocket?: string | undefined;
  /** Open a socket that speaks oidc-agent's protocol. */
  readonly oidcAgent?: boolean | undefined;
}

/** What is told once everything is open. */
export interface ReadyFacts {
  readonly pid: number;
  readonly socket: string;
  readonly endpoint: string | null;
  /** Left out by a host that has no console at all. */
  readonly console?: string | null;
  /** Where oidc-agent's clients are served; left out when they are not. */
  readonly oidcSocket?: string;
  /** A socket where a key is always needed; left out when there is none. */
  readonly guestSocket?: string;
}

export interface Listening {
  /** The socket that is told to people: the further one, where there is one. */
  readonly socket: string;
  /** The address on 127.0.0.1; null when it is not listened on. */
  readonly endpoint: string | null;
  /** Throws `bad_request` or `unexpected`, naming what cannot be opened; a TCP port that is taken is noticed. */
  open(options: ListenOptions): Promise<ReadyFacts>;
}

interface ListeningOptions {
  readonly endpoint: LocalEndpoint;
  readonly paths: HomePaths;
  readonly keyfob: Pick<Keyfob, 'field'>;
  /** Tells what a person should know. */
  notice(message: Message): void;
}

/** Makes what opens the listeners; nothing is listened on yet. */
export function createListening({ endpoint, paths, keyfob, notice }: ListeningOptions): Listening {
  let socket = paths.socket;
  let url: string | null = null;
  return {
    get socket() {
      return socket;
    },
    get endpoint() {
      return url;
    },
    async open(options) {
      if (options.tcp) {
        const opened = await endpoint.listenOnTcp(options.port ?? defaultPort);
        if ('problem' in opened) notice(opened.problem);
        else url = opened.url;
      }
      await endpoint.listenOnSocket(paths.socket, 'own folder');
      if (options.socket !== undefined && path.resolve(options.socket) !== paths.socket) {
        socket = path.resolve(options.socket);
        await endpoint.listenOnSocket(socket, 'any folder');
      }
      const guestSocket = options.guestSocket === undefined ? null : path.resolve(options.guestSocket);
      if (guestSocket !== null) {
        await removeStale(guestSocket);
        await endpoint.listenForGuests(guestSocket);
      }
      const oidcSocket = options.oidcAgent === true ? oidcAgentSocket(paths.socketFolder) : null;
      if (oidcSocket !== null) {
        await removeStale(oidcSocket);
        await endpoint.listenForOidcAgent(oidcSocket, (name) => keyfob.field(name, 'issuer'));
      }
      return {
        pid: process.pid,
        socket,
        endpoint: url,
        ...(oidcSocket === null ? {} : { oidcSocket }),
        ...(guestSocket === null ? {} : { guestSocket }),
      };
    },
  };
}

/** Where the socket for oidc-agent's clients stands. Throws `bad_request` on Windows, which has no such socket. */
function oidcAgentSocket(folder: string | null): string {
  if (folder !== null) return path.join(folder, 'oidc-agent.sock');
  throw new KeyfobError('oidc_agent_on_windows', {});
}

/** Removes a socket that nobody listens on; whatever else stands there is left. */
async function removeStale(socket: string): Promise<void> {
  const isSocket = lstatSync(socket, { throwIfNoEntry: false })?.isSocket() === true;
  if (isSocket && !(await answers(socket))) rmSync(socket);
}

/** The line of JSON that `keyfob serve --json` prints when everything is open, without its newline. */
export function readyLine(facts: ReadyFacts): string {
  const { pid, socket, endpoint, oidcSocket: oidc_sock, guestSocket: guest_socket } = facts;
  return JSON.stringify({
    ready: true,
    pid,
    socket,
    endpoint,
    console: facts.console,
    oidc_sock,
    guest_socket,
  });
}
