// Headers as Chromium's network takes them. Pure.

/** Headers that the network sets itself (Electron's ClientRequest.setHeader: others throw late, or are lost). */
const restricted = new Set([
  'host',
  'content-length',
  'trailer',
  'te',
  'upgrade',
  'cookie2',
  'keep-alive',
  'transfer-encoding',
  'connection',
]);

export interface HeaderPlan {
  /** Whether every value is ASCII. */
  readonly ascii: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What is sent for the headers that a request names. A host or length that says what the network would say
 * is left to it. Throws a TypeError for a header that cannot be sent as it was named.
 */
export function headerPlan(
  named: Readonly<Record<string, string>>,
  url: string,
  userAgent: string,
): HeaderPlan {
  // Refuses what is no header, as fetch does: line breaks, control characters, letters beyond Latin-1.
  const checked = new Headers(named);
  if (!checked.has('user-agent')) checked.set('user-agent', userAgent);
  const headers: Record<string, string> = {};
  let ascii = true;
  for (const [name, value] of checked) {
    if (name === 'content-length' || (name === 'host' && value === URL.parse(url)?.host)) continue;
    if (restricted.has(name)) throw new TypeError(`The header ${name} cannot be set by a request.`);
    // Visible ASCII, blanks and tabs (RFC 9110 section 5.5).
    if (!/^[\t\x20-\x7e]*$/.test(value)) ascii = false;
    headers[name] = value;
  }
  return { ascii, headers };
}
