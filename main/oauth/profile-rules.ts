// What a profile's shape alone cannot say: names that must exist elsewhere in it, parts that a grant needs.
import { message, type Message } from '../api/problems/index.ts';
import { addressTemplates, templateFault } from './address.ts';
import { keptHostFault, keptTooLate } from './kept-values.ts';
import { fieldFaults } from './fields.ts';
import type { GrantType } from './grants/grant.ts';
import { grantIds, grantType, type TokenGrantType } from './grants/index.ts';
import { maxIssues } from './profile-problems.ts';
import { membersWithSecrets, type RequestForm } from './dialect/request/index.ts';
import { furtherOwnValues, messageValues, messageValuesOf, ownValues } from './dialect/request/own-values.ts';
import { signingAlgorithms } from './private-key.ts';
import { profileShape, revocationRules, type Profile } from './profile.ts';
import { headerPattern } from './profile-values.ts';

type Path = readonly (string | number)[];
type Complain = (path: Path, fault: Message) => void;

/** Parameters of the authorization request that are Keyfob's to set (RFC 6749, 7636, OpenID Connect Core). */
const ownParameters = [
  'response_type',
  'client_id',
  'redirect_uri',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
];

/** Sections that hold templates, and what a field chooses. */
const sectionsWithTemplates = [
  'issuer',
  'authorize',
  'pushed_authorization',
  'token',
  'direct',
  'device',
  'revoke',
  'introspection',
  'registration',
  'signed_jwt',
  'client_auth',
  'sender_constraint',
  'api',
  'api_headers',
  'api_base',
  'who_am_i',
] as const;

/** The only judge of a profile. */
export const profileSchema = profileShape.superRefine((profile, context) => {
  let complaints = 0;
  const complain: Complain = (path, { reason, params }) => {
    complaints += 1;
    if (complaints > maxIssues) return;
    context.addIssue({ code: 'custom', path: [...path], message: reason, params });
  };
  for (const section of sectionsWithTemplates) {
    checkTemplates(profile, profile[section], [section], complain);
  }
  const ofHttpsIssuer = profile.issuer?.toLowerCase().startsWith('https:') === true;
  for (const address of addressTemplates(profile)) {
    const downgrade = ofHttpsIssuer && /^http:/i.test(address.template);
    const kept = keptHostFault(profile.kept_values, address.template);
    const fault =
      templateFault(address) ?? kept ?? (downgrade ? message('url_http_of_https_issuer', {}) : null);
    if (fault !== null) complain(address.path, fault);
  }
  checkFieldRules(profile, complain);
  for (const name of Object.keys(profile.kept_values ?? {})) {
    const isTaken =
      Object.hasOwn(profile.fields, name) ||
      [...furtherOwnValues, ...messageValues].some((one) => one === name);
    if (isTaken) complain(['kept_values', name], message('kept_name_taken', {}));
  }
  for (const parameter of Object.keys(profile.authorize?.extra_parameters ?? {})) {
    // Without an issuer nobody holds an ID token against a nonce: it is the vendor's wish, and no more.
    const isVendors = parameter === 'nonce' && profile.issuer === undefined;
    if (ownParameters.includes(parameter) && !isVendors) {
      complain(['authorize', 'extra_parameters', parameter], message('own_parameter', {}));
    }
  }
  checkAuthorize(profile, complain);
  for (const section of ['pushed_authorization', 'introspection'] as const) {
    const one = profile[section];
    if (one !== undefined && one.url === undefined && profile.issuer === undefined) {
      complain([section], message('needs_url', {}));
    }
  }
  const { signed_jwt: jwts, client_auth: auth } = profile;
  if (JSON.stringify(auth).includes('"signed_client_secret"') && jwts?.client_secret === undefined) {
    complain(['client_auth'], message('needs_section', { section: 'signed_jwt.client_secret' }));
  }
  for (const [name, jwt] of Object.entries(jwts ?? {})) {
    const alg = jwt?.header?.['alg'];
    if (alg !== undefined && !signingAlgorithms.includes(alg)) {
      complain(['signed_jwt', name, 'header', 'alg'], message('no_choice', { choices: signingAlgorithms }));
    }
  }
  checkHeaderNames(profile, complain);
  checkGrants(profile, complain);
});

