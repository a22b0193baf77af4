// Parsers of what a vendor, or who speaks in its name, sends: answers, redirects, tokens, addresses. A new one is a row here.
import fc from 'fast-check';
import { isObject } from '../../main/api/json.ts';
import { readOrigin } from '../../main/accounts/origins.ts';
import {
  canListen,
  carriesAnswer,
  loopbackOf,
  listenAddressOf,
  withPort,
} from '../../main/host/redirect-uri.ts';
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
import { answerNames, redirectParameters, splitAddress } from '../../main/oauth/dialect/redirect.ts';
import { withoutEchoes } from '../../main/oauth/echo.ts';
import { checkFields } from '../../main/oauth/fields.ts';
import { createIdTokenJudge, KeysUnknown } from '../../main/oauth/id-token.ts';
import { readJwt } from '../../main/oauth/jwt.ts';
import { readKeptValues } from '../../main/oauth/kept-values.ts';
import { Failed, outcome } from '../../main/oauth/outcome.ts';
import { readProfile } from '../../main/oauth/profile-check.ts';
import { judgeRedirect } from '../../main/oauth/redirect-judgement.ts';
import { readRegistration } from '../../main/oauth/registration.ts';
import { readCode, readDeviceStart, readImplicit, readToken, type Asked } from '../../main/oauth/response.ts';
import {
  baseUrlFault,
  isRedirectTo,
  originOf,
  redirectUriFault,
  urlFault,
  webAddress,
} from '../../main/oauth/url.ts';
import { furtherRequest } from '../../main/oauth/token-request.ts';
import { builtInProviders } from '../../main/providers/index.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { parser, same, secret, textLike, valueLike, type Parser } from './harness.ts';
import { jwt, tokenAnswer, answerTexts } from './samples.ts';
const [oidc, oauth2] = await Promise.all(
  ['oidc', 'oauth2'].map(async (id) => (await readProfile(id, builtInProviders.read))!.profile),
);

const withScheme = (text: string): string => (text.includes('://') ? text : `https://${text}`);

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
  values: { client_id: 'me', issuer: server.issuer, client_auth: 'basic' },
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

export const vendorParsers: readonly Parser[] = [
  parser({
    name: 'a vendor’s answer',
    input: raw,
    grow: (text) => rawOf(text),
    longest: 250_000,
    parse(answer) {
      const form = {
        at: 'data',
        names: { access_token: 'a.b' },
        error: 'err.code',
        error_description: 'err',
      };
      for (const judged of [judgeAnswer(answer, 0), judgeAnswer(answer, 0, form), judgeRevocation(answer, 0)])
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
    name: 'a token that is exchanged further',
    input: fc.tuple(textLike(secret, 'a\r\nX: y'), textLike('acme', 'a.b', '../..')),
    async parse([access_token, tenant]) {
      const further_exchange = {
        url: 'https://id.example.com/{tenant}/token',
        parameters: ['subject_token'],
        headers: { Authorization: 'token {subject_token}' },
      };
      const profile = { ...context.profile, client_auth: 'none' as const, token: { further_exchange } };
      const client = { ...context, profile, values: { ...context.values, tenant } };
      const session = { access_token, bound: asked.bound };
      const request = await furtherRequest(client, server, 'refresh_token', session);
      if (new URL(request?.url ?? '').origin !== server.issuer) throw new Error('it goes elsewhere');
      if (/[\r\n]/.test(request?.headers['authorization'] ?? '')) throw new Error('a header of two lines');
    },
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
      const { fault } = await judgeIdToken(idTokenQuestion(text));
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
  parser({
    name: 'values that are kept',
    input: fc.record({
      answer: valueLike({ a: { b: secret }, team: [1] }),
      at: fc.oneof(fc.constantFrom('a', 'a.b', '__proto__', 'constructor.name', '.', '..'), fc.string()),
      url: textLike('https://na1.example.com/x', 'na1.example.com', 'https://example.com@evil.example/'),
    }),
    parse({ answer, at, url }) {
      const json = { ...(isObject(answer) ? answer : {}), url };
      const hosts = ['*.example.com', 'login.example.org'];
      const rules = { any: { from: 'answer', at }, url: { from: 'answer', hosts } } as const;
      const kept = readKeptValues(rules, { answer: json, redirect: null }, [secret]);
      if (Object.values(kept).includes(secret)) throw new Error('a token is kept');
      const host = kept['url'] === undefined ? null : new URL(withScheme(kept['url'])).hostname;
      if (host !== null && !host.endsWith('.example.com') && host !== 'login.example.org')
        throw new Error(`another host is kept: ${host}`);
    },
  }),
  parser({
    name: 'a registered client',
    input: valueLike({ client_id: 'c', client_secret: secret, client_secret_expires_at: 0 }),
    quiet: true,
    alsoThrows: (error) => error instanceof Failed,
    parse: (answer) => readRegistration(context, server, isObject(answer) ? answer : {}, null),
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
      const names = { code: 'spapi_oauth_code', state: 'customField', error: '__proto__' };
      redirectParameters(answer, names);
      carriesAnswer(answer.query, answerNames(names));
      for (const stateless of [true, false]) {
        const judged = judgeRedirect(answer, { ...expected, stateless, names });
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
];

/** A value of JSON as an object, for what takes nothing else. */
function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : { value };
}
