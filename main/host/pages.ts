// The frame of the agent's few pages: one look, light and dark, nothing fetched from anywhere.
//
// Invariants: every text that came from outside is escaped; the policy allows this page's own style and
// script by nonce, and connections to its own origin alone; nothing is cached, framed or referred.
import { randomBytes } from 'node:crypto';

import type { Language } from '../messages/language.ts';

export interface Page {
  readonly language: Language;
  readonly title: string;
  /** HTML that is safe already (see `escape`). */
  readonly body: string;
  /** Style beyond the frame's own. */
  readonly style?: string;
  readonly script?: string;
  /** Whether the page has a form that it posts to its own origin. */
  readonly form?: boolean;
}

export interface RenderedPage {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A text made safe to stand in HTML, in an attribute too. */
export function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Headers that every answer of the agent's pages bears. */
export const QUIET_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const STYLE = `
:root { color-scheme: light dark; --ground: #fbfbfa; --card: #fff; --ink: #1b1c1e; --soft: #5f6268;
  --line: #e7e6e3; --accent: #0f766e; --good: #17693b; --warn: #8a5300; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ground: #17181a; --card: #1f2023; --ink: #ececee;
  --soft: #a3a6ad; --line: #2e3033; --accent: #2dd4bf; --good: #7fd0a0; --warn: #f0b76b; --bad: #f2938c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 .5rem; overflow-wrap: anywhere; }
p { margin: 0 0 .75rem; overflow-wrap: anywhere; }
p:last-child { margin-bottom: 0; }
code { font: .92em ui-monospace, monospace; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.soft { color: var(--soft); }
`;

/** Renders a page with the headers that belong to it. */
export function render(page: Page): RenderedPage {
  const nonce = randomBytes(16).toString('base64');
  const script = page.script === undefined ? '' : `<script nonce="${nonce}">${page.script}</script>`;
  const html = `<!doctype html>
<html lang="${page.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escape(page.title)}</title>
<style nonce="${nonce}">${STYLE}${page.style ?? ''}</style>
</head>
<body>
${page.body}
${script}
</body>
</html>
`;
  const policy = [
    `default-src 'none'`,
    `style-src 'nonce-${nonce}'`,
    ...(page.script === undefined ? [] : [`script-src 'nonce-${nonce}'`, `connect-src 'self'`]),
    `img-src data:`,
    `base-uri 'none'`,
    `form-action ${page.form === true ? `'self'` : `'none'`}`,
    `frame-ancestors 'none'`,
  ];
  return {
    html,
    headers: {
      ...QUIET_HEADERS,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy.join('; '),
    },
  };
}
