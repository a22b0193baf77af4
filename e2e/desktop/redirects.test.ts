/**
 * The sign-in window catches the redirect, however the vendor's page comes back, and takes no other address
 * for it. A listener stands at the redirect URI and must see nothing.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { startDesktop } from '../../testing/desktop/desktop.ts';
import type { Desktop } from '../../testing/desktop/desktop.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { cleanUp, until } from '../../testing/program.ts';
import type { Result } from '../../testing/program.ts';
import { form, script, startRedirectVendor } from './redirect-vendor.ts';
import type { Page, RedirectVendor } from './redirect-vendor.ts';

let session: DesktopSession;
let desktop: Desktop;
let vendor: RedirectVendor;
let accounts = 0;

beforeAll(async () => {
  session = await startSession();
  vendor = await startRedirectVendor();
  desktop = await startDesktop(session, { args: ['--json', '--hidden', '--port', '0', '--vault', 'memory'] });
  console.log(`The sign-in window runs in ${desktop.runtime}.`);
  await desktop.ready();
});
afterAll(async () => {
  await desktop.close();
  await vendor.close();
  await session.stop();
  await cleanUp();
});
afterEach(() => {
  vendor.seen.length = 0;
});

/** Adds an account whose sign-in page is a way back, and gives its name. */
async function add(way: string, redirectUri: string): Promise<string> {
  accounts += 1;
  const name = `a${accounts}`;
  const settings = {
    authorize_url: vendor.authorizeUrl(way),
    token_url: vendor.tokenUrl,
    client_id: 'c',
    client_auth: 'none',
    redirect_uri: redirectUri,
  };
  const fields = Object.entries(settings).flatMap(([field, value]) => ['--set', `${field}=${value}`]);
  const added = await desktop.keyfob([
    'add',
    name,
    '--provider',
    'oauth2',
    '--grant',
    'authorization_code',
    ...fields,
  ]);
  expect(added.code, added.stderr).toBe(0);
  return name;
}

async function signIn(way: string, redirectUri: string, seconds = 15): Promise<Result> {
  const name = await add(way, redirectUri);
  return desktop.keyfob(['login', name, '--timeout', String(seconds)]);
}

const windows = (): Promise<{ title: string; parent: boolean }[]> =>
  desktop.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()
      .filter((window) => window.getTitle().includes('Sign in to'))
      .map((window) => ({ title: window.getTitle(), parent: window.getParentWindow() !== null })),
  );

const html = (page: string): Page => ({ html: page });
const go = (code: string): Page => html(script(code));

/** Ways that lead to any redirect URI. */
const ways: Readonly<Record<string, Page>> = {
  'a 302': { status: 302, to: 'TO?code=c&state=STATE' },
  'a 302 with a fragment': { status: 302, to: 'TO#code=c&state=STATE' },
  'a script': go(`location.href = 'TO?code=c&state=STATE'`),
  'a script with a fragment': go(`location.replace('TO#code=c&state=STATE')`),
  'a meta refresh': html(`<meta http-equiv="refresh" content="0;url=TO?code=c&amp;state=STATE">`),
  'a link': html(`<a id="a" href="TO?code=c&amp;state=STATE">Back</a>${script('a.click()')}`),
  'a link to a new window': html(
    `<a id="a" target="_blank" href="TO?code=c&amp;state=STATE">Back</a>${script('a.click()')}`,
  ),
  'window.open': go(`window.open('TO?code=c&state=STATE')`),
  'a pop-up that is redirected': go(`window.open('/back302ASKED', 'sso', 'width=400,height=300')`),
  'a pop-up whose script goes there': go(`window.open('/backscriptASKED')`),
  'a pop-up that steers its opener': go(`window.open('/openerASKED')`),
  'an SSO pop-up that answers its opener': go(
    `addEventListener('message', (e) => { location.href = 'TO?code=' + e.data + '&state=STATE' }); window.open('/ssoASKED')`,
  ),
};
/** Ways with a body; of a scheme of one's own too. */
const postedWays: Readonly<Record<string, Page>> = {
  'a form that is posted': html(form('TO')),
};
/** Ways that only http and https have. */
const webWays: Readonly<Record<string, Page>> = {
  'a form that is posted to a new window': html(form('TO', 'target="_blank"')),
  'a form that is posted to a named window': html(form('TO', 'target="pop"')),
  'a 307 of a posted form': html(form('/back307ASKED')),
};

