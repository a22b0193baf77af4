// The parsers of what comes from outside that are functions alone; those behind a socket or in a folder are in
// open-parsers.ts. A new parser of such a text is a row here.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { z } from 'zod';
import { applicationName, plainName, programName } from '../../main/platform/peer-process.ts';
import { readOrigin } from '../../main/accounts/origins.ts';
import { readRecord } from '../../main/accounts/record.ts';
import { readSettings } from '../../main/accounts/settings.ts';
import { goesRound } from '../../main/platform/no-proxy.ts';
import { peerUid } from '../../main/platform/peer-user.ts';
import { tokenQuery, type TokenAnswer } from '../../main/api/accounts.ts';
import { auditQuery } from '../../main/api/audit.ts';
import { parseJson } from '../../main/api/json.ts';
import { preferences } from '../../main/api/preferences.ts';
import { shownJson, shownLines, shownText } from '../../main/api/shown-text.ts';
import { sinceOf } from '../../main/cli/audit.ts';
import { execVersion, mayHave, parseGitRequest, registryOf } from '../../main/cli/credentials.ts';
import { curlVersion } from '../../main/cli/curl.ts';
import { checkName, gatherSettings, gatherSources, wholeNumber } from '../../main/cli/fields.ts';
import { clean, table } from '../../main/cli/text.ts';
import { formatToken } from '../../main/cli/token.ts';
import { eventParser, fromProblem } from '../../main/endpoint/client-transport.ts';
import { unseal } from '../../main/endpoint/export-file.ts';
import { parse } from '../../main/endpoint/parse.ts';
import { hostGuard, originForm } from '../../main/endpoint/host-guard.ts';
import { copyText } from '../../main/host/copy-forms.ts';
import {
  canListen,
  carriesAnswer,
  loopbackOf,
  listenAddressOf,
  withPort,
} from '../../main/host/redirect-uri.ts';
import { accountLine } from '../../main/host/timeline.ts';
import { commandTexts, sentenceOf, windowTexts } from '../../main/messages/index.ts';
import { reasons } from '../../main/api/problems/index.ts';
import { fillTemplate } from '../../main/oauth/template.ts';
import { hostFault, usableAddress } from '../../main/oauth/address.ts';
import {
  judgeAnswer,
  judgeRevocation,
  membersOf,
  parseRetryAfter,
  standardise,
  vendorTime,
  vendorErrorOf,
} from '../../main/oauth/dialect/answer.ts';
import { assumedLifetime, untilNamedEnd } from '../../main/oauth/dialect/lifetime.ts';
import { redirectParameters, splitAddress } from '../../main/oauth/dialect/redirect.ts';
import { withoutEchoes } from '../../main/oauth/echo.ts';
import { checkFields } from '../../main/oauth/fields.ts';
import { createIdTokenJudge, KeysUnknown } from '../../main/oauth/id-token.ts';
import { parseJsonSource } from '../../main/oauth/json-source.ts';
import { readJwt } from '../../main/oauth/jwt.ts';
import { outcome } from '../../main/oauth/outcome.ts';
import { checkProfile, readProfile } from '../../main/oauth/profile-check.ts';
import { judgeRedirect } from '../../main/oauth/redirect-judgement.ts';
import { readCode, readDeviceStart, readImplicit, readToken, type Asked } from '../../main/oauth/response.ts';
import {
  baseUrlFault,
  isRedirectTo,
  originOf,
  redirectUriFault,
  urlFault,
  webAddress,
} from '../../main/oauth/url.ts';
import { shellQuoted, shellArgument } from '../../main/platform/shell-quoting.ts';
import { builtInProviders } from '../../main/providers/index.ts';
import { providerForm } from '../../main/providers/views.ts';
import { parseEntryName } from '../../main/vaults/file-vault-entries.ts';
import {
  accountOf,
  chunkOf,
  joinChunks,
  layOut,
  nameOf,
  readHead,
} from '../../main/vaults/keychain-entries.ts';
import { keychainError } from '../../main/vaults/keychain-failures.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { parser, same, secret, textLike, valueLike, type Parser } from './harness.ts';

