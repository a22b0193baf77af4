import { describe, expect, it } from 'vitest';

import { pageLanguage } from './page-language.ts';

const asked = (accept: string | undefined) => ({ headers: { 'accept-language': accept } });

describe('the language of a page in the browser', () => {
  it.each([
    ['de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['en-GB,de;q=0.9', 'en'],
    ['en;q=0.3, de;q=0.7', 'de'],
    ['fr-FR, de;q=0.5, en;q=0.4', 'de'],
    ['de;q=0, fr', 'en'],
    ['fr', 'en'],
    ['*', 'en'],
    ['', 'en'],
    [';;q=,,de;q=no', 'en'],
    [undefined, 'en'],
  ])('with Accept-Language %s is %s where the settings leave it to the system', (accept, language) => {
    expect(pageLanguage()(asked(accept))).toBe(language);
  });

  it('is the one of the settings, whatever the browser prefers', () => {
    let chosen: 'en' | 'de' = 'de';
    const language = pageLanguage(() => chosen);
    expect(language(asked('en'))).toBe('de');
    chosen = 'en';
    expect(language(asked('de'))).toBe('en');
  });
});
