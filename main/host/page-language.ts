// The language of a page that a browser asks for.
import type { IncomingMessage } from 'node:http';

import { languageOf } from '../messages/language.ts';
import type { Language } from '../messages/language.ts';

/** Says in which language the browser that asks is answered. */
export type PageLanguage = (incoming: Pick<IncomingMessage, 'headers'>) => Language;

/** What the settings say, else what the browser prefers (`Accept-Language`, RFC 9110 section 12.5.4). */
export function pageLanguage(chosen: () => Language | 'system' = () => 'system'): PageLanguage {
  return ({ headers }) => languageOf(chosen(), preferred(headers['accept-language'] ?? ''));
}

/** The languages of the header, the most preferred first; those of weight 0 are left out. */
function preferred(header: string): string[] {
  return header
    .split(',')
    .map((one) => {
      const [range = '', ...parameters] = one.split(';').map((piece) => piece.trim());
      const weight = parameters.find((parameter) => /^q=/i.test(parameter));
      return { range, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight)
    .map(({ range }) => range);
}