function prepare(): void {
  vendor.way('back302', { status: 302, to: 'TO?code=c&state=STATE' });
  vendor.way('backscript', go(`location.href = 'TO?code=c&state=STATE'`));
  vendor.way('opener', go(`opener.location.href = 'TO?code=c&state=STATE'`));
  vendor.way('sso', go(`opener.postMessage('c', '*'); close()`));
  vendor.way('back307', { status: 307, to: 'TO' });
}

describe.concurrent.each([
  'http',
  'com.example.app:/cb',
  'com.example.app://cb',
  'keyfob://callback',
  'myapp://callback',
])('a redirect to %s', (kind) => {
  // Schemes of one's own go one way through all of it: the second and third are looked at in short.
  const few = Object.entries(ways).filter(([name]) => /^(a 302|a script|window)/.test(name));
  const full = Object.entries({ ...ways, ...postedWays, ...(kind === 'http' ? webWays : {}) });
  it.each(kind.includes('://') ? few : full)('by %s is caught', async (name, page) => {
    prepare();
    const way = `${kind} ${name}`.replaceAll(/\W+/g, '-');
    vendor.way(way, page);
    const { code, stderr } = await signIn(way, kind === 'http' ? vendor.redirectUri : kind);
    expect(code, stderr).toBe(0);
    expect(vendor.seen).toEqual([]);
  });
});

it('a redirect leaves no window when it was caught', async () => {
  await until('no window is left', async () => (await windows()).length === 0);
});

describe('a page that gives itself the redirect URI', () => {
  it('by a hash is taken, and may be loaded', async () => {
    vendor.way('here', go(`location.hash = 'code=c&state=STATE'`));
    expect((await signIn('here', `${vendor.origin}/here`)).code).toBe(0);
  });

  it('by pushState is taken', async () => {
    vendor.way('there', go(`history.pushState(0, '', '/cb#code=c&state=STATE')`));
    expect((await signIn('there', `${vendor.origin}/cb`)).code).toBe(0);
  });
});

