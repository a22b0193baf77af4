// Parsers of what local programs and the system say: the endpoint, the command line, texts that are shown, tables. A new one is a row here.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { z } from 'zod';
import { applicationName, plainName, programName } from '../../main/platform/peer-process.ts';
import { goesRound } from '../../main/platform/no-proxy.ts';
import { peerUid } from '../../main/platform/peer-user.ts';
import { tokenQuery, tokenRouteQuery, type TokenAnswer } from '../../main/api/accounts.ts';
import { auditQuery } from '../../main/api/audit.ts';
import { shownJson, shownLines, shownText } from '../../main/api/shown-text.ts';
import { sinceOf } from '../../main/cli/audit.ts';
import { execVersion, mayHave, parseGitRequest, registryOf } from '../../main/cli/helper-protocols.ts';
import { curlVersion } from '../../main/cli/curl.ts';
import { curlOptionsIn, readCurlRequest, urlPaths } from '../../main/cli/curl-request.ts';
import { checkName, gatherSettings, gatherSources, wholeNumber } from '../../main/cli/fields.ts';
import { clean, table } from '../../main/cli/text.ts';
import { formatToken } from '../../main/cli/token.ts';
import { eventParser, fromProblem } from '../../main/endpoint/client-transport.ts';
import { parse } from '../../main/endpoint/parse.ts';
import { hostGuard, originForm } from '../../main/endpoint/host-guard.ts';
import { addressUnder } from '../../main/oauth/api-address.ts';
import { headersToApi, headersToProgram } from '../../main/proxy/headers.ts';
import { keyOf, queryWith, targetOf } from '../../main/proxy/incoming.ts';
import { copyText } from '../../main/host/copy-forms.ts';
import { commandTexts, sentenceOf, windowTexts } from '../../main/messages/index.ts';
import { reasons } from '../../main/api/problems/index.ts';
import { shellQuoted, shellArgument } from '../../main/platform/shell-quoting.ts';
import { hasShell } from '../system.ts';
import { parser, same, secret, textLike, valueLike, type Parser } from './harness.ts';

const apiBase = 'https://api.example.com/v1';
const problem = { type: 'about:blank', code: 'bad_request', detail: 'What.', hint: '', status: 400 };

/** As a POSIX shell reads one word in single quotes. */
function shellRead(word: string): string {
  return word.startsWith("'") ? word.slice(1, -1).replaceAll("'\\''", "'") : word;
}
const headersOf = (value: string): TokenAnswer => ({
  ...{ account: 'hq', provider: 'oauth2', access_token: value, token_type: 'Bearer', expires_at: null },
  ...{
    expires_in: null,
    scope: null,
    headers: { authorization: `Bearer ${value}` },
    query: { token: value },
  },
});
/** As curl's `-K` reads a quoted text (curl(1), "--config"). */
function curlRead(line: string): string {
  const escapes: Record<string, string> = { t: '\t', n: '\n', r: '\r', v: '\v' };
  return line
    .slice(line.indexOf('"') + 1, line.lastIndexOf('"'))
    .replaceAll(/\\(.)/gs, (_whole, sign: string) => escapes[sign] ?? sign);
}

const curlOptions = curlOptionsIn(
  [
    ' -d, --data <data>           HTTP POST data',
    ' -o, --output <file>         Write to file',
    ' -X, --request <method>      Request method to use',
    ' -s, --silent                Silent mode',
    ' -I, --head                  Show document info only',
    ' -:, --next                  Make next URL use separate options',
    '     --url <url/file>        URL(s) to work with',
  ].join('\n'),
);

const messages = fc.record({
  reason: fc.oneof(fc.constantFrom(...Object.keys(reasons)), textLike('reason', 'toString')),
  params: fc.dictionary(
    fc.constantFrom('provider', 'account', 'text', 'fields', 'fault', 'why', 'error', 'detail', 'hint'),
    fc.oneof(
      textLike(secret),
      fc.array(textLike('a')),
      fc.integer(),
      fc.constant({ reason: 'was_cancelled', params: {} }),
    ),
  ),
});

