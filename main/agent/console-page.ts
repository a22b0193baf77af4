// The console's page: accounts, what state they are in, how long their tokens last. Plain on purpose; it
// shows names and times, and never gets a token.
import { escape, render } from '../host/pages.ts';
import type { RenderedPage } from '../host/pages.ts';

const STYLE = `
header, main, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; padding-top: 1.75rem; }
header h1 { margin: 0; }
#state { margin: 0; color: var(--soft); }
main { padding-top: 1rem; }
footer { padding-top: 1rem; padding-bottom: 2rem; font-size: .875rem; color: var(--soft); }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem; }
.panel h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
.panel ol { margin: .75rem 0 0; padding-left: 1.4rem; }
.panel li { margin-bottom: .6rem; }
.panel code { display: block; background: var(--ground); border: 1px solid var(--line); border-radius: 6px;
  padding: .35rem .6rem; overflow-wrap: anywhere; }
#accounts { list-style: none; margin: 0; padding: 0; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; overflow: hidden; }
#accounts:empty { display: none; }
#accounts > li { padding: .9rem 1.25rem; border-top: 1px solid var(--line); display: grid; gap: .15rem 1.5rem;
  grid-template-columns: minmax(0, 1.6fr) minmax(0, 1.1fr) 7.5rem 8.5rem; }
#accounts > li:first-child { border-top: 0; }
#accounts h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; display: flex; flex-wrap: wrap;
  align-items: center; gap: .1rem .5rem; }
#accounts h2 > * { min-width: 0; }
#accounts p { margin: 0; }
.provider, dt { color: var(--soft); font-size: .875rem; }
.provider { overflow-wrap: anywhere; }
.chosen { padding: 0 .45rem; border: 1px solid var(--accent);
  color: var(--accent); border-radius: 99px; font-size: .75rem; font-weight: 600; line-height: 1.4;
  white-space: nowrap; }
dl { display: contents; }
dl div { min-width: 0; }
dt, dd { margin: 0; }
dd { font-variant-numeric: tabular-nums; }
[data-tone=good] { color: var(--good); }
[data-tone=warn] { color: var(--warn); }
[data-tone=bad] { color: var(--bad); }
.notice { grid-column: 1 / -1; font-size: .925rem; margin-top: .35rem !important; overflow-wrap: anywhere; }
button { font: inherit; padding: .4rem .9rem; border-radius: 8px; border: 1px solid var(--line);
  background: var(--ground); color: var(--ink); cursor: pointer; }
button:hover { border-color: var(--accent); }
[hidden] { display: none !important; }
@media (max-width: 44rem) {
  #accounts > li { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: .5rem 1rem; }
  #accounts > li > div:first-child { grid-column: 1 / -1; }
  dl div:first-child { grid-column: 1 / -1; }
}
`;

