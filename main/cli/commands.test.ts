import { writeFile } from 'node:fs/promises';
import type http from 'node:http';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exitOf, type ErrorCode } from '../api/codes.ts';
import { openTestHost } from '../../testing/cli-host.ts';
import { accountAnswer } from '../../testing/account-view.ts';
import { keyfob, makeHome, problem, start } from './test-host.ts';

const account = accountAnswer('hq', {
  grant: 'password',
  expires_at: 4_000_000_000,
  lifetime: null,
  next_refresh_at: null,
  scope: null,
  selected: true,
  selected_for_provider: true,
});

const host = await openTestHost();

describe('secrets for keyfob add', () => {
  it('come from lines of standard input, in order, and from files', async () => {
    const file = path.join(host.home, 'secret.txt');
    await writeFile(file, ' two\nlines \n');
    host.respond = () => [201, account];
    const args = ['add', 'hq', '--provider', 'oauth2', '--grant', 'password', '--set', 'site=https://h/?a=b'];
    const secrets = ['--secret', 'password', '--secret', `assertion@${file}`, '--secret', 'client_secret'];
    const { code, out } = await keyfob(host.home, [...args, ...secrets], 'first: / + %\r\nsecond');
    expect(code).toBe(0);
    expect(out).not.toContain('first');
    expect(host.asked).toEqual([
      {
        method: 'POST',
        route: '/v1/accounts',
        body: {
          name: 'hq',
          provider: 'oauth2',
          grant: 'password',
          settings: { site: 'https://h/?a=b' },
          secrets: { password: 'first: / + %', assertion: ' two\nlines ', client_secret: 'second' },
        },
      },
    ]);
  });

  it.each<[string, BufferEncoding]>([
    ['UTF-8', 'utf8'],
    ['UTF-16', 'utf16le'],
  ])(
    'come without the byte order mark that a tool of Windows puts before them in %s',
    async (_, encoding) => {
      const file = path.join(host.home, 'marked.txt');
      await writeFile(file, '\ufeffin the file\r\n', encoding);
      host.respond = () => [201, account];
      const args = ['add', 'hq', '--provider', 'p', '--secret', 'password', '--secret', `assertion@${file}`];
      const { code } = await keyfob(host.home, args, Buffer.from('\ufefffirst\r\n', encoding));
      expect(code).toBe(0);
      expect(host.asked[0]?.body).toMatchObject({ secrets: { password: 'first', assertion: 'in the file' } });
    },
  );

  it('are refused where they are no text, not changed: a file or a line in Latin 1', async () => {
    const file = path.join(host.home, 'latin1.txt');
    await writeFile(file, 'pässword', 'latin1');
    const add = ['add', 'hq', '--provider', 'p', '--secret'];
    const inFile = await keyfob(host.home, [...add, `password@${file}`]);
    expect([inFile.code, inFile.err]).toEqual([2, expect.stringContaining('not text in UTF-8')]);
    const piped = await keyfob(host.home, [...add, 'password'], Buffer.from('pässword\n', 'latin1'));
    expect([piped.code, piped.err]).toEqual([2, expect.stringContaining('Give it in UTF-8.')]);
    expect(host.asked).toEqual([]);
  });

  it.each([
    ['a missing line', ['--secret', 'password', '--secret', 'client_secret'], 'one\n', /`client_secret`/],
    ['an empty line', ['--secret', 'password'], '\n', /`password` is empty/],
    ['a missing file', ['--secret', 'password@/nowhere/x'], '', /\/nowhere\/x/],
    ['a value in the argument', ['--secret', 'password=hunter2'], '', /`--secret password`/],
    ['a value that is no field', ['--secret', 'hunter2!'], '', /takes only the name of a field/],
    ['an unknown option with a value', ['--password=hunter2'], '', /Unknown option '--password'/],
    ['a short option with a value', ['-phunter2'], '', /Unknown option '-p'/],
    ['a setting without a value', ['--set', 'hunter2'], '', /FIELD=VALUE/],
    ['a setting twice', ['--set', 'a=hunter2', '--set', 'a=hunter2'], '', /`a` is set twice/],
  ])('refuses %s with 2, and repeats no value', async (_, args, input, expected) => {
    const { code, out, err } = await keyfob(host.home, ['add', 'hq', '--provider', 'p', ...args], input);
    expect(code).toBe(2);
    expect(err).toMatch(expected);
    expect(out + err).not.toContain('hunter2');
    expect(host.asked).toEqual([]);
  });
});

