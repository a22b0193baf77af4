// What a sign-in's windows say: titles, and the few pages of our own in them. Pure.
//
// Invariants: the title begins with the host that was really reached; every text from outside is escaped; a
// page of ours runs no script, fetches nothing, and is a data: address that no vendor's page can reach into.
import type { Message } from '../api/problems/index.ts';

import { randomBytes } from 'node:crypto';
import { describeChromiumFailure } from '../host/network-failure.ts';
import { sentenceOf, windowTexts } from '../messages/index.ts';
import { isLoopbackHost } from '../oauth/url.ts';
import { escape } from '../host/pages.ts';

/** Characters of a host that a title shows; of a longer one the end, which says whose it is. */
const hostLimit = 100;

/** The host of an address as people should see it, with its port when that is not the default; null for none. */
export function hostOf(address: string): string | null {
  const url = URL.parse(address.replace(/^blob:/, ''));
  if (url === null || !/^https?:$/.test(url.protocol) || url.host === '') return null;
  return url.host.length > hostLimit ? `…${url.host.slice(-hostLimit)}` : url.host;
}

/** Whether what is typed into a page travels openly: http beyond this machine. */
export function isOpen(address: string): boolean {
  const url = URL.parse(address.replace(/^blob:/, ''));
  return url?.protocol === 'http:' && !isLoopbackHost(url.hostname);
}

/** The title of a window that shows a page; `address` is what was committed, or null before anything was. */
export function titleOf(account: string, address: string | null): string {
  const host = address === null ? null : hostOf(address);
  const rest = `Sign in to ${account} – Keyfob`;
  if (address === null || host === null) return rest;
  return `${isOpen(address) ? 'Not secure: ' : ''}${host} – ${rest}`;
}

export interface OwnPage {
  readonly title: string;
  readonly text: string;
  /** What to do, in a sentence. */
  readonly advice?: string;
  readonly links?: readonly { readonly text: string; readonly href: string }[];
  /** HTML that is safe already. */
  readonly form?: string;
}

/** Where the forms of our own pages are posted to: caught, and never asked for (RFC 6761: no such host). */
export const answerAddress = 'https://keyfob.invalid/answer';

