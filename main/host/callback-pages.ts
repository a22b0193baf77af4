// What a person sees in the browser around a sign-in: calm sentences, one at a time.
import type { SignInOutcome } from '../accounts/ports.ts';
import type { Message } from '../api/problems/index.ts';
import { commandTexts, describeProblem, sentenceOf } from '../messages/index.ts';
import { escape, render } from './pages.ts';
import type { RenderedPage } from './pages.ts';

const STYLE = `
main { max-width: 34rem; margin: 12vh auto 2rem; padding: 0 1.25rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem; }
.mark { font-size: .85rem; color: var(--soft); margin-bottom: .75rem; letter-spacing: .02em; }
[data-tone=good] h1 { color: var(--good); }
[data-tone=bad] h1 { color: var(--bad); }
`;

type Tone = 'plain' | 'good' | 'bad';

/** What a page has beyond its two sentences. */
interface More {
  /** HTML that is safe already. */
  readonly html?: string;
  readonly style?: string;
  readonly script?: string;
  readonly form?: boolean;
}

/** A page with one card: a title, a sentence or two, and what is more. */
export function card(tone: Tone, title: string, text: string, more: More = {}): RenderedPage {
  const { html = '', style = '', ...rest } = more;
  const body = `<main><div class="card" id="card" data-tone="${tone}">
<p class="mark">Keyfob</p>
<div role="status" aria-live="polite"><h1 id="title">${escape(title)}</h1>
<p id="text">${escape(text)}</p></div>
${html}${more.script === undefined ? '' : '<noscript><p>This page needs JavaScript to go on.</p></noscript>'}
</div></main>`;
  return render({ title: `${title} – Keyfob`, body, style: STYLE + style, ...rest });
}

const SHOW = `
const show = (tone, title, text) => {
  document.getElementById('card').dataset.tone = tone;
  document.getElementById('title').textContent = title;
  document.getElementById('text').textContent = text;
  document.title = title + ' – Keyfob';
};
const gone = () => show('plain', 'Keyfob does not wait here any more',
  'Look at the terminal for what became of the sign-in. You can close this tab.');
`;

// Takes the answer out of the address bar before anything else, then hands it over raw, with what the start page
// left in this tab.
const HANDOVER = `${SHOW}
const tab = TAB;
let busy = false;
const handOver = async () => {
  const raw = location.hash.slice(1);
  const query = location.search;
  history.replaceState(null, '', location.pathname + (tab === null ? query : ''));
  if (busy) return;
  if (raw === '' && (tab === null || query === '')) {
    show('plain', 'Nothing came with this address', 'Keyfob still waits for the sign-in page to send you back here.');
    return;
  }
  busy = true;
  try {
    let secret = null;
    // Storage that the browser refuses is as one that is lost: the digits are asked for.
    try { if (tab !== null) secret = sessionStorage.getItem(tab); } catch {}
    const answer = await fetch(location.pathname + query, { method: 'POST', credentials: 'same-origin',
      headers: { 'X-Keyfob-Handover': '1', ...(secret === null ? {} : { 'X-Keyfob-Tab': secret }), 'Content-Type': 'text/plain;charset=utf-8' }, body: raw });
    const told = await answer.json();
    if (told.next) location.replace(told.next);
    else { busy = false; show('bad', told.title, told.text); }
  } catch { busy = false; gone(); }
};
addEventListener('hashchange', handOver);
handOver();
`;

const WAIT = `${SHOW}
const wait = async () => {
  try {
    for (;;) {
      const answer = await fetch(location.pathname + '/outcome', { credentials: 'same-origin' });
      if (answer.status === 204) continue;
      if (!answer.ok) return gone();
      const told = await answer.json();
      return show(told.tone, told.title, told.text);
    }
  } catch { gone(); }
};
wait();
`;

/**
 * What the start page leaves in its tab's sessionStorage: pages of this origin in this tab read it, and in a pop-up that
 * such a page opens; a tab that another site opens or leads here has none.
 */
export interface TabSecret {
  readonly key: string;
  /** base64url. */
  readonly secret: string;
}

/** Takes over what stands behind the hash mark, and, with the key of a tab's secret, the query and that secret. */
export function handoverPage(tabKey: string | null): RenderedPage {
  return card('plain', 'One moment', 'Keyfob is taking over the answer of the sign-in.', {
    script: HANDOVER.replace('TAB', JSON.stringify(tabKey)),
  });
}

/** Says what to do with this very address; shown where the person is to paste it. */
export function pastePage(): RenderedPage {
  return card(
    'plain',
    'Copy the address of this page',
    'Copy all of it from the address bar, and paste it where Keyfob waits for it. Then close this tab.',
  );
}

/** Waits for the end of the flow. */
export function waitPage(): RenderedPage {
  return card('plain', 'Almost done', 'Keyfob is fetching the token. This takes a moment.', {
    script: WAIT,
  });
}

/** What became of it. */
export function outcomeTexts({ account, problem }: SignInOutcome): {
  tone: Tone;
  title: string;
  text: string;
} {
  const message =
    problem === null
      ? `Signed in as ${account}.`
      : [describeProblem(commandTexts, problem).detail, problem.error_description].filter(Boolean).join(' ');
  return {
    tone: problem === null ? 'good' : 'bad',
    title: problem === null ? 'You are signed in' : 'The sign-in did not work',
    text: `${message} You can close this tab.`,
  };
}

export function outcomePage(outcome: SignInOutcome): RenderedPage {
  const { tone, title, text } = outcomeTexts(outcome);
  return card(tone, title, text);
}

export const NOT_TAKEN = 'This answer was not taken';

/** An answer that was not the right one; the flow still waits. */
export function refusedPage(reason: Message): RenderedPage {
  return card('bad', NOT_TAKEN, refusedText(reason));
}

export function refusedText(reason: Message): string {
  return `${sentenceOf(commandTexts, reason)} Keyfob still waits for the right one.`;
}

export const ANSWERED = {
  title: 'This sign-in has already been answered',
  text: 'Nothing more is taken here. You can close this tab.',
};

export function answeredPage(): RenderedPage {
  return card('plain', ANSWERED.title, ANSWERED.text);
}

export function nothingHerePage(): RenderedPage {
  return card('plain', 'There is nothing here', 'Open the address that Keyfob printed in the terminal.');
}

/** The start page's second opening, or one that comes too late. */
export function usedPage(): RenderedPage {
  return card(
    'plain',
    'This address opens nothing any more',
    'It works once, and for ten minutes. Start the sign-in again for a fresh one.',
  );
}

/**
 * Sends the browser on to the vendor: from a page that a form has posted to (a redirect is no way out of that), or
 * that first leaves its secret in the tab.
 */
export function onwardPage(address: string, tab: TabSecret | null): RenderedPage {
  const to = escape(address);
  const title = 'One moment';
  const text = 'Keyfob sends you on to the sign-in page.';
  const link = `<p><a href="${to}">Go on</a></p>`;
  if (tab === null)
    return card('plain', title, text, { html: `<meta http-equiv="refresh" content="0;url=${to}">${link}` });
  const [key, secret] = [tab.key, tab.secret].map((one) => JSON.stringify(one));
  return card('plain', title, text, {
    html: link,
    // Where the storage is refused, the digits will be asked for.
    script: `try { sessionStorage.setItem(${key}, ${secret}); } catch {}
location.replace(document.querySelector('a').href);`,
  });
}