describe('keyfob without a command', () => {
  const vault = { kind: 'memory', locked: false, why: null, away: null };
  const status = { version: '1', host: 'agent', platform: 'linux', pid: 1, home: null, socket: '/s' };
  const whole = { ...status, endpoint: null, console: null, vault, notices: [], accounts: 1, refused: {} };
  const one = { ...account, name: 'hq', selected: true };

  it.each([
    ['an empty home', whole, [], /Next: `keyfob add NAME --provider ID`/],
    ['an account that is signed out', whole, [{ ...one, state: 'signed_out' }], /Next: `keyfob login hq`/],
    ['a live one', whole, [{ ...one, state: 'live' }], /Next: `keyfob token` prints the token of hq/],
    ['a locked vault', { ...whole, vault: { ...vault, locked: true } }, [], /Next: `keyfob unlock`/],
  ])('says what runs and what to do next: %s', async (_what, told, accounts, expected) => {
    host.respond = ({ route }) => [200, route === '/v1/status' ? told : accounts];
    const { code, out } = await keyfob(host.home, []);
    expect(code).toBe(0);
    expect(out).toMatch(/^Keyfob: {3}1, agent, process 1\n/);
    expect(out).toMatch(expected);
  });

  it('is no error where nothing runs', async () => {
    const home = await makeHome();
    const { code, out, err } = await keyfob(home, []);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^No Keyfob is running for this home\.\n\nNext: start it with /);
  });

  it('knows the usual short names', async () => {
    host.respond = ({ method }) => [method === 'DELETE' ? 204 : 200, method === 'DELETE' ? undefined : []];
    for (const name of ['accounts', 'list', 'ls']) {
      expect((await keyfob(host.home, [name, '--json'])).out).toBe('[]\n');
    }
    expect((await keyfob(host.home, ['rm', 'hq'])).code).toBe(0);
    expect(host.asked.at(-1)).toMatchObject({ method: 'DELETE', route: '/v1/accounts/hq' });
  });
});