function checkTemplates(profile: Profile, value: unknown, path: Path, complain: Complain): void {
  if (typeof value === 'string') {
    const { secrets, own } = templateNames(path);
    for (const [, used = ''] of value.matchAll(/\{([^{}]*)\}/g)) {
      if (own.includes(used)) continue;
      if (Object.hasOwn(profile.kept_values ?? {}, used)) {
        const fault = keptTooLate(profile.kept_values, path, value);
        if (fault !== null) complain(path, fault);
      } else if (!Object.hasOwn(profile.fields, used)) {
        complain(path, namesNoField(profile, `{${used}}`));
      } else if (profile.fields[used]?.secret === true && !secrets) {
        complain(path, message('names_secret', { name: `{${used}}` }));
      }
    }
    if (/[{}]/.test(value.replaceAll(/\{[^{}]*\}/g, ''))) {
      complain(path, message('lone_brace', {}));
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      checkTemplates(profile, inner, [...path, key], complain);
    }
    if ('by_field' in value && typeof value.by_field === 'string') {
      const cases = 'cases' in value ? value.cases : {};
      checkChoice(profile, value.by_field, cases as object, path, complain);
    }
  }
}

/** What a template can name beside public fields: it stands under the member of a request's form that it fills. */
function templateNames(path: Path): { readonly secrets: boolean; readonly own: readonly string[] } {
  // The authorization request goes through a browser, whose history keeps it.
  const inBrowser = path[0] === 'authorize';
  // What an API's headers hold is handed out with the token.
  if (path[0] === 'api_headers') return { secrets: true, own: ['random'] };
  const [further, member] = memberOf(path);
  if (!membersWithSecrets.includes(String(member))) return { secrets: false, own: [] };
  if (inBrowser) return { secrets: false, own: ownValues };
  const ofMessage = messageValuesOf[further ? 'further_exchange' : String(path[0])] ?? messageValues;
  return { secrets: true, own: [...(further ? furtherOwnValues : ownValues), ...ofMessage] };
}

/** The member of a request's form in which a path leads, and whether the form is that of a further exchange. */
function memberOf(path: Path): [further: boolean, member: string | number | undefined] {
  const form = path[0] === 'token' && path[1] === 'per_grant' ? path.slice(3) : path.slice(1);
  const further = form[0] === 'further_exchange';
  return [further, form[further ? 1 : 0]];
}

function checkChoice(profile: Profile, field: string, cases: object, path: Path, complain: Complain): void {
  const choices = profile.fields[field]?.choices;
  if (choices === undefined) {
    complain([...path, 'by_field'], message('names_no_choice', { field }));
    return;
  }
  for (const missing of choices.filter((one) => !Object.hasOwn(cases, one))) {
    complain([...path, 'cases'], message('no_case_for_choice', { choice: missing, field }));
  }
}

/** Names that one message lists. */
const maxNamed = 30;
/** Listed once a profile: there can be as many complaints as fields. */
const named = new WeakMap<Profile['fields'], readonly string[]>();

function namesNoField({ fields }: Profile, name: string): Message {
  const listed = named.get(fields) ?? Object.keys(fields).slice(0, maxNamed);
  named.set(fields, listed);
  return message('names_no_field', { name, fields: listed });
}

function checkFieldRules(profile: Profile, complain: Complain): void {
  const defaults = Object.entries(profile.fields).map(([name, one]) => [name, one.default ?? ''] as const);
  const found = new Map(
    fieldFaults(profile, Object.fromEntries(defaults)).map((one) => [one.field, one.fault]),
  );
  for (const [name, one] of Object.entries(profile.fields)) {
    if (one.default !== undefined && one.choices !== undefined && !one.choices.includes(one.default)) {
      complain(['fields', name, 'default'], message('default_no_choice', { choices: one.choices }));
    } else {
      const fault = found.get(name);
      if (fault !== undefined) complain(['fields', name, 'default'], fault);
    }
    if (one.secret === true && one.default !== undefined) {
      complain(['fields', name, 'default'], message('secret_with_default', {}));
    }
  }
}