const profileTexts = await Promise.all(
  ['officernd', 'oidc', 'organization-api'].map(async (id) =>
    JSON.stringify(await builtInProviders.read(id)),
  ),
);
const own = JSON.stringify({
  id: 'own',
  name: 'Own',
  extends: 'oauth2',
  fields: { scope: { default: secret } },
});
const [oidc, oauth2] = await Promise.all(
  ['oidc', 'oauth2'].map(async (id) => (await readProfile(id, builtInProviders.read))!.profile),
);
const syntaxError = (error: unknown): boolean => error instanceof SyntaxError;

const jwt = [
  '{"alg":"RS256","kid":"1"}',
  `{"iss":"https://id.example.com","aud":"me","exp":2000000000,"s":"${secret}"}`,
]
  .map((one) => Buffer.from(one).toString('base64url'))
  .concat('c2ln')
  .join('.');
const tokenAnswer = {
  access_token: secret,
  token_type: 'Bearer',
  expires_in: 3600,
  refresh_token: secret,
  scope: 'a b',
  id_token: jwt,
  expires_at: '2026-01-01T00:00:00Z',
};
const answerTexts = [
  JSON.stringify(tokenAnswer),
  `access_token=${secret}&token_type=bearer&expires_in=60`,
  JSON.stringify({ error: 'invalid_grant', error_description: `gone: ${secret}` }),
  JSON.stringify({ error: { code: 7, message: secret } }),
  `<!doctype html><title>${secret}</title>`,
];
const raw = fc
  .record({
    status: fc.oneof(fc.constantFrom(200, 302, 400, 401, 404, 429, 500), fc.integer({ min: 200, max: 599 })),
    text: textLike(...answerTexts),
    type: fc.constantFrom('application/json', 'text/html', 'application/x-www-form-urlencoded', ''),
    later: fc.oneof(fc.constantFrom('', '5', '9'.repeat(400), 'Wed, 21 Oct 2026 07:28:00 GMT'), fc.string()),
  })
  .map(({ status, text, type, later }) => rawOf(text, status, type, later));
function rawOf(text: string, status = 200, type = 'application/json', later = '') {
  const headers = new Headers({ 'content-type': type });
  headers.set('retry-after', later.replaceAll(/[^\x20-\x7e]/g, ''));
  headers.set('date', later.replaceAll(/[^\x20-\x7e]/g, ''));
  return { status, headers, text };
}
const server = {
  issuer: 'https://id.example.com',
  token_endpoint: 'https://id.example.com/token',
  jwks_uri: 'https://id.example.com/keys',
};
const context = {
  profile: oidc!,
  values: { client_id: 'me', issuer: server.issuer },
  secrets: { client_secret: secret },
  gate: { check: () => undefined, discovered: async () => true },
};
const asked: Asked = {
  ...{ unixMs: 1_790_000_000_000, steady: 0, boot: null, previous: null, idTokenWanted: true },
  bound: { redirect_uri: null, scope: null },
};
const judgeIdToken = createIdTokenJudge({
  clock: new VirtualClock(),
  describeFailure: () => ({ reason: 'network_failed', params: {} }),
  fetch: async () => Response.json({ keys: [{ kty: 'RSA', kid: '1', n: 'AQAB', e: 'AQAB' }] }),
});
const idTokenQuestion = (idToken: string) => ({
  ...{ server, client: { client_id: 'me' }, idToken, nonce: null, unixMs: asked.unixMs, mayAsk: true },
});

const address = `https://app.example.com/callback?code=${secret}&state=the-state#access_token=x`;
const answerOf = (text: string) => ({ query: text, fragment: '', body: null, boundBy: 'paste' as const });
const expected = { state: 'the-state', stateless: false, carries: 'code', issuer: null } as const;

