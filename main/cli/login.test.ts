import { describe, expect, it } from 'vitest';
import { openTestHost } from '../../testing/cli-host.ts';
import { hasSignals } from '../../testing/system.ts';
import { hasDisplay, openLocation } from './open-address.ts';
import type { SignInView } from '../api/sign-ins.ts';
import { keyfob, problem, start } from './test-host.ts';
import type { Reply, Respond } from './test-host.ts';

const URL_SHOWN = 'http://127.0.0.1:5000/sign-in/f1';
const flow: SignInView = {
  id: 'f1',
  account: 'hq',
  asked_by: null,
  state: 'waiting',
  url: URL_SHOWN,
  user_code: null,
  confirmation_code: null,
  expires_at: 4_000_000_000,
  steps: [],
  problem: null,
  notice: null,
};
const done: SignInView = { ...flow, state: 'done', steps: ['page_opened', 'token_kept'] };

const host = await openTestHost();

const LOGIN = 'POST /v1/accounts/hq/login';
const WAIT = 'GET /v1/sign-ins/f1?wait=25';
const PASTE = 'POST /v1/sign-ins/f1/redirect';
const CANCEL = 'DELETE /v1/sign-ins/f1';

/** Answers by method and route; what is not named gets 404 without holding anything up. */
function answers(replies: Readonly<Record<string, () => Reply | Promise<Reply>>>): Respond {
  return ({ method, route }) =>
    (replies[`${method} ${route}`] ?? (() => problem('no_such_sign_in', 'There is none.')))();
}

const hold = (): Reply => undefined;
const routes = (): string[] => host.asked.map(({ method, route }) => `${method} ${route}`);

