// The address of a vendor's sign-in page: RFC 6749 sections 4.1.1 and 4.2.1.
import { appendQuery } from './wire.ts';

/**
 * Adds parameters to an authorize URL. A query that stands in it is kept as it stands, but for names that
 * are set here; empty values are left out.
 */
export function authorizeUrl(base: string, parameters: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parameters).filter(([, value]) => value !== '');
  const names = new Set(pairs.map(([name]) => name));
  const [address = '', query = ''] = splitOnce(base, '?');
  const kept = query.split('&').filter((piece) => piece !== '' && !names.has(decodeName(piece)));
  return appendQuery(kept.length === 0 ? address : `${address}?${kept.join('&')}`, pairs);
}

function decodeName(piece: string): string {
  return new URLSearchParams(piece).keys().next().value ?? '';
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}
