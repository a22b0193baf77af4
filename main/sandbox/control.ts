/**
 * The practice vendor's own page and its control routes: lifetimes, failures to order, the log.
 *
 * Invariants: a control route answers only to programs and to this server's own page (any other `Origin`, a
 * cross-site fetch, or a `Host` that is not loopback is refused); no token, code or session is ever shown,
 * only counts and fingerprints. The credentials are shown: they are well known and open nothing else.
 */
import type { PracticeAccount, SandboxDescription } from './description.ts';
import { header, json, mediaType, onlyMethod, Refusal } from './http.ts';
import type { Call, Reply } from './http.ts';
import { escapeHtml, htmlPage } from './pages.ts';
import type { FailNext, Provider, Store } from './store.ts';

const VENDORS: readonly (readonly [Provider, string])[] = [
  ['eptura-workplace', 'Eptura Workplace'],
  ['ioffice', 'iOFFICE'],
  ['oauth2-json', 'JSON-body vendor'],
  ['organization-api', 'Organization API'],
  ['officernd', 'OfficeRnD'],
];

/** The longest lifetime that can be set: one year, in seconds. */
const LONGEST = 31_536_000;

/** Answers `/`, `/control` and `/control/log`; undefined for other paths. Throws a Refusal for what it refuses. */
export function controlRoutes(call: Call, description: SandboxDescription, store: Store): Reply | undefined {
  if (call.path === '/') {
    onlyMethod(call, 'GET');
    return controlPage(description, store);
  }
  if (call.path !== '/control' && call.path !== '/control/log') return undefined;
  const origin = header(call, 'origin');
  const site = header(call, 'sec-fetch-site');
  if ((origin !== undefined && origin !== call.origin) || site === 'cross-site' || site === 'same-site') {
    throw new Refusal(403, 'access_denied', 'The control routes answer to no other page than their own.');
  }
  if (call.path === '/control/log') {
    onlyMethod(call, 'GET');
    return json(200, store.log());
  }
  if (call.method === 'GET') return json(200, state(store));
  onlyMethod(call, 'POST');
  if (mediaType(call) !== 'application/json') {
    throw new Refusal(415, 'invalid_request', 'The body must be JSON, with Content-Type: application/json.');
  }
  apply(readObject(call.body), store);
  return json(200, state(store));
}

function state(store: Store): unknown {
  return {
    lifetime: store.lifetime ?? null,
    codeLifetime: store.codeLifetime,
    failNext: store.failNext ?? null,
    tokens: Object.fromEntries(VENDORS.map(([id]) => [id, store.counts(id)])),
  };
}

/** Sets what was asked for, all of it or (on the first thing that is wrong) nothing. */
function apply(asked: Record<string, unknown>, store: Store): void {
  const lifetime = asked['lifetime'] === null ? null : seconds(asked['lifetime'], 'lifetime');
  const codeLifetime = seconds(asked['codeLifetime'], 'codeLifetime');
  const failNext = readFailNext(asked['failNext']);
  const end = asked['endTokens'];
  if (end !== undefined && end !== true && end !== 'access') {
    throw bad('endTokens is true (every sign-in ends) or "access" (refresh tokens stay good).');
  }
  const known = ['lifetime', 'codeLifetime', 'failNext', 'endTokens'];
  if (Object.keys(asked).some((key) => !known.includes(key)))
    throw bad(`What can be set: ${known.join(', ')}.`);

  if (lifetime !== undefined) store.lifetime = lifetime ?? undefined;
  if (codeLifetime !== undefined) store.codeLifetime = codeLifetime;
  if (failNext !== undefined) store.failNext = failNext.count > 0 ? failNext : undefined;
  if (end !== undefined) store.endTokens(end === 'access' ? 'access' : 'all');
}

function readFailNext(value: unknown): FailNext | undefined {
  if (value === undefined) return undefined;
  const asked = asObject(value, 'failNext');
  const known = ['count', 'status', 'retryAfter', 'error', 'html'];
  if (Object.keys(asked).some((key) => !known.includes(key))) throw bad(`failNext has ${known.join(', ')}.`);
  const count = whole(asked['count'] ?? 1, 'failNext.count', 0, 1_000);
  const status = whole(asked['status'] ?? 503, 'failNext.status', 400, 599);
  const error = asked['error'];
  const html = asked['html'];
  if (error !== undefined && (typeof error !== 'string' || error === ''))
    throw bad('failNext.error is a text.');
  if (html !== undefined && typeof html !== 'boolean') throw bad('failNext.html is true or false.');
  const retryAfter = seconds(asked['retryAfter'], 'failNext.retryAfter');
  return {
    count,
    status,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(error === undefined ? {} : { error }),
    ...(html === undefined ? {} : { html }),
  };
}

function seconds(value: unknown, name: string): number | undefined {
  return value === undefined ? undefined : whole(value, name, 0, LONGEST);
}

function whole(value: unknown, name: string, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw bad(`${name} is a whole number from ${min} to ${max}.`);
}

function bad(text: string): Refusal {
  return new Refusal(400, 'invalid_request', text);
}

function readObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad('The body is not JSON.');
  }
  return asObject(value, 'The body');
}

function asObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad(`${name} is a JSON object.`);
  return value as Record<string, unknown>; // neither null nor an array, as was checked above
}