const sessionToken = {
  ...{ access_token: secret, token_type: 'bearer', obtained_at: 1, lifetime: null, refresh_token: secret },
  ...{ scope: null, bound: { redirect_uri: null, scope: null } },
};
const record = {
  ...{
    version: 2,
    settings: { provider: 'oidc', grant: 'password', fields: {} },
    secrets: { password: secret },
  },
  ...{ origins: { known: [], issuer: null, discovered: false }, epoch: 1 },
  state: { status: 'signed_in', session: sessionToken, password_tried: false },
};
const settings = {
  ...{ version: 1, accounts: { hq: { provider: 'oauth2', grant: 'implicit', fields: { scope: secret } } } },
  ...{ selected: 'hq', selected_by_provider: {}, local_approve: 'ask' },
};
const exported = {
  ...{
    keyfob_export: 1,
    accounts: [{ name: 'hq', provider: 'oauth2', grant: 'implicit', fields: { x: secret } }],
  },
  ...{ selected: 'hq', selected_by_provider: {}, profiles: [{ id: 'own', name: 'Own' }], secrets: null },
};
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

export const parsers: readonly Parser[] = [
  // Profiles
  parser({
    name: 'a profile’s text',
    input: textLike(...profileTexts, own),
    grow: (text) => text,
    longest: 70_000,
    async parse(text) {
      const check = await checkProfile(text, builtInProviders.read);
      if (!check.ok) return check.problems.map((one) => sentenceOf(commandTexts, one.problem));
      for (const one of Object.values(providerForm(check.profile).fields))
        if (shownJson(one.label) !== JSON.stringify(one.label))
          throw new Error('a label that steers a terminal');
      return providerForm(check.profile);
    },
  }),
  parser({
    name: 'JSON with places',
    input: textLike(...profileTexts, own),
    grow: (text) => text,
    parse(text) {
      const parsed = parseJsonSource(text);
      if (!parsed.ok && JSON.stringify(parsed.problem).includes(secret))
        throw new Error('it quotes the text');
      if (parsed.ok) same(parsed.value, JSON.parse(text.replace(/^\ufeff/, '')));
    },
  }),
  parser({
    name: 'JSON of others',
    input: textLike(...answerTexts, own),
    grow: (text) => text,
    longest: 250_000,
    alsoThrows: syntaxError,
    parse(text) {
      const value = parseJson(text);
      same(parseJson(JSON.stringify(value)), value);
    },
  }),
  // Files of a home, and those that travel
  parser({
    name: 'settings of config.json',
    input: valueLike(settings),
    quiet: true,
    parse(value) {
      const read = readSettings(value, JSON.stringify(value, undefined, 2));
      same(readSettings(read), read);
    },
  }),
  parser({
    name: 'an account’s record in a vault',
    input: textLike(JSON.stringify(record)),
    grow: (text) => text,
    quiet: true,
    parse(text) {
      const read = readRecord('hq', text);
      same(readRecord('hq', JSON.stringify(read)), read);
    },
  }),
  parser({ name: 'preferences', input: fc.jsonValue(), parse: (value) => preferences.safeParse(value) }),
  parser({
    name: 'a line of the day’s history',
    input: fc.jsonValue(),
    parse: (value) => accountLine.safeParse(value),
  }),
  parser({
    name: 'an export file',
    input: valueLike(exported),
    quiet: true,
    parse: (value) => unseal(value, undefined),
  }),
  // Vaults
  parser({
    name: 'a keyring’s entry',
    input: textLike('{"keyfob":2,"version":1,"text":"x"}', '{"keyfob":1,"generation":"ab12","chunks":2}'),
    grow: (text) => text,
    quiet: true,
    parse: (text) => readHead('hq', text),
  }),
  parser({
    name: 'a keyring’s chunks',
    input: fc.array(fc.option(textLike('"a"', '"'))),
    quiet: true,
    parse: (chunks) => joinChunks('hq', chunks, null),
  }),
  parser({
    name: 'a text laid out for a keyring, and back',
    input: textLike(JSON.stringify(record)),
    parse(text) {
      const { head, chunks } = layOut(text, 1, 'ab12', 500);
      const read = readHead('hq', head);
      same(read.kind === 'whole' ? read.text : joinChunks('hq', chunks, read.sha256), text);
    },
  }),
  parser({
    name: 'names of a keyring’s entries',
    input: textLike('hq', 'hq#ab12.0', '%41', 'a%zz'),
    grow: (text) => text,
    parse(text) {
      nameOf(text);
      chunkOf(text);
      if (text !== '' && text.isWellFormed()) same(nameOf(accountOf(text)), text);
    },
  }),
  parser({
    name: 'a keyring’s failure',
    input: textLike('Cannot autolaunch D-Bus', 'The name was not provided by any .service files'),
    grow: (text) => text,
    parse: (text) => keychainError(new Error(text)),
  }),
  parser({
    name: 'names of a vault’s files',
    input: textLike(`${'a'.repeat(40)}.1.0123abcd`),
    grow: (text) => text,
    parse: parseEntryName,
  }),
  // Vendors
  parser({
    name: 'a vendor’s answer',
    input: raw,
    grow: (text) => rawOf(text),
    longest: 250_000,
    parse(answer) {
      for (const judged of [judgeAnswer(answer, 0), judgeRevocation(answer, 0)])
        if (judged.kind === 'granted') standardise(judged.value, oidc!, true);
      vendorTime(answer);
      return vendorErrorOf(membersOf(answer) ?? {});
    },
  }),
  parser({
    name: 'what a vendor echoes',
    input: raw,
    grow: (text) => rawOf(text),
    parse(answer) {
      withoutEchoes(answer, [secret]);
      const told = JSON.stringify({ error_description: answer.text, more: [{ [answer.text]: answer.text }] });
      const { text } = withoutEchoes({ ...answer, text: told }, [secret]);
      if (text.includes(secret)) throw new Error('the echo came through');
    },
  }),
  parser({
    name: 'a token answer',
    input: valueLike(tokenAnswer),
    parse: (json) => outcome(() => readToken(context, server, objectOf(json), asked, judgeIdToken)),
  }),
  parser({
    name: 'a redirect’s token',
    input: valueLike(tokenAnswer),
    parse: (json) => outcome(() => readImplicit(context, objectOf(json), asked)),
  }),
  parser({
    name: 'a code’s answer, and a device’s',
    input: valueLike({
      ...{ code: secret, device_code: secret, user_code: 'AB-CD', verification_uri: 'https://a.example/d' },
      ...{ expires_in: 60, interval: 5, verification_url: 'smb://x' },
    }),
    async parse(json) {
      await outcome(() => readCode(objectOf(json)));
      await outcome(() => readDeviceStart(context, server, objectOf(json)));
    },
  }),
  parser({
    name: 'an ID token',
    input: textLike(jwt),
    grow: (text) => text,
    alsoThrows: (error) => error instanceof KeysUnknown,
    async parse(text) {
      const fault = await judgeIdToken(idTokenQuestion(text));
      if (fault === null) throw new Error('it holds');
      if (fault.includes(secret)) throw new Error('it quotes the token');
    },
    share: 20,
  }),
  parser({
    name: 'a JWT’s claims',
    input: textLike(jwt),
    grow: (text) => text,
    longest: 250_000,
    parse: readJwt,
  }),
  parser({
    name: 'how long a token lives',
    input: fc.tuple(valueLike(tokenAnswer), textLike(jwt)),
    parse([json, token]) {
      const times = [
        untilNamedEnd(objectOf(json), 0),
        assumedLifetime(token, { earlier: null, usual: 5 }, 0),
      ];
      for (const one of times) if (one !== null && !(one >= 0)) throw new Error('a life of no length');
    },
  }),
  parser({
    name: 'Retry-After',
    input: textLike('5', 'Wed, 21 Oct 2026 07:28:00 GMT'),
    grow: (text) => text,
    parse(text) {
      const ms = parseRetryAfter(text, 0);
      if (ms !== null && !(ms >= 0 && ms <= 3_600_000)) throw new Error('a wait without end');
    },
  }),
  // Redirects and addresses
  parser({
    name: 'what a redirect carries',
    input: fc.record({
      query: textLike(`code=${secret}&state=the-state`),
      fragment: textLike(`access_token=${secret}&state=x`),
      body: fc.option(textLike(`error=access_denied&error_description=${secret}&state=the-state`)),
      boundBy: fc.constantFrom('paste' as const, 'cookie' as const, 'nothing' as const),
    }),
    grow: answerOf,
    parse(answer) {
      redirectParameters(answer);
      carriesAnswer(answer.query);
      for (const stateless of [true, false]) {
        const judged = judgeRedirect(answer, { ...expected, stateless });
        if (judged.taken && !stateless && judged.parameters.get('state')?.value !== 'the-state')
          throw new Error('taken without the state');
      }
    },
  }),
  parser({
    name: 'an address that is pasted',
    input: textLike(address, address.replace('https://app.example.com', 'http://127.0.0.1:7')),
    grow: (text) => text,
    parse(text) {
      isRedirectTo(text, 'https://app.example.com/callback');
      return judgeRedirect({ ...splitAddress(text), body: null, boundBy: 'paste' }, expected);
    },
  }),
  parser({
    name: 'URLs',
    input: textLike('https://a.example.com:8443/x?y', 'http://127.0.0.1:1/cb', 'com.example.app:/cb'),
    grow: (text) => text,
    quiet: true,
    parse(text) {
      const faults = [urlFault(text), baseUrlFault(text), redirectUriFault(text)];
      if (JSON.stringify(faults).includes(secret)) throw new Error('it quotes the text');
      if (urlFault(text) === null && !/^https?:/.test(originOf(text) ?? ''))
        throw new Error('no web address');
      const page = webAddress(text);
      if (page !== null) same(webAddress(page), page);
    },
  }),
  parser({
    name: 'an origin that is allowed',
    input: textLike('https://a.example.com', 'https://a.example.com:8443/'),
    grow: (text) => text,
    quiet: true,
    parse(text) {
      const origin = readOrigin(text);
      same(readOrigin(origin), origin);
    },
  }),
  parser({
    name: 'redirect URIs to listen on',
    input: textLike(
      'http://127.0.0.1:8080/cb?x',
      'http://localhost',
      'http://[::1]:1/',
      'http://a.localhost.:1/x',
    ),
    grow: (text) => text,
    parse(text) {
      loopbackOf(text);
      if (canListen(text)) listenAddressOf(withPort(text, 7), 'hq');
      return listenAddressOf(text, 'hq');
    },
  }),
  parser({
    name: 'a field’s value in an address',
    input: fc.tuple(
      fc.constantFrom('https://{x}.example.com/', '{x}/token', 'https://a.example/{x}'),
      textLike('acme'),
    ),
    parse([template, x]) {
      hostFault(x);
      fillTemplate(template, { x });
      const filled = usableAddress(template, { x });
      if (
        template.includes('}.example.com') &&
        filled !== null &&
        !new URL(filled).host.endsWith('.example.com')
      )
        throw new Error(`another host: ${filled}`);
    },
  }),
  parser({
    name: 'fields of an account',
    input: fc.dictionary(
      fc.oneof(fc.constantFrom('client_id', 'scope', 'token_url', 'redirect_uri'), textLike(secret)),
      textLike(secret, address),
    ),
    grow: (text) => ({ client_id: text, redirect_uri: text, authorize_url: text }),
    parse: (fields) => checkFields(oauth2!, 'authorization_code', fields, {}),
  }),
  // The endpoint and its client
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
  parser({
    name: 'a word for a real shell',
    input: textLike(secret, "it's", '$(id)').filter((text) => !text.includes('\0') && text.isWellFormed()),
    share: 1,
    parse(text) {
      const received = execFileSync('/bin/sh', ['-c', `printf '%s' ${shellArgument(text)}`], {
        encoding: 'utf8',
      });
      same(received, text);
    },
  }),
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

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : { value };
}
