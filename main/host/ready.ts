// The line that `keyfob serve --json` prints when everything is open.

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

/** One JSON line, without its newline. */
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