function controlPage(description: SandboxDescription, store: Store): Reply {
  const rows = VENDORS.map(([id, name]) => {
    const { issued, live } = store.counts(id);
    return `<tr><td>${name}</td><td class="number" data-issued="${id}">${issued}</td><td class="number" data-live="${id}">${live}</td></tr>`;
  });
  const lifetime = store.lifetime === undefined ? '' : String(store.lifetime);
  const { username, password } = description.person;
  return htmlPage({
    title: 'Practice vendor · Keyfob',
    connect: true,
    script: SCRIPT,
    body: `<main class="wide">
<h1>Practice vendor</h1>
<p class="lead">The five vendor APIs, on this machine, to try Keyfob with. Everything here is forgotten when it ends.</p>
<section aria-labelledby="tokens"><h2 id="tokens">Tokens</h2>
<table><thead><tr><th scope="col">Vendor</th><th scope="col" class="number">Given out</th><th scope="col" class="number">Good now</th></tr></thead><tbody>${rows.join('')}</tbody></table>
</section>
<section aria-labelledby="knobs"><h2 id="knobs">Make something happen</h2>
<div class="knobs">
<form data-knob="lifetime"><label><span>Access tokens live, in seconds</span><input name="seconds" type="number" min="0" max="${LONGEST}" placeholder="3600" value="${lifetime}"></label><button class="first">Set</button></form>
<form data-knob="fail"><label><span>Fail token requests</span><input name="count" type="number" min="0" max="1000" value="1" required></label><label><span>With status</span><input name="status" type="number" min="400" max="599" value="503" required></label><label><span>Retry-After, seconds</span><input name="retryAfter" type="number" min="0" placeholder="none"></label><button>Fail the next</button></form>
<form data-knob="end"><button name="which" value="access">End access tokens</button><button name="which" value="all">End every sign-in</button></form>
</div>
<p id="result" role="status"></p>
</section>
<section aria-labelledby="accounts"><h2 id="accounts">Accounts to add</h2>
<p>The person at the sign-in pages is <code>${escapeHtml(username)}</code>, with the password <code>${escapeHtml(password)}</code>. After <code>keyfob add</code> comes <code>keyfob login</code> and the account’s name.</p>
${description.accounts.map((account) => accountDetails(account)).join('\n')}
</section>
<p class="note">For programs: POST <code>/control</code> with <code>{"lifetime":60}</code>, <code>{"failNext":{"count":2,"status":503}}</code> or <code>{"endTokens":true}</code>; GET <code>/control/log</code> lists the token requests, without secrets.</p>
</main>`,
  });
}

function accountDetails(account: PracticeAccount): string {
  return `<details><summary>${escapeHtml(account.name)} <small>${escapeHtml(account.provider)} · ${escapeHtml(account.grant)}</small></summary>
<pre>${escapeHtml(addCommand(account))}</pre></details>`;
}

/** Gives the command line that adds a practice account, with its secrets on standard input. */
function addCommand(account: PracticeAccount): string {
  const quote = (text: string): string =>
    /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
  const secrets = Object.entries(account.secrets);
  const add = [
    `keyfob add ${account.name} --provider ${account.provider} --grant ${account.grant}`,
    ...Object.entries(account.settings).map(([field, value]) => `--set ${quote(`${field}=${value}`)}`),
    ...secrets.map(([field]) => `--secret ${field}`),
  ].join(' \\\n  ');
  if (secrets.length === 0) return add;
  return `printf '%s\\n' ${secrets.map(([, value]) => quote(value)).join(' ')} \\
  | ${add}`;
}

const SCRIPT = `
const result = document.getElementById('result');
const number = (text) => text === '' ? undefined : Number(text);
const show = (state) => {
  for (const [id, { issued, live }] of Object.entries(state.tokens)) {
    document.querySelector('[data-issued="' + id + '"]').textContent = issued;
    document.querySelector('[data-live="' + id + '"]').textContent = live;
  }
};
const order = async (body, done) => {
  try {
    const answer = await fetch('/control', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const state = await answer.json();
    if (!answer.ok) { result.textContent = state.error_description; return; }
    show(state);
    result.textContent = done;
  } catch { result.textContent = 'The practice vendor does not answer. Is it still running?'; }
};
document.addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.target;
  const field = (name) => form.elements.namedItem(name).value;
  if (form.dataset.knob === 'lifetime') {
    const seconds = number(field('seconds'));
    order({ lifetime: seconds ?? null }, seconds === undefined ? 'New tokens live as long as each vendor says.' : 'New tokens live ' + seconds + ' s.');
  } else if (form.dataset.knob === 'fail') {
    const count = Number(field('count'));
    order({ failNext: { count, status: Number(field('status')), retryAfter: number(field('retryAfter')) } }, count === 0 ? 'Nothing is made to fail.' : 'Token requests that will fail: ' + count + '.');
  } else {
    const all = event.submitter.value === 'all';
    order({ endTokens: all ? true : 'access' }, all ? 'Every sign-in is ended.' : 'All access tokens are ended; refresh tokens are still good.');
  }
});
setInterval(async () => {
  if (document.hidden) return;
  try { show(await (await fetch('/control')).json()); } catch {}
}, 2000);
`;
