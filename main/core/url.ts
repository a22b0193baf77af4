// Judges URLs that people enter: https, or http on loopback hosts only.

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether a host (as URL.hostname gives it) is this machine: RFC 8252 section 7.3. */
export function isLoopbackHost(hostname: string): boolean {
  return loopback.test(hostname);
}

/** Null when the text is an absolute https URL, or http on loopback; else what is wrong with it. */
export function urlFault(text: string): string | null {
  if (/\s/.test(text)) {
    return 'must not hold blanks';
  }
  const url = URL.parse(text);
  // A URL is used letter by letter as it was entered, so what a browser would mend is not taken.
  if (url === null || /^https?:(?!\/\/[^/\\])/i.test(text)) {
    return 'is not a URL; it must look like https://example.com/path';
  }
  if (url.username !== '' || url.password !== '') {
    return 'must not hold a user name or password';
  }
  if (text.includes('#')) {
    return 'must not have a fragment (#…)';
  }
  if (url.protocol === 'https:') {
    return null;
  }
  if (url.protocol === 'http:') {
    return isLoopbackHost(url.hostname)
      ? null
      : 'must begin with https://; http:// is taken for this machine (127.0.0.1, localhost, [::1]) only';
  }
  return 'must begin with https://';
}

/** Null when the text is such a URL without a query, to which paths can be added; else what is wrong with it. */
export function baseUrlFault(text: string): string | null {
  return urlFault(text) ?? (text.includes('?') ? 'must not have a query (?…): paths are added to it' : null);
}

/**
 * Null when the text can be a redirect URI: https, http on loopback, or a private-use scheme with a dot in
 * it (RFC 8252 section 7.1); else what is wrong with it.
 */
export function redirectUriFault(text: string): string | null {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === 'http' || scheme === 'https') {
    return urlFault(text);
  }
  const url = /\s/.test(text) ? null : URL.parse(text);
  if (url === null) {
    return 'is not a URL; it must look like https://example.com/callback or com.example.app:/callback';
  }
  if (url.username !== '' || url.password !== '') {
    return 'must not hold a user name or password';
  }
  if (text.includes('#')) {
    return 'must not have a fragment (#…)';
  }
  return scheme.includes('.') || scheme === 'keyfob'
    ? null
    : 'has a scheme of its own without a dot; a private-use scheme looks like com.example.app:/callback';
}

/** Whether an address is the redirect URI: scheme, host, port and path exactly (RFC 6749 section 3.1.2.3). */
export function isRedirectTo(address: string, redirectUri: string): boolean {
  const one = URL.parse(address);
  const other = URL.parse(redirectUri);
  return (
    one !== null &&
    other !== null &&
    one.protocol === other.protocol &&
    one.host === other.host &&
    one.pathname === other.pathname &&
    one.username === '' &&
    one.password === ''
  );
}

/**
 * The address of a web page, as the URL standard writes it, or null: anything else that a system may be asked
 * to open can start a program (`file:`, `smb:`, a scheme that one has taken for itself, an option).
 */
export function webAddress(text: string): string | null {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : null;
}
