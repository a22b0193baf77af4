// The parsers behind a socket, a port or a file: a real host's endpoint, window and oidc-agent's socket, a sign-in's
// callback, and the files of a home on a real disk.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { answerNames } from '../../main/oauth/dialect/redirect.ts';
import { openAudit } from '../../main/access/index.ts';
import { openPreferencesFile } from '../../main/host/preferences-file.ts';
import { openProfileStore } from '../../main/host/profile-store.ts';
import { openSettings } from '../../main/host/settings-file.ts';
import { auditLine } from '../../main/api/audit.ts';
import { calls, type CallName } from '../../main/api/window.ts';
import { readSettings } from '../../main/accounts/settings.ts';
import { createCallbackSignIn } from '../../main/host/callback.ts';
import { message } from '../../main/api/problems/index.ts';
import { Catalogue } from '../../main/providers/registry.ts';
import { builtInProviders } from '../../main/providers/index.ts';
import { openFileVault } from '../../main/vaults/file-vault.ts';
import { socketIn } from '../system.ts';
import { signedIn, windowKit } from '../window-kit.ts';
import { parser, secret, textLike, valueLike, type Parser } from './harness.ts';

/** Calls that end something, open something or take seconds, by design. */
const leftOut: readonly CallName[] = [
  'vault.lock',
  'vault.unlock',
  'vault.move',
  'transfer.export',
  'sign_in.start',
];

const codes = (error: unknown): boolean => typeof (error as NodeJS.ErrnoException).code === 'string';

