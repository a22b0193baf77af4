/**
 * The pages that people see: sign-in, hand-over to the redirect, and what went wrong.
 *
 * Invariants: every page works without script but the hand-over, which moves on by script as the vendor's
 * does; the Content-Security-Policy allows nothing but this page's own style and script, by nonce; whatever
 * a request brought is escaped; fields are labelled, and an error stands beside its field.
 */
import { PERSON } from './description.ts';
import type { Reply } from './http.ts';
import { randomText } from './store.ts';
import { STYLE } from './style.ts';

/** Escapes text for HTML, in attributes too. */
export function escapeHtml(text: string): string {
  const named: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => named[character] ?? '');
}

/** Makes a page. `script` runs by nonce; `connect` lets it call this server; `formTarget` is a CSP source list. */
export function htmlPage(options: {
  title: string;
  body: string;
  status?: number;
  script?: string;
  connect?: boolean;
  formTarget?: string;
  headers?: Record<string, string>;
}): Reply {
  const nonce = randomText(16);
  const script = options.script === undefined ? '' : `<script nonce="${nonce}">${options.script}</script>`;
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    ...(options.script === undefined ? [] : [`script-src 'nonce-${nonce}'`]),
    ...(options.connect === true ? ["connect-src 'self'"] : []),
    `form-action 'self'${options.formTarget === undefined ? '' : ` ${options.formTarget}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    status: options.status ?? 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': policy.join('; '),
      'referrer-policy': 'same-origin',
      'x-frame-options': 'DENY',
      ...options.headers,
    },
    body: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(options.title)}</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
${options.body}
${script}
</body>
</html>
`,
  };
}

/** Shows the sign-in form. `wrong` says that the password did not fit; `byForm` that the form's answer is a redirect. */
export function signInPage(page: {
  vendor: string;
  clientId: string;
  redirectUri: string;
  scope: string | undefined;
  username?: string;
  wrong?: boolean;
  byForm?: boolean;
}): Reply {
  const wrong = page.wrong === true;
  const username = escapeHtml(page.username ?? '');
  const invalid = wrong ? ' aria-invalid="true" aria-describedby="wrong"' : '';
  const focusPassword = wrong && username !== '';
  const scope = page.scope === undefined ? '' : `<dt>Scope</dt><dd>${escapeHtml(page.scope)}</dd>`;
  return htmlPage({
    status: wrong ? 403 : 200,
    title: `${wrong ? 'Not signed in' : 'Sign in'} · ${page.vendor} (practice)`,
    ...(page.byForm === true ? { formTarget: formSource(page.redirectUri) } : {}),
    body: `<main class="card">
<p class="vendor"><span class="mark" aria-hidden="true"></span>${escapeHtml(page.vendor)} <span class="tag">practice</span></p>
<h1>Sign in</h1>
<form method="post" autocomplete="on">
<label for="username">Username</label>
<input id="username" name="username" type="text" autocomplete="username" autocapitalize="none" spellcheck="false" value="${username}" required${focusPassword ? '' : ' autofocus'}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${invalid}${focusPassword ? ' autofocus' : ''}>
${wrong ? '<p class="wrong" id="wrong" role="alert">The username or the password is wrong. Try again.</p>' : ''}
<div class="row">
<button class="first" name="action" value="sign-in">Sign in</button>
<button name="action" value="cancel" formnovalidate>Cancel</button>
</div>
</form>
<dl><dt>Application</dt><dd>${escapeHtml(page.clientId)}</dd>${scope}<dt>Then goes to</dt><dd>${escapeHtml(shownTarget(page.redirectUri))}</dd></dl>
<p class="note">A practice page on this machine. The one person here is <code>${escapeHtml(PERSON.username)}</code>, with the password <code>${escapeHtml(PERSON.password)}</code></p>
</main>`,
  });
}

/** Moves on to the redirect by script, as the header vendors do: what it carries stands in the fragment. */
export function handOverPage(vendor: string, target: string, redirectUri: string): Reply {
  const literal = JSON.stringify(target).replaceAll('<', '\\u003c');
  return htmlPage({
    title: `Signed in · ${vendor} (practice)`,
    body: `<main class="card">
<p class="vendor"><span class="mark" aria-hidden="true"></span>${escapeHtml(vendor)} <span class="tag">practice</span></p>
<h1>Going back</h1>
<p>You are taken to ${escapeHtml(shownTarget(redirectUri))}.</p>
<p class="note">If nothing happens, <a href="${escapeHtml(target)}">go there yourself</a>.</p>
</main>`,
    script: `location.replace(${literal});`,
  });
}

/** Answers with 302 to the redirect. */
export function redirectPage(target: string): Reply {
  return {
    status: 302,
    headers: { location: target, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
    body: '',
  };
}

/** Says what was wrong with a request for a page, with status 400, and goes nowhere. */
export function problemPage(title: string, lines: readonly string[], status = 400): Reply {
  return htmlPage({
    status,
    title: `${title} (practice)`,
    body: `<main class="card">
<h1>${escapeHtml(title)}</h1>
${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')}
<p class="note">This is the practice vendor. Nothing was sent anywhere.</p>
</main>`,
  });
}

/** Answers with a page of HTML where JSON was expected, as a proxy or a captive portal would. */
export function failurePage(status: number, headers: Record<string, string>): Reply {
  return htmlPage({
    status,
    title: 'Told to fail (practice)',
    body: '<main class="card"><h1>Told to fail</h1><p>The practice vendor was told to fail this request.</p></main>',
    headers,
  });
}

/** Gives the CSP sources that a redirect after the form may go to; browsers judge redirects by `form-action` too. */
function formSource(redirectUri: string): string {
  const url = new URL(redirectUri);
  if (url.protocol !== 'http:') return url.protocol;
  return url.hostname === '[::1]' ? 'http:' : 'http://127.0.0.1:* http://localhost:*';
}

function shownTarget(redirectUri: string): string {
  const url = new URL(redirectUri);
  return url.host === '' ? url.protocol.replace(/:$/, '') : url.host;
}
