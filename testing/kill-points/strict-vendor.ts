// An authorization server on loopback that forgives nothing: a refresh token is good once (RFC 9700 §4.14.2), a
// client that mixes what belongs to two sets of credentials gets nothing, and whatever came is kept for the judge.
//
// Invariants: its whole state is one value that can be saved and put back, so that each point begins with the vendor
// that belongs to the home it begins with; tokens carry the vendor's name, so that one that strays is recognised.
import { answerJson, serveOnLoopback } from '../loopback-server.ts';

/** What a client may present, all of it or nothing. */
export interface Credentials {
  readonly client_id: string;
  readonly client_secret: string;
  readonly username: string;
  readonly password: string;
  readonly scope: string;
}

export interface VendorRequest {
  readonly grant: string;
  /** Whose values it had; `mixed` where they belong to more than one set, or to none. */
  readonly credentials: string;
  /** The refresh token that it spent. */
  readonly refreshToken: string | null;
  /** What became of it. `reused`: the refresh token was spent before. */
  readonly outcome: 'granted' | 'reused' | 'refused' | 'revoked';
  /** The number of what was granted. */
  readonly generation: number | null;
}

interface State {
  /** Number of the newest grant; tokens end in it. */
  generation: number;
  /** Refresh tokens that are good. */
  good: string[];
  spent: string[];
  requests: VendorRequest[];
  /** All that came, as text. */
  seen: string;
}

export interface StrictVendor {
  readonly origin: string;
  readonly tokenUrl: string;
  readonly requests: readonly VendorRequest[];
  /** All that came, as text: bodies, and headers with Basic credentials in clear. */
  readonly seen: string;
  /** Which grant a token of this vendor came with; null: another's token. */
  generationOf(token: string): number | null;
  save(): string;
  restore(saved: string): void;
  close(): Promise<void>;
}

/** Seconds that access tokens live: long enough that nothing renews by itself meanwhile. */
const lifetime = 3600;

/** Starts a vendor on a free port; `accepted` are the sets of credentials by name. */
export async function startStrictVendor(
  name: string,
  accepted: Readonly<Record<string, Credentials>>,
): Promise<StrictVendor> {
  let state: State = { generation: 0, good: [], spent: [], requests: [], seen: '' };
  const { origin, close } = await serveOnLoopback(({ method, url, headers, form: given }, response) => {
    const [id, secret] = basicOf(headers.authorization);
    if (id !== undefined) given.set('client_id', id);
    if (secret !== undefined) given.set('client_secret', secret);
    state.seen += `${method} ${url} ${headers.authorization ?? ''} ${given.toString()}\n`;
    const [status, answer] = url === '/token' ? token(given) : [200, revoke()];
    answerJson(response, status, answer, { connection: 'close' });
  });

  const note = (
    given: URLSearchParams,
    outcome: VendorRequest['outcome'],
    generation: number | null = null,
  ): void => {
    state.requests.push({
      grant: given.get('grant_type') ?? '',
      credentials: whose(given, accepted),
      refreshToken: given.get('refresh_token'),
      outcome,
      generation,
    });
  };

  function token(given: URLSearchParams): [number, unknown] {
    if (whose(given, accepted) === 'mixed') {
      note(given, 'refused');
      return [401, { error: 'invalid_client' }];
    }
    const refreshToken = given.get('refresh_token');
    if (refreshToken !== null && !state.good.includes(refreshToken)) {
      note(given, state.spent.includes(refreshToken) ? 'reused' : 'refused');
      return [400, { error: 'invalid_grant' }];
    }
    if (refreshToken !== null) {
      state.good = state.good.filter((one) => one !== refreshToken);
      state.spent.push(refreshToken);
    }
    state.generation += 1;
    const { generation } = state;
    state.good.push(`refresh-${name}-${String(generation)}`);
    note(given, 'granted', generation);
    return [
      200,
      {
        access_token: `access-${name}-${String(generation)}`,
        refresh_token: `refresh-${name}-${String(generation)}`,
        token_type: 'Bearer',
        expires_in: lifetime,
      },
    ];
  }

  function revoke(): unknown {
    note(new URLSearchParams(), 'revoked');
    return {};
  }

  return {
    origin,
    tokenUrl: `${origin}/token`,
    get requests() {
      return state.requests;
    },
    get seen() {
      return state.seen;
    },
    generationOf(text) {
      const found = /^(?:access|refresh)-([a-z]+)-(\d+)$/.exec(text);
      return found?.[1] === name ? Number(found[2]) : null;
    },
    save: () => JSON.stringify(state),
    restore: (saved) => void (state = JSON.parse(saved) as State),
    close,
  };
}

/** The name of the set that all given values belong to; a refresh asks for the scope that was granted (RFC 6749 §6). */
function whose(given: URLSearchParams, accepted: Readonly<Record<string, Credentials>>): string {
  const all = Object.entries(accepted).filter(([, credentials]) =>
    Object.entries(credentials).every(
      ([field, value]) =>
        (field === 'scope' && given.has('refresh_token')) || (given.get(field) ?? value) === value,
    ),
  );
  return all[0]?.[0] ?? 'mixed';
}

/** Client ID and secret of HTTP Basic, as RFC 6749 §2.3.1 encodes them. */
function basicOf(authorization: string | undefined): string[] {
  const [, encoded] = /^Basic (.+)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return [];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return text.split(':').map((one) => decodeURIComponent(one.replaceAll('+', ' ')));
}