describe('what is not an answer', () => {
  const asides: Readonly<Record<string, string>> = {
    'an iframe': `<iframe src="TO?code=c&amp;state=STATE"></iframe>`,
    'an iframe that is redirected': `<iframe src="/back302ASKED"></iframe>`,
    'a form posted into an iframe': form('TO', 'target="f"') + '<iframe name="f"></iframe>',
    'an image': `<img src="TO?code=c&amp;state=STATE">`,
    'a fetch': script(`fetch('TO?code=c&state=STATE', { mode: 'no-cors' })`),
    'a beacon': script(`navigator.sendBeacon('TO?code=c&state=STATE')`),
  };
  it.each(Object.keys(asides))('%s asks for nothing, and the flow waits for the window', async (aside) => {
    prepare();
    vendor.way(
      'aside',
      html(
        `${asides[aside] ?? ''}<script>setTimeout(() => { location.href = 'TO?code=c&state=STATE' }, 1200)</script>`,
      ),
    );
    vendor.way('alone', html(asides[aside] ?? ''));
    const [later, never] = await Promise.all([
      signIn('aside', vendor.redirectUri),
      signIn('alone', vendor.redirectUri, 2),
    ]);
    expect([later.code, never.code]).toEqual([0, 4]);
    expect(vendor.seen).toEqual([]);
  });

  it('are addresses that only look alike: they are asked for, and nothing is taken', async () => {
    const { redirectUri: cb, otherPort } = vendor;
    const host = new URL(cb).host;
    const alike = {
      'another port': otherPort,
      'a longer path': `${cb}2`,
      'a path below': `${cb}/x`,
      'a slash more': `${cb}/`,
      'another case': cb.replace(/cb$/, 'CB'),
      'another name of the host': cb.replace('127.0.0.1', 'localhost'),
      'a user name that looks like the host': `http://${host}@${new URL(otherPort).host}/cb`,
      'an answer for the right host with a user name': cb.replace('//', '//user@'),
      'the redirect URI in a query': `${otherPort}?to=${encodeURIComponent(cb)}`,
    };
    const commands = await Promise.all(
      Object.values(alike).map(async (to, index) => {
        const answer = `code=c&state=STATE&n=${index}`;
        vendor.way(`alike${index}`, { status: 302, to: `${to}${to.includes('?') ? '&' : '?'}${answer}` });
        const name = await add(`alike${index}`, cb);
        return desktop.startKeyfob(['login', name, '--timeout', '60'], { open: true });
      }),
    );
    for (const [index, name] of Object.keys(alike).entries())
      await until(name, () => vendor.seen.some((one) => one.endsWith(`n=${index}`)), 40_000);
    // Nothing was taken: they wait until somebody gives up.
    for (const command of commands) command.signal('SIGINT');
    const results = await Promise.all(commands.map(({ ended }) => ended));
    expect(results.map(({ code }) => code)).toEqual(commands.map(() => 4));
    for (const { stderr } of results) expect(stderr).not.toContain('The vendor’s answer arrived');
  });

  it('is a wrong answer by a pop-up: the right one of the page itself is still taken', async () => {
    vendor.way('back302OTHER', { status: 302, to: 'TO?code=c&state=another' });
    const right = `setTimeout(() => { location.href = 'TO?code=c&state=STATE' }, 3000)`;
    const wrong = ['TO', 'TO?code=c&state=another', '/back302OTHER'];
    const results = await Promise.all(
      wrong.map(async (to, index) => {
        vendor.way(`pop-up-first${index}`, go(`window.open('${to}'); ${right}`));
        const name = await add(`pop-up-first${index}`, vendor.redirectUri);
        return desktop.keyfob(['login', name, '--timeout', '20']);
      }),
    );
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(vendor.seen).toEqual([]);
  });

  it('is a pop-up of the same name in another sign-in: each has its own', async () => {
    prepare();
    vendor.way('stays', html('<title>stays</title>'));
    vendor.way('first', go(`window.open('/staysASKED', 'same', 'width=400,height=300')`));
    vendor.way('second', go(`window.open('/back302ASKED', 'same', 'width=400,height=300')`));
    const first = desktop.startKeyfob(['login', await add('first', vendor.redirectUri), '--timeout', '60']);
    const popUp = await desktop.window(/\/stays\?/);
    const before = popUp.url();
    const { code, stderr } = await signIn('second', vendor.redirectUri);
    expect(code, stderr).toBe(0);
    expect(popUp.url()).toBe(before);
    first.signal('SIGINT');
    expect((await first.ended).code).toBe(4);
  });

  it('is a redirect to another program: the person is told where it went, without the code', async () => {
    vendor.way('other-app', { status: 302, to: 'com.other.app:/cb?code=secret-code&state=STATE' });
    const name = await add('other-app', vendor.redirectUri);
    const command = desktop.startKeyfob(['login', name, '--timeout', '30']);
    const page = await desktop.window(/^data:text\/html/);
    const shown = await page.textContent('body');
    expect(shown).toContain('It went on to com.other.app:/cb, which is not');
    expect(shown).not.toContain('secret-code');
    vendor.way('other-app', { status: 302, to: 'TO?code=c&state=STATE' });
    await page.click('a:has-text("Start over")');
    expect((await command.ended).code).toBe(0);
  });

  it('is an alert: it is not shown, and so outlives nothing', async () => {
    vendor.way('alert', go(`alert('x'); confirm('y'); location.href = 'TO?code=c&state=STATE'`));
    expect((await signIn('alert', vendor.redirectUri)).code).toBe(0);
  });

  it('is an answer with another state: the person is told, and may start over', async () => {
    vendor.way('wrong', { status: 302, to: 'TO?code=c&state=another' });
    const name = await add('wrong', vendor.redirectUri);
    const command = desktop.startKeyfob(['login', name, '--timeout', '30']);
    const page = await desktop.window(/^data:text\/html/);
    expect(await page.textContent('body')).toContain('belongs to another sign-in');
    await desktop.pageshot(page, 'redirect-refused');
    vendor.way('wrong', { status: 302, to: 'TO?code=c&state=STATE' });
    await page.click('a:has-text("Start over")');
    expect((await command.ended).code).toBe(0);
    expect(vendor.seen).toEqual([]);
  });
});