/** What ties an answer to its request: `state`, and a code to its verifier. */
const bindings = ['state', 'code_challenge', 'code_challenge_method', 'nonce'];

/** Whoever chooses what the authorization request holds leaves in it what protects its answer, by its own name. */
function checkAuthorize({ authorize, redirect }: Profile, complain: Complain): void {
  const { parameters, names = {}, pkce } = authorize ?? {};
  const needed = [
    ...(redirect?.vendor_does_not_echo_state === true ? [] : ['state']),
    ...((pkce ?? false) !== false ? ['code_challenge', 'code_challenge_method'] : []),
  ];
  for (const missing of needed.filter((one) => parameters?.includes(one) === false)) {
    complain(['authorize', 'parameters'], message('binding_left_out', { parameter: missing }));
  }
  for (const [standard, vendors] of Object.entries(names)) {
    // A state under another name comes back under one that the profile names too.
    const isEchoed = standard === 'state' && redirect?.names?.['state'] !== undefined;
    if ((bindings.includes(standard) && !isEchoed) || bindings.includes(vendors)) {
      complain(['authorize', 'names', standard], message('own_parameter', {}));
    }
  }
}

function checkHeaderNames(profile: Profile, complain: Complain): void {
  const { token, direct, device, introspection } = profile;
  const forms: [Path, RequestForm | undefined][] = [
    [['token'], token],
    [['token', 'further_exchange'], token?.further_exchange],
    [['direct'], direct],
    [['device'], device],
    [['introspection'], introspection],
    [['revoke'], revocationRules(profile) ?? undefined],
    ...Object.entries(token?.per_grant ?? {}).flatMap(([grant, rules]): typeof forms => [
      [['token', 'per_grant', grant], { in: token?.in, ...rules }],
      [['token', 'per_grant', grant, 'further_exchange'], rules?.further_exchange],
    ]),
  ];
  for (const [path, rules] of forms) {
    if (!JSON.stringify(rules?.in ?? null).includes('"header"')) continue;
    for (const [standard, vendors] of Object.entries(rules?.names ?? {})) {
      if (!headerPattern.test(vendors)) {
        complain([...path, 'names', standard], message('wants_header_name', {}));
      }
    }
  }
}

/** Whether a section has an address for a grant: its own, the grant's, or one that the issuer's metadata names. */
function hasAddress(
  { issuer, token, ...sections }: Profile,
  section: GrantType['needs'][number],
  grantType: TokenGrantType | null,
): boolean {
  if (issuer !== undefined) return true;
  if (section !== 'token') return sections[section]?.url !== undefined;
  const own = grantType === null ? undefined : token?.per_grant?.[grantType]?.url;
  return (token?.url ?? own) !== undefined;
}

function checkGrants(profile: Profile, complain: Complain): void {
  for (const [grant, one] of Object.entries(profile.grants)) {
    for (const list of ['required', 'optional'] as const) {
      for (const [index, field] of (one[list] ?? []).entries()) {
        if (!Object.hasOwn(profile.fields, field)) {
          complain(['grants', grant, list, index], namesNoField(profile, field));
        }
      }
    }
    const isByJwt = grant === 'jwt_bearer' || one.renewal.includes('jwt_bearer');
    if (isByJwt && profile.signed_jwt?.assertion === undefined) {
      complain(['grants', grant], message('needs_section', { section: 'signed_jwt.assertion' }));
    }
    const { needs, tokenGrantType } = grantType(grant);
    const alsoNeeded = one.renewal.length > 0 && profile.token === undefined && tokenGrantType === null;
    for (const section of needs) {
      if (profile[section] === undefined) {
        complain(['grants', grant], message('needs_section', { section }));
      } else if (!hasAddress(profile, section, tokenGrantType)) {
        complain([section], message('needs_url', {}));
      }
    }
    if (alsoNeeded) {
      complain(['grants', grant, 'renewal'], message('needs_section', { section: 'token' }));
    }
  }
  if (Object.keys(profile.grants).length === 0) {
    complain(['grants'], message('no_grant', { grants: grantIds }));
  } else if (profile.grants[profile.default_grant] === undefined) {
    complain(['default_grant'], message('default_no_grant', { grants: Object.keys(profile.grants) }));
  }
}
