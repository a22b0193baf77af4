// The pages around six digits and other users: which user opened an address, asked or refused.
import { card } from './callback-pages.ts';
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

const TITLE = 'Enter the six digits';
const WHERE =
  'The digits stand where it was started (on standard error), in its window, and below the address that you were given.';
const OF_SIGN_IN = `Keyfob cannot tell whether this page belongs to the sign-in that you began. If you began none just now, close it. ${WHERE}`;
const OF_CONSOLE = `Keyfob cannot tell which user of this machine has opened its console. If it was not you, close this page. ${WHERE}`;

const wrongText = (left: number): string =>
  `These are not the digits. ${left === 1 ? 'One try is' : `${String(left)} tries are`} left.`;

function form(problem: string): string {
  return `<p role="alert" id="problem"${problem === '' ? ' hidden' : ''}>${problem}</p>
<form method="post" id="form"><label for="digits">Six digits</label>
<input id="digits" name="digits" inputmode="numeric" autocomplete="one-time-code" maxlength="12" required autofocus>
<button type="submit">Go on</button></form>`;
}

/** Asks for the digits by a form that is posted to the page's own address; `left`: tries after a wrong one, or null. */
export function confirmationPage(left: number | null): RenderedPage {
  return card('plain', TITLE, OF_SIGN_IN, {
    html: form(left === null ? '' : wrongText(left)),
    style: STYLE,
    form: true,
  });
}

// The console's address bears its secret behind the hash mark: off the address first, then sent with the digits.
const CONSOLE = `
const secret = /^#s=([A-Za-z0-9_-]+)$/.exec(location.hash)?.[1] ?? '';
history.replaceState(null, '', location.pathname);
const form = document.getElementById('form');
const problem = document.getElementById('problem');
const end = (text) => { form.hidden = true; problem.hidden = false; problem.textContent = text; };
const ENDED = 'This address opens nothing any more. Run: keyfob console';
if (secret === '') end('Open the address of the console once more, or run: keyfob console');
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
    } else end(ENDED);
  } catch { end('Keyfob does not answer any more.'); }
});
`;

/** The same for an address of the console, by the page's own script. */
export function consoleConfirmationPage(): RenderedPage {
  return card('plain', TITLE, OF_CONSOLE, { html: form(''), style: STYLE, script: CONSOLE });
}

/** What the console's page is told of digits that were asked for (null: none came yet) or wrong. */
export function digitsWanted(left: number, wrong: boolean): { left: number; text: string } {
  return { left, text: wrong ? wrongText(left) : TITLE };
}

/** Five wrong ones were entered. */
export function endedPage(): RenderedPage {
  return card(
    'bad',
    'This address opens nothing any more',
    'Wrong digits were entered five times. Start again for a fresh address.',
  );
}

/** Somebody else's. */
export function otherUserPage(): RenderedPage {
  return card(
    'bad',
    'This page is for another user of this machine',
    'Keyfob runs as another user than the program that opened this page. Open the address as that user; it was not used up.',
  );
}