const style = `
:root { color-scheme: light dark; --ground: #fbfbfa; --card: #fff; --ink: #1b1c1e; --soft: #5f6268;
  --line: #85878c; --accent: #0f766e; --on: #fff; }
@media (prefers-color-scheme: dark) { :root { --ground: #17181a; --card: #1f2023; --ink: #ececee;
  --soft: #a3a6ad; --line: #7c8087; --accent: #2dd4bf; --on: #17181a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 10vh auto 2rem; padding: 0 1.25rem; }
h1 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 .5rem; overflow-wrap: anywhere; }
p { margin: 0 0 .75rem; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.row { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem; }
label { display: block; margin: .75rem 0; }
input:not([type=radio]) { display: block; width: 100%; margin-top: .25rem; }
a, button, input { font: inherit; color: inherit; padding: .5rem .9rem; border: 1px solid var(--line);
  border-radius: 8px; background: var(--card); text-decoration: none; }
.first { background: var(--accent); border-color: var(--accent); color: var(--on); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;

/** The data: address of a page of ours. */
export function addressOfPage(page: OwnPage): string {
  const nonce = randomBytes(16).toString('base64');
  const links = (page.links ?? []).map(
    ({ text, href }, index) =>
      `<a${index === 0 ? ' class="first"' : ''} href="${escape(href)}">${escape(text)}</a>`,
  );
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; form-action ${new URL(answerAddress).origin}; base-uri 'none'`;
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">
<title>${escape(page.title)}</title><style nonce="${nonce}">${style}</style></head>
<body><main><h1>${escape(page.title)}</h1>
<p>${escape(page.text)}</p>
${page.advice === undefined ? '' : `<p class="soft">${escape(page.advice)}</p>`}
${page.form ?? ''}
${links.length === 0 ? '' : `<div class="row">${links.join('\n')}</div>`}
</main></body></html>`;
  return `data:text/html;charset=utf-8,${encodeURIComponent(html)}`;
}

const again = (address: string): { text: string; href: string } => ({ text: 'Try again', href: address });

/**
 * The page for an address that could not be loaded. `name` is Chromium's (`ERR_NAME_NOT_RESOLVED`);
 * `startOver` is the vendor's sign-in page, or null where the window is a pop-up.
 */
export function failurePage(name: string, address: string, startOver: string | null): OwnPage {
  const host = hostOf(address) ?? 'the server';
  const known = describeChromiumFailure(name, URL.parse(address)?.hostname ?? '');
  const sentence =
    known === null ? `The page could not be loaded (${name}).` : sentenceOf(windowTexts.en, known);
  const links = [
    ...(hostOf(address) === null ? [] : [again(address)]),
    ...(startOver === null || startOver === address ? [] : [{ text: 'Start over', href: startOver }]),
  ];
  if (/CERT|SSL/.test(name) && !name.includes('CLIENT_AUTH')) {
    return {
      title: `The connection to ${host} is not safe`,
      text: sentence,
      advice:
        'Keyfob does not go on: somebody could read along. Check this machine’s date and time and its network, and ask who runs the server or the network.',
      links,
    };
  }
  return {
    title: `${host} could not be opened`,
    text: sentence,
    advice:
      'The sign-in still waits. Check the network, and the address in the account’s settings, and try again.',
    links,
  };
}

/** The page for a vendor's page that crashed. */
export function crashPage(address: string): OwnPage {
  return {
    title: 'The page stopped working',
    text: `The page of ${hostOf(address) ?? 'the vendor'} ended by itself.`,
    advice: 'The sign-in still waits.',
    links: [again(address)],
  };
}

/**
 * The page for an address of another program (`file:`, `other.app:`) that a redirect or an answer went to. It may
 * carry a code: its query and fragment are not shown.
 */
export function elsewherePage(address: string, redirectUri: string, startOver: string | null): OwnPage {
  return {
    title: 'The page goes somewhere that Keyfob does not open',
    text: `It went on to ${address.replace(/[?#].*$/s, '').slice(0, 200)}, which is not this account’s redirect URI (${redirectUri}).`,
    advice:
      'Where the vendor has another redirect URI registered for your application, enter that one in the account’s settings, letter by letter. The sign-in still waits.',
    links: startOver === null ? [] : [{ text: 'Start over', href: startOver }],
  };
}

/** The page for an answer that was not taken. */
export function refusedPage(reason: Message, startOver: string | null): OwnPage {
  return {
    title: 'This answer was not taken',
    text: `${sentenceOf(windowTexts.en, reason)} Keyfob still waits for the right one.`,
    links: startOver === null ? [] : [{ text: 'Start over', href: startOver }],
  };
}

/** The page while the token is fetched. */
export const waitingPage: OwnPage = {
  title: 'Almost done',
  text: 'Keyfob is fetching the token. This takes a moment, and the window closes by itself.',
};

/** The question for HTTP authentication (RFC 9110 section 11) of a server or a proxy. */
export function credentialsPage(asked: {
  readonly host: string;
  readonly realm: string;
  readonly isProxy: boolean;
  readonly isOpen: boolean;
  readonly isAgain: boolean;
}): OwnPage {
  const who = asked.isProxy ? `The proxy ${asked.host}` : asked.host;
  return {
    title: `${who} asks for a user name and password`,
    text: `${asked.isAgain ? 'What was given was not accepted. ' : ''}${asked.realm === '' ? '' : `It says: “${asked.realm}”. `}Keyfob does not keep them.`,
    ...(asked.isOpen ? { advice: 'The connection is not encrypted: others may read the password.' } : {}),
    form: `<form method="post" action="${answerAddress}" autocomplete="off">
<label>User name <input name="username" autofocus autocapitalize="off"></label>
<label>Password <input name="password" type="password"></label>
<div class="row"><button class="first">Sign in</button></div></form>`,
  };
}

/** The question which client certificate a server may see. */
export function certificatesPage(
  host: string,
  certificates: readonly {
    readonly subjectName: string;
    readonly issuerName: string;
    readonly validExpiry: number;
  }[],
): OwnPage {
  const rows = certificates.map(({ subjectName, issuerName, validExpiry }, index) => {
    const until = new Date(validExpiry * 1000).toISOString().slice(0, 10);
    const label = escape(`${subjectName}, issued by ${issuerName}, valid until ${until}`);
    return `<label><input type="radio" name="certificate" value="${index}"${index === 0 ? ' checked autofocus' : ''}> ${label}</label>`;
  });
  return {
    title: `${host} asks for a certificate of yours`,
    text: 'It tells the server who you are. Close this window to send none.',
    form: `<form method="post" action="${answerAddress}">${rows.join('\n')}
<div class="row"><button class="first">Send this certificate</button></div></form>`,
  };
}
