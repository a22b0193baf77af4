// What a person sees in the browser around a sign-in: calm sentences, one at a time.
import type { SignInOutcome } from '../accounts/ports.ts';
import type { Problem } from '../api/problem.ts';
import type { Message } from '../api/problems/index.ts';
import { describeProblem, sentenceOf, windowTexts } from '../messages/index.ts';
import type { Language } from '../messages/language.ts';
import { pageTexts } from '../messages/pages/index.ts';
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
export function card(
  language: Language,
  tone: Tone,
  title: string,
  text: string,
  more: More = {},
): RenderedPage {
  const { html = '', style = '', ...rest } = more;
  const body = `<main><div class="card" id="card" data-tone="${tone}">
<p class="mark">Keyfob</p>
<div role="status" aria-live="polite"><h1 id="title">${escape(title)}</h1>
<p id="text">${escape(text)}</p></div>
${html}${more.script === undefined ? '' : `<noscript><p>${escape(pageTexts[language].needsScript)}</p></noscript>`}
</div></main>`;
  return render({ language, title: `${title} – Keyfob`, body, style: STYLE + style, ...rest });
}

/** The value as it stands in a page's script: `<` escaped, which could end it. */
export function literal(value: string | null): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

const show = (language: Language): string => `
const show = (tone, title, text) => {
  document.getElementById('card').dataset.tone = tone;
  document.getElementById('title').textContent = title;
  document.getElementById('text').textContent = text;
  document.title = title + ' – Keyfob';
};
const gone = () => show('plain', ${literal(pageTexts[language].signIn.gone)}, ${literal(pageTexts[language].signIn.goneText)});
`;

// Takes the answer out of the address bar before anything else, then hands it over raw, with what the start page
// left in this tab.
const handover = (language: Language, tabKey: string | null): string => `${show(language)}
const tab = ${literal(tabKey)};
let busy = false;
const handOver = async () => {
  const raw = location.hash.slice(1);
  const query = location.search;
  history.replaceState(null, '', location.pathname + (tab === null ? query : ''));
  if (busy) return;
  if (raw === '' && (tab === null || query === '')) {
    show('plain', ${literal(pageTexts[language].signIn.noAnswer)}, ${literal(pageTexts[language].signIn.noAnswerText)});
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

const wait = (language: Language): string => `${show(language)}
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

/** The pages of a sign-in, in a language. */
export type CallbackPages = ReturnType<typeof callbackPages>;

export function callbackPages(language: Language) {
  const texts = pageTexts[language].signIn;
  const { goOn, closeTab } = pageTexts[language];
  const page = (tone: Tone, title: string, text: string, more?: More): RenderedPage =>
    card(language, tone, title, text, more);

  /** What went wrong, with the vendor's own words. */
  const told = (problem: Problem): string =>
    [describeProblem(windowTexts[language], problem).detail, problem.error_description]
      .filter(Boolean)
      .join(' ');
  /** What became of the sign-in. */
  const outcomeTexts = ({ account, problem }: SignInOutcome): { tone: Tone; title: string; text: string } => {
    const message = problem === null ? texts.signedInText(account) : told(problem);
    return {
      tone: problem === null ? 'good' : 'bad',
      title: problem === null ? texts.signedIn : texts.failed,
      text: `${message} ${closeTab}`,
    };
  };
  /** An answer that was not the right one; the flow still waits. */
  const refusedTexts = (reason: Message): { title: string; text: string } => ({
    title: texts.notTaken,
    text: `${sentenceOf(windowTexts[language], reason)} ${texts.stillWaits}`,
  });
  const answeredTexts = { title: texts.answered, text: texts.answeredText };

  return {
    outcomeTexts,
    refusedTexts,
    answeredTexts,

    /** Takes over what stands behind the hash mark, and, with the key of a tab's secret, the query and that secret. */
    handover: (tabKey: string | null): RenderedPage =>
      page('plain', texts.moment, texts.reading, { script: handover(language, tabKey) }),

    /** Says what to do with this very address; shown where the person is to paste it. */
    paste: (): RenderedPage => page('plain', texts.paste, texts.pasteText),

    /** Waits for the end of the flow. */
    wait: (): RenderedPage => page('plain', texts.almost, texts.almostText, { script: wait(language) }),

    outcome(outcome: SignInOutcome): RenderedPage {
      const { tone, title, text } = outcomeTexts(outcome);
      return page(tone, title, text);
    },

    refused(reason: Message): RenderedPage {
      const { title, text } = refusedTexts(reason);
      return page('bad', title, text);
    },

    answered: (): RenderedPage => page('plain', answeredTexts.title, answeredTexts.text),

    nothingHere: (): RenderedPage => page('plain', texts.nothing, texts.nothingText),

    /** The start page's second opening, or one that comes too late. */
    used: (): RenderedPage => page('plain', texts.used, texts.usedText),

    /** The vendor did not take the request that its page is opened with. */
    notPrepared: (problem: Problem): RenderedPage =>
      page('bad', texts.notPrepared, `${told(problem)} ${texts.notPreparedText}`),

    /**
     * Sends the browser on to the vendor: from a page that a form has posted to (a redirect is no way out of that), or
     * that first leaves its secret in the tab.
     */
    onward(address: string, tab: TabSecret | null): RenderedPage {
      const to = escape(address);
      const link = `<p><a href="${to}">${escape(goOn)}</a></p>`;
      if (tab === null)
        return page('plain', texts.moment, texts.sending, {
          html: `<meta http-equiv="refresh" content="0;url=${to}">${link}`,
        });
      return page('plain', texts.moment, texts.sending, {
        html: link,
        // Where the storage is refused, the digits will be asked for.
        script: `try { sessionStorage.setItem(${literal(tab.key)}, ${literal(tab.secret)}); } catch {}
location.replace(document.querySelector('a').href);`,
      });
    },
  };
}