const SCRIPT = `
const $ = (id) => document.getElementById(id);
const words = { signed_out: ['Signed out', 'plain'], signing_in: ['Waiting for a sign-in', 'warn'],
  live: ['Signed in', 'good'], refreshing: ['Refreshing', 'good'], retrying: ['Trying to refresh again', 'warn'],
  sign_in_needed: ['Sign-in needed', 'bad'], locked: ['Locked', 'warn'] };
const KEY = 'keyfob-session';
let shown = null;
let skew = 0;

const span = (seconds) => {
  if (seconds < 60) return seconds + ' s';
  const m = Math.floor(seconds / 60), h = Math.floor(m / 60), d = Math.floor(h / 24);
  if (m < 10) return m + ' min ' + (seconds % 60) + ' s';
  if (h < 1) return m + ' min';
  if (d < 1) return h + ' h ' + (m % 60) + ' min';
  if (d >= 10) return d + ' days';
  return d + (d === 1 ? ' day ' : ' days ') + (h % 24) + ' h';
};
const until = (at) => Math.max(0, Math.round(at - (Date.now() / 1000 + skew)));
const left = (a) => a.expires_at === null ? (a.state === 'live' ? 'not known' : '–')
  : until(a.expires_at) === 0 ? 'ended' : span(until(a.expires_at));
const next = (a) => a.next_refresh_at === null ? '–'
  : until(a.next_refresh_at) === 0 ? 'now'
  : a.expires_at !== null && a.next_refresh_at >= a.expires_at ? 'at its end'
  : 'in ' + span(until(a.next_refresh_at));

const make = (tag, text, cls) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (cls) element.className = cls;
  return element;
};
const pair = (label, value, tone) => {
  const box = make('div'), dd = make('dd', value);
  if (tone) dd.dataset.tone = tone;
  box.append(make('dt', label), dd);
  return box;
};
const row = (a) => {
  const li = make('li'), head = make('div'), name = make('h2'), dl = make('dl');
  name.append(make('span', a.name));
  if (a.selected) name.append(' ', make('span', 'selected', 'chosen'));
  else if (a.selected_for_provider && a.has_siblings) name.append(' ', make('span', 'selected for its provider', 'chosen'));
  head.append(name, make('p', a.provider_name, 'provider'));
  const [text, tone] = words[a.state] ?? [a.state, 'plain'];
  dl.append(pair('State', text, tone), pair('Time left', left(a)), pair('Next refresh', next(a)));
  li.append(head, dl);
  if (a.notice) li.append(make('p', a.notice, 'notice'));
  return li;
};
const draw = () => {
  const { accounts, locked } = shown;
  const live = accounts.filter((a) => a.state === 'live' || a.state === 'refreshing').length;
  $('state').textContent = locked ? 'Locked: unlock with “keyfob unlock”.'
    : accounts.length === 0 ? '' : live + ' of ' + accounts.length + ' signed in';
  $('accounts').replaceChildren(...accounts.map(row));
  $('empty').hidden = accounts.length > 0;
  $('message').hidden = true;
};
// Once a second the times alone change; nothing is announced again.
const tick = () => {
  if (shown === null) return;
  [...$('accounts').children].forEach((li, i) => {
    const values = li.querySelectorAll('dd');
    values[1].textContent = left(shown.accounts[i]);
    values[2].textContent = next(shown.accounts[i]);
  });
};
const say = (title, text, again) => {
  shown = null;
  $('accounts').replaceChildren();
  $('empty').hidden = true;
  $('state').textContent = '';
  $('message-title').textContent = title;
  $('message-text').textContent = text;
  $('again').hidden = !again;
  $('message').hidden = false;
};
const closed = () => {
  sessionStorage.removeItem(KEY);
  say('This page is not open for you any more',
    'Its address was used already, or Keyfob was started again. Get a fresh one with: npx keyfob console');
};
const enter = async () => {
  const secret = /^#s=(.+)$/.exec(location.hash)?.[1];
  history.replaceState(null, '', '/');
  if (!secret) return;
  const answer = await fetch('/session', { method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ secret }) });
  if (answer.ok) sessionStorage.setItem(KEY, (await answer.json()).session);
};
const follow = async () => {
  let seen = -1;
  for (;;) {
    const session = sessionStorage.getItem(KEY);
    if (session === null) return closed();
    const answer = await fetch('/accounts?after=' + seen, { headers: { 'X-Keyfob-Session': session } });
    if (answer.status === 401) return closed();
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    seen = told.revision;
    skew = told.now - Date.now() / 1000;
    shown = told;
    draw();
  }
};
const run = async () => {
  try {
    await enter();
    await follow();
  } catch {
    say('Keyfob does not answer', 'It may have ended. This page tries again by itself.', true);
    clearTimeout(run.timer);
    run.timer = setTimeout(run, 3000);
  }
};
$('again').addEventListener('click', () => { clearTimeout(run.timer); run(); });
addEventListener('hashchange', () => location.reload());
setInterval(tick, 1000);
run();
`;

/** Renders the page; `commands` are what a newcomer types, in order. */
export function consolePage(commands: readonly string[], version: string): RenderedPage {
  const steps = commands.map((command) => `<li><code>${escape(command)}</code></li>`).join('\n');
  const body = `<header><h1>Keyfob</h1><p id="state" role="status"></p></header>
<main>
<section id="message" class="panel" aria-live="polite" hidden><h2 id="message-title"></h2>
<p id="message-text"></p><button id="again" type="button" hidden>Try again now</button></section>
<section id="empty" class="panel" hidden><h2>No accounts yet</h2>
<p>To get a first token, type these in a terminal:</p><ol>${steps}</ol></section>
<ul id="accounts" aria-label="Accounts"></ul>
<noscript><div class="panel"><p>This page needs JavaScript.</p></div></noscript>
</main>
<footer>Keyfob ${escape(version)}, on this machine</footer>`;
  return render({ title: 'Keyfob', body, style: STYLE, script: SCRIPT });
}