describe('the end of a sign-in', () => {
  it('is 6 with the vendor’s words for an error in the redirect', async () => {
    vendor.way('denied', {
      status: 302,
      to: 'TO?error=access_denied&error_description=Not%20today&state=STATE',
    });
    const { code, stderr } = await signIn('denied', vendor.redirectUri);
    expect(code).toBe(6);
    expect(stderr).toContain('Not today');
  });

  it('is 4 when the person closes the window, and 4 when the time is over', async () => {
    vendor.way(
      'stay',
      html(`<title>Evil title</title>A page${script('window.onbeforeunload = () => "stay"')}`),
    );
    const name = await add('stay', vendor.redirectUri);
    const command = desktop.startKeyfob(['login', name]);
    const host = new URL(vendor.origin).host;
    await until('the title', async () =>
      (await windows()).some(({ title }) => title.startsWith(`${host} – `)),
    );
    await desktop.app.evaluate(({ BrowserWindow }) => {
      for (const window of BrowserWindow.getAllWindows())
        if (window.getTitle().includes('Sign in to')) window.close();
    });
    const { code, stderr } = await command.ended;
    expect(code).toBe(4);
    expect(stderr).toContain('window was closed');
    expect((await signIn('stay', vendor.redirectUri, 1)).code).toBe(4);
    await until('no window is left', async () => (await windows()).length === 0);
  });
});

describe('a window of a sign-in', () => {
  it('is locked up, and so is its pop-up, which is a child that can reach its opener', async () => {
    vendor.way('opens', go(`window.open('/childASKED')`));
    vendor.way('child', html(`<title>Child</title>${script('document.title = String(opener !== null)')}`));
    const name = await add('opens', vendor.redirectUri);
    const command = desktop.startKeyfob(['login', name, '--timeout', '20']);
    await until('two windows', async () => (await windows()).length === 2);
    const child = await desktop.window(/\/child\?/);
    await until('an opener', async () => (await child.title()) === 'true');
    await desktop.screenshot('sign-in-pop-up');
    const found = await desktop.app.evaluate(({ BrowserWindow, session }) =>
      BrowserWindow.getAllWindows()
        .filter((window) => window.getTitle().includes('Sign in to'))
        .map((window) => ({
          child: window.getParentWindow() !== null,
          ownSession: window.webContents.session !== session.defaultSession,
          kept: window.webContents.session.getStoragePath?.() ?? null,
        })),
    );
    expect(found.map(({ child: is }) => is).sort()).toEqual([false, true]);
    for (const one of found) expect(one).toMatchObject({ ownSession: true, kept: null });
    for (const page of desktop.windows().filter((one) => one.url().startsWith(vendor.origin))) {
      const seen = await page.evaluate(async () => ({
        node: typeof Reflect.get(globalThis, 'require') + typeof Reflect.get(globalThis, 'process'),
        bridge: Object.keys(globalThis).filter((key) => /keyfob/i.test(key)),
        notifications: await Notification.requestPermission(),
        position: await new Promise((resolve) => {
          navigator.geolocation.getCurrentPosition(
            () => resolve('given'),
            (error) => resolve(error.code),
          );
        }),
        // Keyfob's own window is not to be loaded from here.
        own: await fetch('keyfob-app://window/index.html').then(
          () => 'loaded',
          () => 'refused',
        ),
      }));
      expect(seen).toEqual({
        node: 'undefinedundefined',
        bridge: [],
        notifications: 'denied',
        position: 1,
        own: 'refused',
      });
    }
    await desktop.keyfob(['logout', name]);
    await command.ended;
  });
});