describe('a wrong command line', () => {
  it.each([
    [['tokn'], /Did you mean token/],
    [['use'], /Missing required argument 'NAME'/],
    [['use', '.hq'], /not a valid name/],
    [['use', 'a'.repeat(65)], /not a valid name/],
    [['token', 'a/b'], /not a valid name/],
    [['token', '--min-valid', '-1'], /--min-valid/],
    [['token', '--format', 'xml'], /token, json, strings, header, curl, env, powershell/],
    [['token', 'a', 'b'], /Too many arguments/],
    [['token', '--copy', '--format', 'json'], /cannot be copied as json/],
    [['client'], /needs one of: add, list, remove/],
    [['client', 'add', 'bot', '--accounts', 'hq,'], /not a valid name/],
    [['client', 'add', 'bot', '--approve', 'maybe'], /always, session, ask/],
    [['login', 'hq', '--timeout', 'soon'], /`--timeout` takes a whole number/],
    [['serve', '--port', '65536'], /0 to 65535/],
    [['approve', '--deny'], /needs the id/],
    [['curl', 'hq'], /No arguments for curl/],
    [['curl', 'hq', '-s'], /Unknown option '-s'/],
    [['exec', 'hq'], /No command given/],
    [['exec', 'hq', '--fd', '2', '--', 'true'], /3 to 99/],
    [['exec', 'hq', '--env', 'a-b', '--', 'true'], /name of a variable/],
    [['set', 'hq'], /Nothing to change/],
  ])('%j ends with 2 before the host is asked', async (args, expected) => {
    const { code, out, err } = await keyfob(host.home, args);
    expect(err).toMatch(expected);
    expect(err).not.toMatch(/^\s+at /m);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(host.asked).toEqual([]);
  });

  it('prints help and version on standard output', async () => {
    const [help, ofToken, version] = await Promise.all(
      [['--help'], ['token', '--help'], ['--version']].map((args) => keyfob(host.home, args)),
    );
    expect(help?.code).toBe(0);
    expect(help?.out).toMatch(/login \[options\] <NAME>/);
    expect(help?.out).toMatch(/curl .*exec .*client/s);
    expect(ofToken?.out).toMatch(/--min-valid <S>/);
    expect(ofToken?.out).not.toContain('default: false');
    expect(version?.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('an error of the host', () => {
  const codes: ErrorCode[] = [
    'no_such_account',
    'vault_locked',
    'vendor_refused',
    'vendor_unreachable',
    'sign_in_needed',
    'not_permitted',
    'lifetime_too_short',
    'unexpected',
  ];
  it.each(codes)('%s ends with its exit code, one sentence and what to do', async (code) => {
    host.respond = () => problem(code, 'It is so.', { hint: 'Do this.' });
    const ended = await keyfob(host.home, ['token', 'hq']);
    expect(ended).toEqual({ code: exitOf(code), out: '', err: 'It is so.\nDo this.\n' });
  });

  it("adds the vendor's own words, without what a terminal would obey", async () => {
    const vendorError = {
      error: 'invalid_scope',
      error_description: 'no \u001b[31msuch\u001b[0m scope\u202e',
    };
    host.respond = () => problem('vendor_refused', 'The vendor refused.', vendorError);
    const { code, err } = await keyfob(host.home, ['refresh', 'hq']);
    expect(code).toBe(6);
    expect(err).toBe('The vendor refused.\nThe vendor said: invalid_scope — no  [31msuch [0m scope\n');
  });

  it.each([
    ['unknown_route', {}],
    ['bad_query', { faults: [{ reason: 'unknown_names', params: { names: ['`application`'] } }] }],
  ])('that does not know what a newer command asks for (%s) is told as that', async (reason, params) => {
    host.respond = () => problem('bad_request', 'It is unknown.', { reason, params, hint: 'See the API.' });
    for (const args of [['token', 'hq'], ['accounts']]) {
      const { code, err } = await keyfob(host.home, args);
      expect(code).toBe(2);
      expect(err).toMatch(/^.+\nThe running Keyfob is of another version .*`keyfob stop`.*\n$/);
    }
  });

  it('no host is 3, and something else on the socket is 1', async () => {
    const { code, err } = await keyfob(await makeHome(), ['token']);
    expect(code).toBe(3);
    expect(err).toBe(
      'No Keyfob is running for this home.\nStart the application, or run `npm start` or `keyfob serve`.\n',
    );
    host.respond = () => [418, 'tea'];
    const other = await keyfob(host.home, ['accounts']);
    expect(other.code).toBe(1);
    expect(other.err).not.toMatch(/^\s+at /m);
  });

  it('a host that ends before it has answered is 3', async () => {
    host.respond = (_, response) => {
      response.destroy();
      return undefined;
    };
    expect((await keyfob(host.home, ['token'])).code).toBe(3);
  });
});

/** A client as the host describes it. */
const limited = {
  name: 'bot',
  accounts: ['hq', 'lab'],
  scopes: ['a'],
  approve: 'ask',
  created_at: 1,
  expires_at: null,
  last_used_at: null,
};

describe('a command of one request', () => {
  it.each([
    [['logout', 'hq'], 'POST', '/v1/accounts/hq/logout', {}, account, /^Signed out: hq/],
    [['remove', 'hq'], 'DELETE', '/v1/accounts/hq', null, undefined, /^Removed: hq/],
    [['lock'], 'POST', '/v1/lock', {}, { locked: true }, /^Locked/],
    [['approve', 'r1', '--deny'], 'POST', '/v1/approvals/r1', { allow: false }, {}, /^Denied/],
    [['client', 'remove', 'bot'], 'DELETE', '/v1/clients/bot', null, undefined, /^Removed: bot/],
    [['accounts', '--json'], 'GET', '/v1/accounts', null, [account], /^\[\{"name":"hq".*\}\]\n$/],
    [['audit', '--json', '--limit', '5'], 'GET', '/v1/audit?limit=5', null, [], /^\[\]\n$/],
    [['audit', '--json', '--since', '0'], 'GET', '/v1/audit?since=0', null, [], /^\[\]\n$/],
    [
      ['audit', '--since', '1700000000', '--client', 'bot', '--account', 'hq', '--refused'],
      'GET',
      '/v1/audit?since=1700000000&client=bot&account=hq&refused=true',
      null,
      [],
      /^Nothing recorded/,
    ],
    [['console', '--no-open'], 'POST', '/v1/console', {}, { url: 'http://127.0.0.1:1/x' }, /^http:.*\/x\n$/],
  ])('asks the host and tells the answer: %j', async (args, method, route, body, reply, expected) => {
    host.respond = () => (reply === undefined ? [204] : [200, reply]);
    const { code, out, err } = await keyfob(host.home, args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(expected);
    expect(host.asked).toEqual([{ method, route, body }]);
  });

  it.each([
    [['logout', 'hq'], account, '`npx --no-install keyfob login hq`'],
    [['lock'], { locked: true }, '`npx --no-install keyfob unlock`'],
    [
      ['accounts'],
      [{ ...account, notice: 'Locked. Run `keyfob unlock`.' }],
      '`npx --no-install keyfob unlock`',
    ],
    [['accounts'], [], '`npx --no-install keyfob add NAME'],
    [['client', 'list'], [], '`npx --no-install keyfob client add NAME`'],
  ])('names the next command as npx runs it, where npx ran this one: %j', async (args, reply, expected) => {
    host.respond = () => [200, reply];
    const { out } = await keyfob(host.home, args, '', { npm_command: 'exec' });
    expect(out).toContain(expected);
    expect(out).not.toContain('`keyfob ');
  });

  it('names the provider, not its id, whose default an account is now', async () => {
    const provider = { id: account.provider, name: 'Ours at Work' };
    host.respond = ({ route }) => [200, route === '/v1/providers' ? [provider] : account];
    const { code, out, err } = await keyfob(host.home, ['use', 'hq']);
    const told = 'hq is now the default (overall and for Ours at Work).\n';
    expect({ code, out, err }).toEqual({ code: 0, out: told, err: '' });
    expect(host.asked[0]).toEqual({ method: 'POST', route: '/v1/accounts/hq/use', body: {} });
  });

  it('says before revoking what a person should know, where the profile does', async () => {
    host.respond = ({ method, route }) =>
      route === '/v1/accounts'
        ? [200, [account]]
        : method === 'GET'
          ? [200, { revoke: { warning: 'It signs you out elsewhere.' } }]
          : [200, { account, message: 'Done so.' }];
    const { code, out, err } = await keyfob(host.home, ['revoke', 'hq']);
    expect({ code, out, err }).toEqual({ code: 0, out: 'Done so.\n', err: 'It signs you out elsewhere.\n' });
    expect(host.asked.at(-1)).toEqual({ method: 'POST', route: '/v1/accounts/hq/revoke', body: {} });
  });

  it('prints a new key alone on standard output', async () => {
    host.respond = () => [201, { client: { ...limited, scopes: null }, key: 'kf_abc' }];
    const args = ['client', 'add', 'bot', '--accounts', 'hq,lab', '--approve', 'ask'];
    const { code, out } = await keyfob(host.home, args);
    expect([code, out]).toEqual([0, 'kf_abc\n']);
    expect(host.asked[0]?.body).toEqual({ name: 'bot', accounts: ['hq', 'lab'], approve: 'ask' });
  });

  it.each([
    [
      ['--accounts', 'hq', '--scopes', 'a b,c'],
      { ...limited, accounts: ['hq'], scopes: ['a b', 'c'], approve: 'always' },
      'It can get tokens of: hq; with the scopes a b, c; without asking you; until it is removed.\n' +
        "To limit it: `keyfob client remove bot`, then `keyfob client add bot --accounts hq --scopes 'a b,c' --approve session --for 90d`.\n",
    ],
    [
      ['--for', '12h', '--approve', 'ask'],
      { ...limited, accounts: null, scopes: null, expires_at: 4_000_000_000 },
      expect.stringMatching(
        /^It can get tokens of: all accounts, including future ones; with any scope; after asking you each time; until .*\nTo limit it: .*add bot --accounts A,B --approve ask --for 12h`\.\n$/,
      ),
    ],
    [
      ['--accounts', 'hq,lab', '--approve', 'ask', '--for', '90d'],
      { ...limited, expires_at: 4_000_000_000 },
      expect.not.stringContaining('To limit it'),
    ],
  ])(
    'names all that a new key may do, and loses no limit in its advice: %j',
    async (args, client, rights) => {
      host.respond = () => [201, { client, key: 'kf_abc' }];
      const { code, err } = await keyfob(host.home, ['client', 'add', 'bot', ...args]);
      expect([code, err.split('\n').slice(1).join('\n')]).toEqual([0, rights]);
    },
  );

  it('unlocks a file vault with a line of standard input, and a keychain without', async () => {
    let kind = 'file';
    host.respond = ({ route }) =>
      route === '/v1/status'
        ? [200, { vault: { kind, locked: true, away: null } }]
        : [200, { locked: false }];
    expect((await keyfob(host.home, ['unlock'], 'open sesame\n')).code).toBe(0);
    expect(host.asked[1]?.body).toEqual({ passphrase: 'open sesame' });
    expect((await keyfob(host.home, ['unlock'])).code).toBe(2);
    kind = 'keychain';
    expect((await keyfob(host.home, ['unlock'])).code).toBe(0);
    expect(host.asked.at(-1)?.body).toEqual({});
  });

  it('follows the audit: what was before, then what comes, each line once', async () => {
    const line = { at: 1, client: 'local', via: 'socket', account: 'hq', provider: 'p', route: 'token' };
    const [one, two, three] = ['ok', 'vault_locked', 'bad_request'].map((outcome) => ({ ...line, outcome }));
    let stream: http.ServerResponse | undefined;
    const send = (data: unknown): void =>
      void stream?.write(`event: audit\ndata: ${JSON.stringify(data)}\n\n`);
    host.respond = ({ route }, response) => {
      if (route !== '/v1/events') {
        send(two);
        return [200, [one, two]];
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      stream = response;
      return undefined;
    };
    const running = start(host.home, ['audit', '--json', '--follow'], '');
    await running.firstLine;
    send(three);
    stream?.end();
    const { code, out } = await running.ended;
    expect(out).toBe([one, two, three].map((each) => `${JSON.stringify(each)}\n`).join(''));
    expect(code).toBe(3);
  });

  it('lists the audit with what a later host writes, and with what the person did', async () => {
    const line = { at: 1, client: 'local', via: 'window', account: null, provider: null };
    const lines = [
      { ...line, route: 'client.add', about: 'bot', outcome: 'ok' },
      { ...line, route: 'vault.lock', outcome: 'ok' },
      { ...line, route: 'account.origin_refused', origin: 'https://other.example', outcome: 'not_permitted' },
      { ...line, route: 'POST /v9/later', outcome: 'later_code' },
      { ...line, route: 'toString', outcome: 'toString' },
    ];
    host.respond = () => [200, lines];
    const { code, out, err } = await keyfob(host.home, ['audit']);
    expect([code, err]).toEqual([0, '']);
    const told = out.split('\n').map((each) => each.split(/ {2,}/).slice(3));
    expect(told.slice(1, -1)).toEqual([
      ['add client', 'ok', 'by window, bot'],
      ['lock', 'ok', 'by window'],
      ['refuse origin', 'not permitted, or denied', 'by window, https://other.example'],
      ['POST /v9/later', 'later_code', 'by window'],
      ['toString', 'toString', 'by window'],
    ]);
  });

  it('ends quietly when nobody reads', async () => {
    host.respond = () => [200, Array.from({ length: 20_000 }, () => account)];
    const running = start(host.home, ['accounts'], '');
    running.child.stdout.destroy();
    const { code, err } = await running.ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});