/** Opens what they need; `close` takes it away. */
export async function openParsers(): Promise<{ parsers: readonly Parser[]; close(): Promise<void> }> {
  const kit = await windowKit();
  await signedIn(kit);
  const { key } = await kit.host.access.clients.add({ name: 'limited', accounts: ['other'] });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kf-fuzz-'));
  const oidcSocket = socketIn(path.join(folder, 'run'));
  await kit.host.endpoint.listenForOidcAgent(oidcSocket, () => null);
  const tcp = await kit.host.endpoint.listenOnTcp(0);
  if (!('url' in tcp)) throw new Error('no port');
  const tcpPort = Number(new URL(tcp.url).port);
  const signIn = createCallbackSignIn({ tell: () => undefined });
  const request = {
    id: 'x',
    account: 'hq',
    providerName: 'X',
    redirectUri: null,
    paste: false,
    browser: false,
  };
  const flow = await signIn.begin(
    { ...request, stateless: false, answerNames: answerNames() },
    () => ({ taken: false, reason: message('redirect_without_state', {}) }),
    () => undefined,
  );
  const { port: callbackPort } = new URL(flow.redirectUri);
  const token = (await kit.host.keyfob.token({ account: 'hq' })).access_token;

  let made = 0;
  /** A folder of its own, which is gone after the case. */
  const within = async (run: (own: string) => unknown): Promise<void> => {
    made += 1;
    const own = path.join(folder, String(made));
    await Promise.resolve()
      .then(() => run(own))
      .finally(() => rmSync(own, { recursive: true, force: true }));
  };
  const put = (own: string, name: string, text: string): void => {
    const file = path.join(own, name);
    rmSync(own, { recursive: true, force: true });
    mkdir(own);
    writeFileSync(file, text);
  };

  const vaultBase = path.join(folder, 'vault-base');
  mkdir(vaultBase);
  const cost = { N: 2 ** 10, r: 8, p: 1 };
  const passphrase = 'correct horse';
  const vault = await openFileVault({ path: path.join(vaultBase, 'vault.json'), passphrase, cost });
  for (const id of ['hq', 'berlin', 'hq']) await vault.put(id, secret, (await vault.get(id))?.version ?? 0);
  await vault.close();
  const vaultFiles = readdirSync(vaultBase, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(path.join(vaultBase, name)).isFile())
    .toSorted();

  const parsers: Parser[] = [
    parser({
      name: 'a request of the endpoint',
      share: 30,
      input: fc.record({
        route: fc.tuple(
          fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'HEAD', 'PUT'),
          textLike(
            '/v1/token?account=hq&min_valid=1',
            '/v1/accounts/none',
            '/v1/audit?since=1',
            '/v1/clients/none',
          ),
        ),
        body: textLike(
          JSON.stringify({ name: 'new', provider: 'oauth2', grant: 'implicit', settings: { scope: secret } }),
          JSON.stringify({ document: { keyfob_export: 1, accounts: [] } }),
          JSON.stringify({ name: 'bot', accounts: ['hq'], approve: 'always' }),
        ),
        authorization: fc.option(textLike(`Bearer ${key}`, 'Bearer kf_x', 'Basic YTpi')),
        accept: textLike('text/plain', '*/*;q=0.1'),
        via: fc.constantFrom('socket' as const, 'tcp' as const, 'guest' as const),
      }),
      async parse({ route: [method, target], body, authorization, accept, via }) {
        const url = URL.parse(target, 'http://127.0.0.1');
        if (url === null || url.origin !== 'http://127.0.0.1' || url.pathname === '/v1/events') return;
        const headers = new Headers({ accept: accept.replaceAll(/[^\x20-\x7e]/g, '') });
        if (authorization !== null)
          headers.set('authorization', authorization.replaceAll(/[^\x20-\x7e]/g, ''));
        const bodied = method === 'GET' || method === 'HEAD' ? null : body;
        const answer = await kit.host.endpoint.handler.fetch(
          new Request(url, { method, headers, body: bodied }),
          via,
        );
        const text = await answer.text();
        if (answer.status === 500) throw new Error(text);
        if (via !== 'socket' && text.includes(token)) throw new Error('a token without a key');
      },
    }),
    parser({
      name: 'a request on the port',
      share: 5,
      input: textLike(
        'GET /v1/token HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
        `POST /v1/pair HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\nAuthorization: Bearer ${key}\r\n\r\n{"name":"a"}`,
        'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
      ),
      async parse(text) {
        const received = await talk(
          { host: '127.0.0.1', port: tcpPort },
          text.replaceAll('\r\nHost: localhost', `\r\nHost: localhost:${String(tcpPort)}`),
        );
        if (received.includes(token) || / 500 /.test(received.split('\r\n')[0] ?? ''))
          throw new Error(received);
        await stillAnswers(tcp.url);
      },
    }),
    parser({
      name: 'a message to oidc-agent’s socket',
      share: 5,
      input: textLike(
        JSON.stringify({
          request: 'access_token',
          account: 'none',
          min_valid_period: 5,
          application_hint: secret,
        }),
        JSON.stringify({ request: 'loaded_accounts' }),
        `${'A'.repeat(43)}=`,
        '12:AAAA:BBBB',
      ),
      async parse(text) {
        const received = await talk({ path: oidcSocket }, text);
        if (received !== '' && received.startsWith('{')) JSON.parse(received);
        if (received.includes('unexpected')) throw new Error(received);
        const next = await talk({ path: oidcSocket }, '{"request":"loaded_accounts"}');
        if (!next.startsWith('{')) throw new Error(`it answers nothing any more: ${next}`);
      },
    }),
    parser({
      name: 'a request of the sign-in’s callback',
      share: 5,
      input: fc.record({
        method: fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS'),
        target: textLike(
          `/callback?code=${secret}&state=x`,
          '/callback',
          '/keyfob/start/x',
          '/keyfob/done/x/outcome',
        ),
        cookie: textLike('kf_flow_0123456789abcdef=x', 'a=b; c'),
        body: textLike(`code=${secret}&state=x`, JSON.stringify({ query: '', fragment: 'access_token=x' })),
      }),
      async parse({ method, target, cookie, body }) {
        const headers = {
          ...{ host: `127.0.0.1:${callbackPort}`, cookie: cookie.replaceAll(/[^\x20-\x7e]/g, '') },
          ...{ 'content-type': 'application/x-www-form-urlencoded' },
        };
        const at = `/${target.replace(/^\//, '').replaceAll(/[^\x21-\x7e]/g, '')}`;
        const { status, text } = await ask({ port: Number(callbackPort), method, path: at, headers }, body);
        if (status >= 500 && status !== 503) throw new Error(`${String(status)} ${text}`);
        if (status < 400 && text.includes(secret)) throw new Error('the page repeats the code');
        await stillAnswers(`http://127.0.0.1:${callbackPort}`);
      },
    }),
    parser({
      name: 'a call of the window',
      share: 30,
      input: fc.tuple(
        fc.oneof(
          fc.constantFrom(...Object.keys(calls).filter((name) => !leftOut.includes(name as CallName))),
          textLike('overview', 'toString'),
        ),
        fc.oneof(
          fc.constant(undefined),
          fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
          valueLike({
            name: 'none',
            id: 'oauth2',
            provider: 'oauth2',
            count: 3,
            grant: 'implicit',
            values: {},
            settings: {},
            secrets: {},
          }),
          textLike(JSON.stringify({ id: 'own', name: 'Own', extends: 'oauth2' })).map((text) => ({ text })),
        ),
      ),
      async parse([name, value]) {
        const reply = await kit.calls.call(name, value);
        if (!reply.ok && reply.problem.code === 'unexpected') throw new Error(JSON.stringify(reply.problem));
      },
    }),
    parser({
      name: 'lines of the audit',
      share: 3,
      input: textLike(
        `${JSON.stringify({ at: 1, client: 'local', via: 'socket', account: 'hq', provider: 'oauth2', route: 'GET /v1/token', outcome: 'ok' })}\n`.repeat(
          3,
        ),
        '{"at":1,"route":7}\n',
      ),
      parse: (text) =>
        within(async (own) => {
          put(own, 'audit.jsonl', text);
          const audit = openAudit(own);
          for (const line of await audit.tail(100, { since: 0, refused: true })) auditLine.parse(line);
          for (const line of await audit.tail(100)) auditLine.parse(line);
        }),
    }),
    parser({
      name: 'a config.json',
      share: 1,
      alsoThrows: codes,
      input: textLike(JSON.stringify({ version: 1, accounts: {}, selected: null, selected_by_provider: {} })),
      parse: (text) =>
        within(async (own) => {
          put(own, 'config.json', text);
          readSettings((await openSettings({ folder: own })).read());
        }),
    }),
    parser({
      name: 'a preferences.json',
      share: 1,
      input: textLike(JSON.stringify({ language: 'de', notify: true })),
      parse: (text) =>
        within((own) => {
          put(own, 'preferences.json', text);
          return openPreferencesFile(own, () => undefined).store;
        }),
    }),
    parser({
      name: 'a folder of profiles',
      share: 1,
      input: textLike(JSON.stringify({ id: 'own', name: 'Own\u202e', extends: 'oauth2', summary: '\u0007' })),
      parse: (text) =>
        within(async (own) => {
          put(own, 'own.json', text);
          const catalogue = new Catalogue(builtInProviders, openProfileStore(own));
          await catalogue.load();
          if (/[\p{Cc}\p{Cf}]/u.test(JSON.stringify(catalogue.list()))) throw new Error('a name that steers');
        }),
    }),
    parser({
      name: 'a file of the vault',
      share: 1,
      input: fc.tuple(
        fc.constantFrom(...vaultFiles),
        fc.nat(4000),
        fc.nat(6),
        fc.uint8Array({ maxLength: 12 }),
      ),
      parse: ([name, at, cut, bytes]) =>
        within(async (own) => {
          mkdir(own);
          copy(vaultBase, own);
          const file = path.join(own, name);
          const old = readFileSync(file);
          const where = at % (old.length + 1);
          writeFileSync(file, Buffer.concat([old.subarray(0, where), bytes, old.subarray(where + cut)]));
          const opened = await openFileVault({
            path: path.join(own, 'vault.json'),
            passphrase,
            mustExist: true,
          });
          try {
            for (const id of ['hq', 'berlin']) {
              const found = await opened.get(id);
              if (found !== null && found.entry !== secret) throw new Error('another text was read');
            }
          } finally {
            await opened.close();
          }
        }),
    }),
  ];
  return {
    parsers,
    async close() {
      await signIn.close();
      await kit[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function mkdir(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
}

/** A listener that a case ended would answer every later one with nothing, which fails no rule. */
async function stillAnswers(url: string): Promise<void> {
  const { status } = await ask({ port: Number(new URL(url).port), path: '/v1/health' }, '');
  if (status === 0) throw new Error('it answers nothing any more');
}

/** Sends a text, ends, and gives what comes back until the other side closes. */
function talk(to: net.NetConnectOpts, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = net.connect(to, () => socket.end(text));
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error('no end within 10 s'));
    }, 10_000);
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(late);
      resolve(received);
    });
  });
}

function ask(to: http.RequestOptions, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = http.request({ ...to, host: '127.0.0.1', agent: false, timeout: 10_000 }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', () => resolve({ status: 0, text }));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within 10 s')));
    asked.on('error', (error) =>
      error.message.includes('10 s') ? reject(error) : resolve({ status: 0, text: '' }),
    );
    asked.end(to.method === 'POST' ? body : undefined);
  });
}