export const localParsers: readonly Parser[] = [
  parser({
    name: 'a query of the endpoint',
    input: textLike(`account=hq&min_valid=5&scope=${secret}`, 'since=1&client=a&refused=true&limit=9'),
    grow: (text) => text,
    quiet: true,
    parse(text) {
      const query = Object.fromEntries(new URLSearchParams(text));
      parse(auditQuery, query, 'query');
      parse(tokenQuery, query, 'query');
    },
  }),
  parser({
    name: 'the request that a proof is for, in a query',
    input: fc.record({
      method: textLike('GET', 'PATCH'),
      url: textLike(`${apiBase}/me?a=${secret}`, 'http://[::1]:7/', 'HTTPS://u:p@API.example.com\\@x/'),
      nonce: textLike('eyJ7S_zG.eyJH0-Z.HX4w-7v', secret),
    }),
    grow: (text) => ({ method: 'GET', url: `https://api.example.com/${text}`, nonce: 'n' }),
    longest: 8_000,
    quiet: true,
    parse(query) {
      const { method = '', url = '', nonce = '' } = parse(tokenRouteQuery, query, 'query');
      if (!/^https?:$/.test(new URL(url).protocol)) throw new Error('another protocol');
      // What stands in a header, and in a proof.
      if (/[^\x21-\x7e]/.test(method + nonce)) throw new Error('no text of a header');
    },
  }),
  parser({
    name: 'a body of the endpoint',
    input: fc.jsonValue(),
    quiet: true,
    parse: (value) =>
      parse(z.strictObject({ name: z.string(), fields: z.record(z.string(), z.string()) }), value, 'body'),
  }),
  parser({
    name: 'Host and the request’s target',
    input: fc.record({
      target: textLike('/v1/token', 'http://127.0.0.1:7/x', '*'),
      host: textLike('127.0.0.1:7', 'localhost:7'),
    }),
    grow: (text) => ({ target: text, host: text }),
    parse({ target, host }) {
      const verdict = hostGuard({ listener: 'tcp', port: 7, target, rawHeaders: ['Host', host] });
      if (verdict === null && !['127.0.0.1:7', 'localhost:7', '[::1]:7'].includes(host))
        throw new Error('let in');
      if (!originForm(target).startsWith('/')) throw new Error('no path');
    },
  }),
  parser({
    name: 'a request to the proxy of an API',
    input: fc.record({
      target: textLike(
        '/a%20b/../c?d=e',
        '//evil.example/',
        'http://127.0.0.1:7/%2e%2e/',
        '/..;/x',
        '/v1/me',
      ),
      credentials: textLike(`Bearer ${secret}`, `Basic ${Buffer.from(`u:${secret}`).toString('base64')}`),
    }),
    grow: (text) => ({ target: text, credentials: `Bearer ${text}` }),
    quiet: true,
    parse({ target, credentials }) {
      const headers = ['Host', '127.0.0.1:7', 'Authorization', credentials];
      const key = keyOf(headers);
      if (!credentials.includes(' ')) throw new Error('a key of nowhere');
      const { path, query } = targetOf('GET', target, headers, key);
      const address = addressUnder(apiBase, path);
      if (address === null) return;
      const asked = new URL(`${address}${queryWith(query, { access_token: 't' })}`);
      if (!asked.href.startsWith(apiBase) || asked.hash !== '') throw new Error('elsewhere');
      same(asked.searchParams.getAll('access_token'), ['t']);
      if (JSON.stringify(headersToApi(headers, {})).includes(key)) throw new Error('the key goes on');
    },
  }),
  parser({
    name: 'headers of an API',
    input: fc.record({
      location: textLike(
        `${apiBase}/you`,
        '//evil.example/',
        '../x',
        'https://u@api.example.com/v1/',
        '/v1?a',
      ),
      value: textLike(`it was ${secret}`, `%${secret}`),
    }),
    grow: (text) => ({ location: text, value: text }),
    parse({ location, value }) {
      const way = { url: `${apiBase}/me`, base: apiBase, local: 'http://127.0.0.1:7', token: secret };
      const [, to = '', , told = ''] = headersToProgram(['Location', location, 'X-Own', value], way);
      if (to.includes(secret) || told.includes(secret)) throw new Error('the token comes back');
      const there = URL.parse(to);
      const meant = URL.parse(location, way.url);
      if (
        there?.origin === way.local &&
        meant?.origin !== way.local &&
        meant?.origin !== new URL(apiBase).origin
      )
        throw new Error('another host stands for the API');
    },
  }),
  parser({
    name: 'a stream of events',
    input: fc.array(textLike('event: token.refreshed\ndata: {"type":"x"}\n\n', ': beat\n\n')),
    grow: (text) => [text],
    parse(chunks) {
      const one: unknown[] = [];
      const whole: unknown[] = [];
      const push = eventParser((event) => one.push(event));
      for (const chunk of chunks) push(chunk);
      // However the pieces fall; a piece never ends between CR and LF of a host's own.
      if (chunks.some((chunk) => chunk.includes('\r'))) return;
      eventParser((event) => whole.push(event))(chunks.join(''));
      same(one, whole);
    },
  }),
  parser({
    name: 'a problem of a host',
    input: fc.tuple(fc.integer({ min: 100, max: 599 }), valueLike(problem)),
    parse: ([status, json]) => sentenceOf(commandTexts, fromProblem(status, json).problem),
  }),
  // What people and programs write on the command line
  parser({
    name: '--since',
    input: textLike('2h', '2026-03-01T09:05', '1790000000'),
    grow: (text) => text,
    parse: (text) => sinceOf(text, 1_790_000_000),
  }),
  parser({
    name: 'a number',
    input: textLike('60'),
    grow: (text) => text,
    parse: (text) => wholeNumber('--min-valid', text, 0, 100),
  }),
  parser({
    name: 'a name',
    input: textLike('hq'),
    grow: (text) => text,
    parse: (text) => same(/^[\w.-]{1,64}$/.test(checkName(text)), true),
  }),
  parser({
    name: '--set',
    input: fc.array(textLike('a=b', `x=${secret}`)),
    grow: (text) => [text],
    parse: gatherSettings,
  }),
  parser({
    name: '--secret',
    input: fc.array(textLike('a', 'a@file')),
    grow: (text) => [text],
    parse: gatherSources,
  }),
  parser({
    name: 'git’s request',
    input: textLike('protocol=https\nhost=git.example.com\npath=x\n\n'),
    grow: (text) => text,
    parse(text) {
      const request = parseGitRequest(text);
      if (mayHave(request.get('protocol') ?? '', request.get('host') ?? '', ['git.example.com']))
        same(request.get('host')?.toLowerCase(), 'git.example.com');
    },
  }),
  parser({
    name: 'docker’s request',
    input: textLike('https://registry.example.com/v1/', 'ghcr.io'),
    grow: (text) => text,
    parse: registryOf,
  }),
  parser({
    name: 'kubectl’s request',
    input: textLike('{"apiVersion":"client.authentication.k8s.io/v1"}'),
    grow: (text) => text,
    quiet: true,
    parse: execVersion,
  }),
  parser({
    name: 'curl’s version',
    input: textLike('curl 8.5.0 (x86_64)'),
    grow: (text) => text,
    parse: curlVersion,
  }),
  parser({
    name: 'the request of curl’s arguments',
    input: fc.array(
      textLike('-sXPOST', '-d', '@-', '--url', 'https://api.example.com/a', '/me', '--next', '-o', '--', '-'),
    ),
    grow: (text) => [text, `-${text}`, `--${text}`],
    // Letters of one argument are options, each read by itself.
    longest: 5_000,
    parse(args) {
      const request = readCurlRequest(args, curlOptions);
      // What an option takes is no address, and changes nothing else.
      same(readCurlRequest(['-o', secret, ...args], curlOptions), request);
      if (request !== null && request !== 'several' && !/^[a-z][a-z0-9+.-]*:\/\//i.test(request.url))
        throw new Error('an address without a scheme');
      for (const at of urlPaths(args, curlOptions))
        if (args[at] === undefined) throw new Error('of no argument');
    },
  }),
  // What goes out, and comes back the same
  parser({
    name: 'a word for a shell',
    input: textLike(secret, "it's", '$(id)'),
    grow: (text) => text,
    parse(text) {
      same(shellRead(shellQuoted(text)), text);
      same(shellRead(shellArgument(text)), text);
    },
  }),
  ...(hasShell
    ? [
        parser({
          name: 'a word for a real shell',
          input: textLike(secret, "it's", '$(id)').filter(
            (text) => !text.includes('\0') && text.isWellFormed(),
          ),
          share: 1,
          parse(text) {
            const received = execFileSync('/bin/sh', ['-c', `printf '%s' ${shellArgument(text)}`], {
              encoding: 'utf8',
            });
            same(received, text);
          },
        }),
      ]
    : []),
  parser({
    name: 'a token in every format',
    input: textLike(secret, 'a"b\\c'),
    grow: (text) => text,
    parse(token) {
      const answer = headersOf(token);
      same(shellRead(formatToken(answer, 'env').slice('export ACCESS_TOKEN='.length, -1)), token);
      same(JSON.parse(formatToken(answer, 'json')), answer);
      const config = formatToken(answer, 'curl').split('\n');
      same(config.length, 3);
      same(config.slice(0, 2).map(curlRead), [`authorization: Bearer ${token}`, `token=${token}`]);
      same(formatToken(answer, 'header'), `authorization: Bearer ${token}\n`);
    },
  }),
  parser({
    name: 'a token that is copied',
    input: textLike(secret, "a'b"),
    parse(token) {
      const answer = headersOf(token);
      same(shellRead(copyText(answer, 'environment', { shell: 'posix' }).replace(/^export \w+=/, '')), token);
      same(copyText(answer, 'header', { shell: 'posix' }).split('\n').length, 1);
      same(copyText(answer, 'curl', { shell: 'powershell' }).split('\n').length, 1);
    },
  }),
  parser({
    name: 'texts that are shown',
    input: textLike('Acme', 'a\u202eb', '\u001b[2J'),
    grow: (text) => text,
    longest: 250_000,
    parse(text) {
      const bad = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
      const shown = [shownText(text), clean(text), shownLines(text).replaceAll('\n', ''), shownJson(text)];
      if (shown.some((one) => bad.test(one))) throw new Error('it steers a terminal');
      if (bad.test(table(['NAME'], [[text]]).replaceAll('\n', '')))
        throw new Error('a table that is steered');
    },
  }),
  parser({
    name: 'a message in words',
    input: messages,
    parse(note) {
      for (const texts of [commandTexts, windowTexts.en, windowTexts.de]) sentenceOf(texts, note);
    },
  }),
  // The system's own texts, with what others have put into them
  parser({
    name: 'names of programs',
    input: textLike('curl', '/usr/bin/x (deleted)', secret),
    grow: (text) => text,
    parse(text) {
      for (const one of [plainName(text), programName(text), applicationName(text)])
        if (one !== null && /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(one)) throw new Error('it steers a terminal');
    },
  }),
  parser({
    name: 'the table of connections',
    input: textLike(
      '  0: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0 20 4 30 10 -1\n',
    ),
    grow: (text) => text,
    parse: (text) =>
      peerUid(text, {
        localAddress: '127.0.0.1',
        localPort: 54321,
        remoteAddress: '127.0.0.1',
        remotePort: 8080,
      }),
  }),
  parser({
    name: 'NO_PROXY',
    input: textLike('*.example.com,10.0.0.0/8,[::1]:80', 'localhost'),
    grow: (text) => text,
    parse: (text) => goesRound('https://a.example.com/', text),
  }),
];
