// The pages around six digits and other users: which user opened an address, asked or refused.
import type { Language } from '../messages/language.ts';
import { pageTexts } from '../messages/pages/index.ts';
import type { PageTexts } from '../messages/pages/index.ts';
import { card, literal } from './callback-pages.ts';
import { escape } from './pages.ts';
import type { RenderedPage } from './pages.ts';

const STYLE = `
form { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: end; margin-top: 1rem; }
label { flex-basis: 100%; font-size: .9rem; color: var(--soft); }
input, button { font: inherit; border-radius: 8px; padding: .5rem .75rem; min-height: 44px; }
input { width: 10ch; letter-spacing: .15em; font-variant-numeric: tabular-nums; color: inherit;
  background: var(--ground); border: 1px solid var(--soft); }
button { border: 1px solid var(--accent); background: var(--accent); color: var(--card); cursor: pointer; }
[role=alert] { color: var(--bad); margin-top: 1rem; }
[hidden] { display: none !important; }
`;

/** The form, and the place of what is wrong with the digits. */
function form(language: Language, problem: string): string {
  const { digits, goOn } = pageTexts[language];
  return `<p role="alert" id="problem"${problem === '' ? ' hidden' : ''}>${escape(problem)}</p>
<form method="post" id="form"><label for="digits">${escape(digits.label)}</label>
<input id="digits" name="digits" inputmode="numeric" autocomplete="one-time-code" maxlength="12" required autofocus>
<button type="submit">${escape(goOn)}</button></form>`;
}

/** Asks for the digits by a form that is posted to the page's own address; `left`: tries after a wrong one, or null. */
export function confirmationPage(language: Language, left: number | null): RenderedPage {
  const texts = pageTexts[language].digits;
  return card(language, 'plain', texts.title, `${texts.ofSignIn} ${texts.where}`, {
    html: form(language, left === null ? '' : texts.wrong(left)),
    style: STYLE,
    form: true,
  });
}

// The console's address bears its secret behind the hash mark: off the address first, then sent with the digits.
const consoleScript = (texts: PageTexts['digits']): string => `
const secret = /^#s=([A-Za-z0-9_-]+)$/.exec(location.hash)?.[1] ?? '';
history.replaceState(null, '', location.pathname);
const form = document.getElementById('form');
const problem = document.getElementById('problem');
const end = (text) => { form.hidden = true; problem.hidden = false; problem.textContent = text; };
if (secret === '') end(${literal(texts.consoleAgain)});
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    const answer = await fetch('session', { method: 'POST', headers: { 'Content-Type': 'application/json' },
      cache: 'no-store', redirect: 'error', body: JSON.stringify({ secret, digits: form.elements.digits.value }) });
    const told = answer.status === 401 ? {} : await answer.json();
    if (answer.ok) {
      sessionStorage.setItem('keyfob.session', told.session);
      location.replace('./');
    } else if (told.left > 0) {
      problem.hidden = false;
      problem.textContent = told.text;
      form.elements.digits.select();
    } else end(${literal(texts.consoleUsed)});
  } catch { end(${literal(texts.silent)}); }
});
`;

/** The same for an address of the console, by the page's own script. */
export function consoleConfirmationPage(language: Language): RenderedPage {
  const texts = pageTexts[language].digits;
  return card(language, 'plain', texts.title, `${texts.ofConsole} ${texts.where}`, {
    html: form(language, ''),
    style: STYLE,
    script: consoleScript(texts),
  });
}

/** What the console's page is told of digits that were asked for (none came yet) or wrong. */
export function digitsWanted(
  language: Language,
  left: number,
  wrong: boolean,
): { left: number; text: string } {
  const texts = pageTexts[language].digits;
  return { left, text: wrong ? texts.wrong(left) : texts.title };
}

/** Five wrong ones were entered. */
export function endedPage(language: Language): RenderedPage {
  const { ended, endedText } = pageTexts[language].digits;
  return card(language, 'bad', ended, endedText);
}

/** Somebody else's. */
export function otherUserPage(language: Language): RenderedPage {
  const { otherUser, otherUserText } = pageTexts[language];
  return card(language, 'bad', otherUser, otherUserText);
}
