import { describe, expect, it } from 'vitest';
import { hostOf, signInPages } from './sign-in-texts.ts';

const pages = signInPages('en');

describe('the title', () => {
  it.each([
    ['https://login.example.com/x?y', 'login.example.com – Sign in to hq – Keyfob'],
    ['https://login.example.com:8443/', 'login.example.com:8443 – Sign in to hq – Keyfob'],
    ['http://127.0.0.1:5000/', '127.0.0.1:5000 – Sign in to hq – Keyfob'],
    ['http://login.example.com/', 'Not secure: login.example.com – Sign in to hq – Keyfob'],
    ['https://bank.example@evil.test/', 'evil.test – Sign in to hq – Keyfob'],
    ['https://b\u00fccher.example/', 'xn--bcher-kva.example – Sign in to hq – Keyfob'],
    ['blob:https://login.example.com/1-2', 'login.example.com – Sign in to hq – Keyfob'],
    ['about:blank', 'Sign in to hq – Keyfob'],
    [null, 'Sign in to hq – Keyfob'],
  ])('of %s is %s', (address, title) => {
    expect(pages.titleOf('hq', address)).toBe(title);
  });

  it('of a very long host shows its end, which says whose it is', () => {
    const host = hostOf(`https://login.example.com.${'a.'.repeat(100)}evil.test/`);
    expect(host).toMatch(/^….*\.evil\.test$/);
    expect(host).toHaveLength(101);
  });
});

describe('a page of ours', () => {
  const html = (address: string): string =>
    decodeURIComponent(address.replace('data:text/html;charset=utf-8,', ''));

  it('escapes what comes from outside, and runs and fetches nothing', () => {
    const text = html(
      pages.addressOf({ title: '<b>', text: '"&\'', links: [{ text: '<i>', href: 'https://x/?a="b' }] }),
    );
    expect(text).not.toMatch(/<b>|<i>|<script/);
    expect(text).toContain("default-src 'none'");
    expect(text).toContain('href="https://x/?a=&#34;b"');
    const asked = { host: '<h>', realm: '<r>', isProxy: false, isOpen: true, isAgain: false };
    const certificate = { subjectName: '<s>', issuerName: '<i>', validExpiry: 4_000_000_000 };
    for (const page of [pages.credentials(asked), pages.certificates('<h>', [certificate])])
      expect(html(pages.addressOf(page))).not.toMatch(/<[hrsi]>/);
  });

  it('says what is wrong with a certificate, and offers no way past it', () => {
    const page = pages.failure(
      'ERR_CERT_DATE_INVALID',
      'https://login.example.com/a',
      'https://login.example.com/a',
    );
    expect(page.title).toBe('The connection to login.example.com is not safe');
    expect(page.text).toContain('has expired or is not valid yet');
    expect(page.advice).toContain('Keyfob stops here');
    expect(page.links?.map(({ text }) => text)).toEqual(['Try again']);
  });

  it('says that there is no network, and offers the page that failed and the beginning', () => {
    const page = pages.failure(
      'ERR_NAME_NOT_RESOLVED',
      'https://sso.example.com/b',
      'https://login.example.com/a',
    );
    expect(page.text).toBe('The name of the server sso.example.com was not found (DNS).');
    expect(page.links?.map(({ href }) => href)).toEqual([
      'https://sso.example.com/b',
      'https://login.example.com/a',
    ]);
    expect(pages.failure('ERR_ODD', 'https://sso.example.com/b', null).text).toContain('(ERR_ODD)');
  });
});

describe('the heading of a page', () => {
  it.each(['en', 'de'] as const)('%s: began in lower case where no host is known', (language) => {
    const { failure, certificates } = signInPages(language);
    const headings = [failure('ERR_FAILED', '', null), certificates(null, [])].map(({ title }) => title);
    expect(headings.filter((title) => !/^\p{Lu}/u.test(title))).toEqual([]);
  });
});

describe('in German', () => {
  const german = signInPages('de');
  it('titles, and a page’s own words and the reason in it', () => {
    expect(german.titleOf('hq', 'http://login.example.com/')).toBe(
      'Nicht sicher: login.example.com – Anmelden bei hq – Keyfob',
    );
    const page = german.failure('ERR_NAME_NOT_RESOLVED', 'https://sso.example.com/b', null);
    expect(page.title).toBe('sso.example.com ließ sich nicht öffnen');
    expect(page.text).not.toBe(
      pages.failure('ERR_NAME_NOT_RESOLVED', 'https://sso.example.com/b', null).text,
    );
    expect(decodeURIComponent(german.addressOf(page))).toContain('<html lang="de">');
  });
});
