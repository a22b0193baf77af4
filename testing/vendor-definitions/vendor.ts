// Vendors as their documents describe them, and their profiles: each is signed in to and renewed over loopback, at a
// server that takes exactly the requests of its definition and refuses all else.
//
// Invariants: `ORIGIN` in a definition stands for the server's address; a definition names every request in order, with
// all of its parameters; headers that any HTTP client sends are not compared.
import { answerJson, serveOnLoopback, type LoopbackRequest } from '../loopback-server.ts';

/** What a parameter or header must be: a text, a pattern, or what takes it. */
export type Wanted = string | RegExp | ((value: never) => boolean);
type AllWanted = Readonly<Record<string, Wanted>>;

/** A request that the vendor takes, and its answer. */
export interface Step {
  /** `POST` where left out. */
  readonly method?: string;
  readonly path: string;
  readonly query?: AllWanted;
  /** Of a JSON body where `json` is true, else of a form. */
  readonly body?: AllWanted;
  readonly json?: true;
  readonly headers?: AllWanted;
  /** A text is sent as it stands, as `type`; anything else as JSON. */
  readonly answer: unknown;
  readonly status?: number;
  readonly type?: string;
}

export interface VendorDefinition {
  readonly name: string;
  /** Laid over the small profile of the test. */
  readonly profile: Readonly<Record<string, unknown>>;
  readonly grant?: string;
  /** The account names no client. */
  readonly registers?: true;
  readonly settings?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** For a page: what stands in its address beside `state`, under `stateName`; what comes back, `STATE` for the state. */
  readonly page?: { readonly query: AllWanted; readonly stateName?: string; readonly comesBack: string };
  readonly steps: readonly Step[];
  /** Whether the last step is a refresh of what the sign-in brought. */
  readonly refreshes?: boolean;
  /** What the session then has. */
  readonly session: Readonly<Record<string, unknown>>;
  /** What is then served of it. */
  readonly served?: Readonly<Record<string, unknown>>;
}

/** Where the sign-in page leads back to. */
export const redirectUri = 'http://127.0.0.1/callback';
/** The client of a definition that says nothing else. */
export const client = { client_id: 'c', client_secret: 's' };
/** A page and a request for its code that depart from RFC 6749 in nothing (sections 4.1.1 to 4.1.3). */
export const page = {
  query: { response_type: 'code', client_id: 'c', redirect_uri: redirectUri },
  comesBack: 'code=k&state=STATE',
};
export const codeRequest = {
  grant_type: 'authorization_code',
  code: 'k',
  redirect_uri: redirectUri,
  ...client,
};

export function fits(wanted: AllWanted, given: Readonly<Record<string, string>>): string | null {
  for (const name of new Set([...Object.keys(wanted), ...Object.keys(given)])) {
    const [one, value] = [wanted[name], given[name]];
    const isRight =
      one !== undefined &&
      value !== undefined &&
      (typeof one === 'string'
        ? one === value
        : one instanceof RegExp
          ? one.test(value)
          : one(value as never));
    if (!isRight) return `${name}: ${String(one)} was wanted, ${String(value)} came`;
  }
  return null;
}

const usual =
  /^(host|connection|accept|accept-.*|content-length|user-agent|sec-fetch-mode|content-type|transfer-encoding)$/;

function fault(step: Step, { method, url, headers, body, form }: LoopbackRequest): string | null {
  const { pathname, searchParams } = new URL(url, 'http://vendor');
  if (method !== (step.method ?? 'POST') || pathname !== step.path) return `${method} ${pathname}`;
  const own = Object.entries(headers).filter(([name]) => !usual.test(name));
  const type = step.json === true ? 'application/json' : 'application/x-www-form-urlencoded';
  if (step.body !== undefined && headers['content-type'] !== type) return String(headers['content-type']);
  const sent: Record<string, string> =
    step.body === undefined
      ? Object.fromEntries(body === '' ? [] : [['a body', body]])
      : step.json === true
        ? (JSON.parse(body) as Record<string, string>)
        : Object.fromEntries(form);
  return (
    fits(step.query ?? {}, Object.fromEntries(searchParams)) ??
    fits(step.body ?? {}, sent) ??
    fits(step.headers ?? {}, Object.fromEntries(own.map(([name, value]) => [name, String(value)])))
  );
}

/** Serves one definition's steps. `faults`: what did not fit. */
export async function serveSteps(steps: readonly Step[]) {
  const faults: string[] = [];
  let at = 0;
  const server = await serveOnLoopback((request, response) => {
    const step = steps[at];
    at += 1;
    const wrong =
      step === undefined ? `${request.method} ${request.url} was one too many` : fault(step, request);
    if (step === undefined || wrong !== null) {
      faults.push(wrong ?? '');
      answerJson(response, 400, { error: 'invalid_request' });
    } else {
      const text = typeof step.answer === 'string' ? step.answer : JSON.stringify(step.answer);
      const type = step.type ?? (typeof step.answer === 'string' ? 'text/plain' : 'application/json');
      response.writeHead(step.status ?? 200, { 'content-type': type });
      response.end(text.replaceAll('ORIGIN', server.origin));
    }
  });
  return { ...server, faults, left: () => steps.length - at };
}
