// What a sign-in's windows say: titles, and the few pages of our own in them. Pure.
//
// Invariants: the title begins with the host that was really reached; every text from outside is escaped; a
// page of ours runs no script, fetches nothing, and is a data: address that no vendor's page can reach into.
import type { Message } from '../api/problems/index.ts';

import { randomBytes } from 'node:crypto';
import { describeChromiumFailure } from '../host/network-failure.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import type { Language } from '../messages/desktop/index.ts';
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

interface Link {
  readonly text: string;
  readonly href: string;
}

export interface OwnPage {
  readonly title: string;
  readonly text: string;
  /** What to do, in a sentence. */
  readonly advice?: string;
  readonly links?: readonly Link[];
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

/** The titles and pages of sign-ins, in a language. */
export type SignInPages = ReturnType<typeof signInPages>;

export function signInPages(language: Language) {
  const texts = desktopTexts[language].signIn;
  const again = (address: string): Link => ({ text: texts.again, href: address });
  const startOver = (address: string | null): Link[] =>
    address === null ? [] : [{ text: texts.startOver, href: address }];
  const sentence = (known: Message): string => sentenceOf(windowTexts[language], known);

  return {
    /** The title of a window that shows a page; `address` is what was committed, or null before anything was. */
    titleOf(account: string, address: string | null): string {
      const host = address === null ? null : hostOf(address);
      const rest = texts.title(account);
      if (address === null || host === null) return rest;
      return `${isOpen(address) ? texts.notSecure : ''}${host} – ${rest}`;
    },

    /** The data: address of a page of ours. */
    addressOf: (page: OwnPage): string =>
      `data:text/html;charset=utf-8,${encodeURIComponent(html(page, language))}`,

    /**
     * The page for an address that could not be loaded. `name` is Chromium's (`ERR_NAME_NOT_RESOLVED`);
     * `first` is the vendor's sign-in page, or null where the window is a pop-up.
     */
    failure(name: string, address: string, first: string | null): OwnPage {
      const host = hostOf(address);
      const known = describeChromiumFailure(name, URL.parse(address)?.hostname ?? '');
      const text = known === null ? texts.notLoaded(name) : sentence(known);
      const links = [
        ...(host === null ? [] : [again(address)]),
        ...(first === address ? [] : startOver(first)),
      ];
      return /CERT|SSL/.test(name) && !name.includes('CLIENT_AUTH')
        ? { title: texts.unsafe(host ?? texts.server), text, advice: texts.unsafeAdvice, links }
        : { title: texts.notOpened(host ?? texts.atBeginning), text, advice: texts.notOpenedAdvice, links };
    },

    /** The page for a vendor's page that crashed. */
    crash: (address: string): OwnPage => ({
      title: texts.crashed,
      text: texts.crashedText(hostOf(address) ?? texts.vendor),
      advice: texts.stillWaits,
      links: [again(address)],
    }),

    /**
     * The page for an address of another program (`file:`, `other.app:`) that a redirect or an answer went to. It may
     * carry a code: its query and fragment are not shown.
     */
    elsewhere: (address: string, redirectUri: string, first: string | null): OwnPage => ({
      title: texts.elsewhere,
      text: texts.elsewhereText(address.replace(/[?#].*$/s, '').slice(0, 200), redirectUri),
      advice: texts.elsewhereAdvice,
      links: startOver(first),
    }),

    /** The page for an answer that was not taken. */
    refused: (reason: Message, first: string | null): OwnPage => ({
      title: texts.notTaken,
      text: texts.notTakenText(sentence(reason)),
      links: startOver(first),
    }),

    /** The page while the token is fetched. */
    waiting: { title: texts.almost, text: texts.almostText },

    /** The question for HTTP authentication (RFC 9110 section 11) of a server or a proxy. */
    credentials(asked: {
      readonly host: string;
      readonly realm: string;
      readonly isProxy: boolean;
      readonly isOpen: boolean;
      readonly isAgain: boolean;
    }): OwnPage {
      const text = [
        ...(asked.isAgain ? [texts.notAccepted] : []),
        ...(asked.realm === '' ? [] : [texts.realm(asked.realm)]),
        texts.notKept,
      ];
      return {
        title: texts.credentials(asked.host, asked.isProxy),
        text: text.join(' '),
        ...(asked.isOpen ? { advice: texts.readable } : {}),
        form: `<form method="post" action="${answerAddress}" autocomplete="off">
<label>${texts.userName} <input name="username" autofocus autocapitalize="off"></label>
<label>${texts.password} <input name="password" type="password"></label>
<div class="row"><button class="first">${texts.send}</button></div></form>`,
      };
    },

    /** The question which client certificate a server may see. */
    certificates(
      host: string | null,
      certificates: readonly {
        readonly subjectName: string;
        readonly issuerName: string;
        readonly validExpiry: number;
      }[],
    ): OwnPage {
      const rows = certificates.map(({ subjectName, issuerName, validExpiry }, index) => {
        const until = new Date(validExpiry * 1000).toISOString().slice(0, 10);
        const label = escape(texts.certificate(subjectName, issuerName, until));
        return `<label><input type="radio" name="certificate" value="${index}"${index === 0 ? ' checked autofocus' : ''}> ${label}</label>`;
      });
      return {
        title: texts.certificates(host ?? texts.atBeginning),
        text: texts.certificatesText,
        form: `<form method="post" action="${answerAddress}">${rows.join('\n')}
<div class="row"><button class="first">${texts.sendCertificate}</button></div></form>`,
      };
    },
  };
}

function html(page: OwnPage, language: Language): string {
  const nonce = randomBytes(16).toString('base64');
  const links = (page.links ?? []).map(
    ({ text, href }, index) =>
      `<a${index === 0 ? ' class="first"' : ''} href="${escape(href)}">${escape(text)}</a>`,
  );
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; form-action ${new URL(answerAddress).origin}; base-uri 'none'`;
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">
<title>${escape(page.title)}</title><style nonce="${nonce}">${style}</style></head>
<body><main><h1>${escape(page.title)}</h1>
<p>${escape(page.text)}</p>
${page.advice === undefined ? '' : `<p class="soft">${escape(page.advice)}</p>`}
${page.form ?? ''}
${links.length === 0 ? '' : `<div class="row">${links.join('\n')}</div>`}
</main></body></html>`;
}
