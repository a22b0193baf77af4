// What a profile's shape alone cannot say: names that must exist elsewhere in it, parts that a grant needs.
import { addressTemplates, templateFault } from './address.ts';
import { grantIds, grantType } from './grants/index.ts';
import { headerFault, headerPattern, profileShape, type Leg, type Profile } from './profile.ts';

type Path = readonly (string | number)[];
type Complain = (path: Path, message: string) => void;

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

/** Parts that hold templates, and what a field chooses. */
const partsWithTemplates = [
  'issuer',
  'authorize',
  'token',
  'direct',
  'device',
  'revoke',
  'client_auth',
  'api',
  'who_am_i',
] as const;

/** The only judge of a profile. */
export const profileSchema = profileShape.superRefine((profile, context) => {
  const complain: Complain = (path, message) => {
    context.addIssue({ code: 'custom', path: [...path], message });
  };
  for (const part of partsWithTemplates) {
    checkTemplates(profile, profile[part], [part], complain);
  }
  for (const { path, template } of addressTemplates(profile)) {
    const fault = templateFault(template);
    if (fault !== null) complain(path, fault);
  }
  checkFieldRules(profile, complain);
  for (const parameter of Object.keys(profile.authorize?.parameters ?? {})) {
    if (ownParameters.includes(parameter)) {
      complain(
        ['authorize', 'parameters', parameter],
        'must not be there: Keyfob sets this parameter itself, anew for each sign-in',
      );
    }
  }
  checkHeaderNames(profile, complain);
  checkGrants(profile, complain);
});

function checkTemplates(profile: Profile, value: unknown, path: Path, complain: Complain): void {
  if (typeof value === 'string') {
    for (const [, used = ''] of value.matchAll(/\{([^{}]*)\}/g)) {
      if (!Object.hasOwn(profile.fields, used)) {
        complain(path, `names the field {${used}}, ${unknownField(profile)}`);
      } else if (profile.fields[used]?.secret === true) {
        complain(
          path,
          `names the secret field {${used}}: a secret must not stand in a URL or a fixed header; take it out (how the client shows its secret is client_auth’s to say)`,
        );
      }
    }
    if (/[{}]/.test(value.replaceAll(/\{[^{}]*\}/g, ''))) {
      complain(path, 'has a { or } that is not part of a {field}: close it, or take it out');
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      checkTemplates(profile, inner, [...path, key], complain);
    }
    if ('by_field' in value && typeof value.by_field === 'string') {
      const ways = 'ways' in value ? value.ways : {};
      checkChoice(profile, value.by_field, ways as object, path, complain);
    }
  }
}

function checkChoice(profile: Profile, field: string, ways: object, path: Path, complain: Complain): void {
  const choices = profile.fields[field]?.choices;
  if (choices === undefined) {
    complain([...path, 'by_field'], `names ${field}, which is not a field with choices`);
    return;
  }
  for (const missing of choices.filter((one) => !Object.hasOwn(ways, one))) {
    complain([...path, 'ways'], `has no way for the choice "${missing}" of ${field}`);
  }
}

function unknownField({ fields }: Profile): string {
  return `which the profile does not have; its fields: ${Object.keys(fields).join(', ')}`;
}

function checkFieldRules(profile: Profile, complain: Complain): void {
  for (const [name, one] of Object.entries(profile.fields)) {
    if (one.default !== undefined && one.choices !== undefined && !one.choices.includes(one.default)) {
      complain(['fields', name, 'default'], `must be one of the choices: ${one.choices.join(', ')}`);
    }
    if (one.secret === true && one.default !== undefined) {
      complain(['fields', name, 'default'], 'must not be there: a secret has no default');
    }
  }
}

function checkHeaderNames({ token, direct, revoke }: Profile, complain: Complain): void {
  const legs: [Path, Leg | undefined][] = [
    [['token'], token],
    [['direct'], direct],
    [['revoke'], revoke !== undefined && 'tokens' in revoke ? revoke : undefined],
    ...Object.entries(token?.legs ?? {}).map(([leg, rules]): [Path, Leg | undefined] => [
      ['token', 'legs', leg],
      { place: token?.place, ...rules },
    ]),
  ];
  for (const [path, rules] of legs) {
    if (!JSON.stringify(rules?.place ?? null).includes('"header"')) continue;
    for (const [standard, vendors] of Object.entries(rules?.names ?? {})) {
      if (!headerPattern.test(vendors)) complain([...path, 'names', standard], headerFault);
    }
  }
}

function checkGrants(profile: Profile, complain: Complain): void {
  for (const [grant, one] of Object.entries(profile.grants)) {
    for (const list of ['required', 'optional'] as const) {
      for (const [index, field] of (one[list] ?? []).entries()) {
        if (!Object.hasOwn(profile.fields, field)) {
          complain(['grants', grant, list, index], `names the field ${field}, ${unknownField(profile)}`);
        }
      }
    }
    const { parts, leg } = grantType(grant);
    const alsoNeeded = one.renewal.length > 0 && profile.token === undefined && leg === null;
    for (const part of parts) {
      if (profile[part] === undefined) {
        complain(['grants', grant], needsPart(part));
      } else if (profile[part].url === undefined && profile.issuer === undefined) {
        complain([part], 'needs a "url": the profile has no "issuer" whose metadata could name it');
      }
    }
    if (alsoNeeded) complain(['grants', grant, 'renewal'], needsPart('token'));
  }
  if (Object.keys(profile.grants).length === 0) {
    complain(['grants'], `must hold at least one grant, of: ${grantIds.join(', ')}`);
  } else if (profile.grants[profile.default_grant] === undefined) {
    complain(['default_grant'], `must be one of the grants: ${Object.keys(profile.grants).join(', ')}`);
  }
}

function needsPart(part: string): string {
  return `needs the part "${part}", which the profile does not have`;
}