describe('keyfob login', () => {
  it('says so when a direct grant is signed in at once', async () => {
    host.respond = answers({ [LOGIN]: () => [200, { account: {} }] });
    expect(await keyfob(host.home, ['login', 'hq'])).toEqual({ code: 0, out: 'Signed in: hq.\n', err: '' });
    expect(host.asked[0]?.body).toEqual({});
  });

  it('asks for the browser instead of a window', async () => {
    host.respond = answers({ [LOGIN]: () => [200, { account: {} }] });
    expect((await keyfob(host.home, ['login', 'hq', '--browser'])).code).toBe(0);
    expect(host.asked[0]?.body).toEqual({ browser: true });
  });

  it('prints the address first and at once, asks again until the end, and tells the steps', async () => {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    let waits = 0;
    host.respond = answers({
      [LOGIN]: () => [202, { sign_in: flow }],
      [WAIT]: () => ((waits += 1) === 1 ? [200, { ...flow, steps: ['page_opened'] }] : promise),
    });
    const running = start(host.home, ['login', 'hq', '--no-open', '--timeout', '40']);
    expect(await running.firstLine).toBe(URL_SHOWN);
    resolve([200, done]);
    const { code, out, err } = await running.ended;
    expect({ code, out }).toEqual({ code: 0, out: `${URL_SHOWN}\n` });
    expect(err.match(/page is ready/g)).toHaveLength(1);
    expect(err).toMatch(/Token stored\.\nSigned in: hq\.\n$/);
    expect(host.asked[0]?.body).toEqual({ timeout: 40 });
    expect(routes()).not.toContain(CANCEL);
  });

  it("tells steps as the host's events come", async () => {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    const byRoute = answers({
      [LOGIN]: () => [202, { sign_in: flow }],
      [WAIT]: () => promise,
      'GET /v1/sign-ins/f1': () => [200, { ...flow, steps: ['redirect_caught'] }],
    });
    host.respond = (asked, response) => {
      if (asked.route !== '/v1/events') return byRoute(asked, response);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: sign_in.changed\ndata: {"type":"sign_in.changed","account":"hq","id":"f1"}\n\n');
      return undefined;
    };
    const running = start(host.home, ['login', 'hq', '--no-open']);
    await new Promise<void>((told) => {
      running.child.stderr.on('data', (text: string) => {
        if (text.includes('The vendor’s answer arrived')) told();
      });
    });
    resolve([200, done]);
    expect((await running.ended).code).toBe(0);
  });

  it('does not wait for an event stream that never begins', async () => {
    host.respond = answers({
      [LOGIN]: () => [202, { sign_in: flow }],
      [WAIT]: () => [200, done],
      'GET /v1/events': hold,
    });
    expect((await keyfob(host.home, ['login', 'hq', '--no-open'])).code).toBe(0);
  });

  it.runIf(!hasDisplay({}))(
    'says that there is no display to open the address on, and which it is',
    async () => {
      host.respond = answers({ [LOGIN]: () => [202, { sign_in: flow }], [WAIT]: () => [200, done] });
      const { code, out, err } = await keyfob(host.home, ['login', 'hq']);
      expect({ code, out }).toEqual({ code: 0, out: 'Signed in: hq.\n' });
      expect(err).toContain(URL_SHOWN);
    },
  );

  it('tells no log or pipe the address that a browser opens', async () => {
    host.respond = answers({ [LOGIN]: () => [202, { sign_in: flow }], [WAIT]: () => [200, done] });
    const { code, out, err } = await keyfob(host.home, ['login', 'hq'], '', { BROWSER: 'true' });
    expect({ code, out }).toEqual({ code: 0, out: 'Signed in: hq.\n' });
    expect(err).not.toContain(URL_SHOWN);
    expect(err).toContain('--no-open');
  });

  it('says the digits that the page may ask for', async () => {
    const sign_in = { ...flow, confirmation_code: '042042' };
    host.respond = answers({ [LOGIN]: () => [202, { sign_in }], [WAIT]: () => [200, done] });
    const { out, err } = await keyfob(host.home, ['login', 'hq', '--no-open']);
    expect(out).toBe(`${URL_SHOWN}\n`);
    expect(err).toContain('If the page asks for six digits: 042042\n');
  });

  it('is given to the browser of macOS as a text that ends nowhere early', () => {
    expect(openLocation('http://127.0.0.1:1/#s=abc')).toBe('open location "http://127.0.0.1:1/#s=abc"\n');
    expect(openLocation('https://a.example/?x="\\" & beep')).toBe(
      'open location "https://a.example/?x=%22\\\\%22%20&%20beep"\n',
    );
    expect(() => openLocation('no address')).toThrow();
  });

  it('prints what a device code needs', async () => {
    const device = { ...flow, user_code: 'WDJB-MJHT' };
    host.respond = answers({ [LOGIN]: () => [202, { sign_in: device }], [WAIT]: () => [200, done] });
    const { out, err } = await keyfob(host.home, ['login', 'hq']);
    expect(out).toBe(`${URL_SHOWN}\n`);
    expect(err).toContain('WDJB-MJHT');
  });

  it.each([
    ['vendor_refused', 6],
    ['sign_in_timed_out', 4],
    ['vendor_unreachable', 7],
  ] as const)(
    'a flow that failed by %s ends with %i, not with 1 for want of a sentence',
    async (code, exit) => {
      const failed = {
        code,
        detail: 'It failed.',
        hint: 'Do this.',
        error: 'access_denied',
        error_description: 'No.',
      };
      host.respond = answers({
        [LOGIN]: () => [202, { sign_in: flow }],
        [WAIT]: () => [200, { ...flow, state: 'failed', problem: failed }],
      });
      const ended = await keyfob(host.home, ['login', 'hq', '--no-open']);
      expect(ended.code).toBe(exit);
      expect(ended.err).toMatch(/It failed\.\nDo this\.\nThe vendor said: access_denied — No\.\n$/);
    },
  );

  it.each(hasSignals ? (['SIGINT', 'SIGTERM'] as const) : [])(
    '%s cancels the flow and ends with 4',
    async (signal) => {
      host.respond = answers({
        [LOGIN]: () => [202, { sign_in: flow }],
        [WAIT]: hold,
        [CANCEL]: () => [204],
      });
      const running = start(host.home, ['login', 'hq', '--no-open']);
      await host.saw('GET', '/v1/sign-ins/f1?wait=25');
      running.child.kill(signal);
      const { code, err } = await running.ended;
      expect(code).toBe(4);
      expect(err).toMatch(/The sign-in was cancelled\./);
      expect(routes()).toContain(CANCEL);
    },
  );

  it.runIf(hasSignals)('Ctrl-C before the host has answered cancels what it then tells of', async () => {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    host.respond = answers({ [LOGIN]: () => promise, [CANCEL]: () => [204] });
    const running = start(host.home, ['login', 'hq', '--no-open']);
    await host.saw('POST', '/v1/accounts/hq/login');
    running.child.kill('SIGINT');
    resolve([202, { sign_in: flow }]);
    const { code, out } = await running.ended;
    expect({ code, out: out.replace(`${URL_SHOWN}\n`, '') }).toEqual({ code: 4, out: '' });
    expect(routes()).toContain(CANCEL);
  });

  it('a host that ends meanwhile is 3', async () => {
    host.respond = (asked, response) => {
      if (asked.route.endsWith('/login')) return [202, { sign_in: flow }];
      response.destroy();
      return undefined;
    };
    expect((await keyfob(host.home, ['login', 'hq', '--no-open'])).code).toBe(3);
  });
});

