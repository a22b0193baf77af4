// Finds providers by what a person typed, the best match first; and the issuer in an address that was pasted. Pure.
import type { ProviderSummary } from '../../main/api/providers.ts';

/** After the issuer's own path (OpenID Connect Discovery 1.0, section 4). */
const appended = /^(.*)\/\.well-known\/(?:openid-configuration|oauth-authorization-server)\/?$/;
/** Before it (RFC 8414, section 3.1). */
const inserted = /^\/\.well-known\/(?:openid-configuration|oauth-authorization-server)(\/.+)$/;

/** The providers that have every word, those first whose name it is, then begins with it, then has it. */
export function findProviders(
  providers: readonly ProviderSummary[],
  typed: string,
  text: (of: ProviderSummary['name']) => string,
): ProviderSummary[] {
  const wanted = typed.trim().toLowerCase();
  const words = wanted.split(/\s+/);
  const ranked = providers.flatMap((one) => {
    const name = text(one.name).toLowerCase();
    const all = [name, one.id, text(one.summary ?? ''), one.category ?? ''].join(' ').toLowerCase();
    return words.every((word) => all.includes(word)) ? [{ one, rank: rankOf(wanted, name, one.id) }] : [];
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ one }) => one);
}

function rankOf(wanted: string, name: string, id: string): number {
  if (name === wanted || id === wanted) return 0;
  if (name.startsWith(wanted) || id.startsWith(wanted)) return 1;
  return name.includes(wanted) ? 2 : 3;
}

/**
 * The issuer that an address names, with or without its well-known path, which stands behind the issuer's own (OpenID
 * Connect Discovery 1.0) or before it (RFC 8414); null for what is no such address. http is for this computer alone.
 */
export function issuerIn(typed: string): string | null {
  const url = URL.parse(typed.trim());
  if (url === null || url.username !== '' || url.search !== '' || url.hash !== '') return null;
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local)) return null;
  const path = (appended.exec(url.pathname) ?? inserted.exec(url.pathname))?.[1];
  if (path !== undefined) return url.origin + path;
  // As it was written: an issuer is compared to the letter, its last slash too.
  return url.pathname.includes('/.well-known/') ? null : typed.trim();
}