describe('keyfob login --paste', () => {
  const pasted = 'https://app.example.com/cb?code=c0de&state=s';

  it('prints the address, takes the first line that is not empty, and waits for the end', async () => {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    host.respond = answers({
      [LOGIN]: () => [202, { sign_in: flow }],
      [WAIT]: () => promise,
      [PASTE]: () => {
        resolve([200, done]);
        return [200, { ...flow, steps: ['redirect_caught'] }];
      },
    });
    const running = start(host.home, ['login', 'hq', '--paste']);
    expect(await running.firstLine).toBe(URL_SHOWN);
    running.child.stdin.write(`\n  ${pasted} \r\n`);
    const { code, out, err } = await running.ended;
    expect({ code, out }).toEqual({ code: 0, out: `${URL_SHOWN}\n` });
    expect(err).not.toContain('c0de');
    expect(host.asked[0]?.body).toEqual({ paste: true });
    expect(host.asked.find(({ route }) => route.endsWith('/redirect'))?.body).toEqual({ url: pasted });
  });

  it('a wrong address from a pipe is 2, and cancels', async () => {
    host.respond = answers({
      [LOGIN]: () => [202, { sign_in: flow }],
      [WAIT]: hold,
      [PASTE]: () => problem('bad_request', 'This is not the redirect address.'),
      [CANCEL]: () => [204],
    });
    const { code, err } = await keyfob(
      host.home,
      ['login', 'hq', '--paste'],
      'https://elsewhere/?code=c0de\n',
    );
    expect(code).toBe(2);
    expect(err).toMatch(/This is not the redirect address\.\n$/);
    expect(routes()).toContain(CANCEL);
  });

  it('standard input that ends cancels, with 4', async () => {
    host.respond = answers({ [LOGIN]: () => [202, { sign_in: flow }], [WAIT]: hold, [CANCEL]: () => [204] });
    const { code } = await keyfob(host.home, ['login', 'hq', '--paste'], '\n');
    expect(code).toBe(4);
    expect(routes()).toContain(CANCEL);
  });

  it('a flow whose time is over ends the wait for a line', async () => {
    const over = { code: 'sign_in_timed_out', detail: 'The time is over.' };
    host.respond = answers({
      [LOGIN]: () => [202, { sign_in: flow }],
      [WAIT]: () => [200, { ...flow, state: 'failed', problem: over }],
    });
    expect((await start(host.home, ['login', 'hq', '--paste']).ended).code).toBe(4);
  });
});
