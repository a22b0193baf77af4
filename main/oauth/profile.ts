// A provider profile: how one vendor's OAuth 2.0 works, as data. The built-in ones stand in
// main/providers/catalog; a person can add their own from a JSON file. Its shape stands here; `profileSchema`
// (profile-rules.ts) is the only judge of both.
//
// Invariants, held there: a profile holds no secret; every `{field}` in a template names one of its fields; every
// grant names the fields it takes; what a grant sends to has an address.
import { z } from 'zod';
import type { LocalizedText } from '../api/common.ts';
import { isShown } from '../api/shown-text.ts';
import { clientAuthIds } from './client-auth/index.ts';
import { answerForm } from './dialect/answer-form.ts';
import { redirectNames } from './dialect/redirect.ts';
import { requestShape } from './dialect/request/index.ts';
import { clientGrantIds, grantIds, tokenGrantTypes, type TokenGrantType } from './grants/index.ts';
import { keptValues } from './kept-values.ts';
import {
  choice,
  headerName,
  id,
  localized,
  name,
  plainText,
  reason,
  sentences,
  template,
  text,
} from './profile-values.ts';
import { registration } from './registered-client.ts';
import { signedJwts } from './signed-jwt.ts';
import { senderConstraintIds } from './sender-constraint/index.ts';

export function inEnglish(text: LocalizedText): string {
  return typeof text === 'string' ? text : text.en;
}
/** The name that stands in sentences of every language: a checked profile holds the English one. */
const providerName = localized(80);
const providerSummary = localized(200);
const nameInSentences = providerName.transform(inEnglish);
/** An address, or one for each choice of a field (of a region, say). */
const address = choice(template);

/**
 * How the client shows who it is: HTTP Basic as RFC 7617 (plain) or as RFC 6749 section 2.3.1 wants it
 * (form-encoded first), `params` (id and secret among the parameters, wherever those travel), or `none`
 * (the id alone among the parameters).
 */
const clientAuth = z.enum(clientAuthIds);

/** The vendor's form of a request, and of its answer. */
const formShape = { ...requestShape, answer: answerForm.optional() };
const formWithUrl = z.strictObject({ url: address, ...formShape });
/** At the token endpoint. `further_exchange`: the token that came is exchanged for another one at once, by this request. */
const tokenShape = { url: address.optional(), ...formShape, further_exchange: formWithUrl.optional() };
const form = z.strictObject(tokenShape);
const perGrant = Object.fromEntries(tokenGrantTypes.map((one) => [one, form.optional()])) as Record<
  TokenGrantType,
  z.ZodOptional<typeof form>
>;

const api = z.union([
  z.strictObject({ header: headerName, scheme: text.optional() }),
  z.strictObject({ query: text }),
]);
export type ApiPlacement = z.infer<typeof api>;

const field = z.strictObject({
  label: localized(80),
  help: sentences.optional(),
  /** Shown where nothing was entered: an example, no default. */
  placeholder: localized(200).optional(),
  secret: z.boolean().optional(),
  default: plainText.optional(),
  choices: z.array(plainText.min(1)).min(1).optional(),
  /**
   * `url`: https, or http on loopback; `base_url`: such a URL without a query, for templates that add a path;
   * `server`: a host, or such a base; `redirect_uri`: a URL, or one of a private-use scheme; `resource`: absolute URIs with
   * blanks between them (RFC 8707).
   */
  kind: z.enum(['text', 'url', 'base_url', 'server', 'redirect_uri', 'scope', 'resource']).optional(),
  /** An empty text is a value of its own, and not the default; else it is the same as none. */
  may_be_empty: z.literal(true).optional(),
  /** A token does not hold any more when the field changes. */
  binds_tokens: z.boolean().optional(),
});
export type ProfileField = z.infer<typeof field>;

const renewalStep = z.enum(['refresh_token', ...clientGrantIds, 'stored_password']);
export type RenewalStep = z.infer<typeof renewalStep>;

const grantProfile = z.strictObject({
  required: z.array(name),
  optional: z.array(name).optional(),
  /**
   * What is tried, in order, for a new token without a person. `stored_password` is tried once and, after one
   * refusal, never again by itself. Empty: only a person can.
   */
  renewal: z.array(renewalStep),
});
export type GrantProfile = z.infer<typeof grantProfile>;

/** What a profile's file looks like. */
export const profileShape = z.strictObject({
  $schema: z.string().optional(),
  id,
  /** The built-in profile that this one differs from; see profile-extends.ts. Gone once both are merged. */
  extends: id.optional(),
  name: nameInSentences,
  /** What it is, in a line. */
  summary: providerSummary.optional(),
  docs: z
    .url({ protocol: /^https?$/ })
    .refine(isShown, reason('wants_seen_text'))
    .optional(),
  /** How a newcomer gets credentials, in short. */
  credentials_help: sentences,
  fields: z.record(name, field),
  grants: z.partialRecord(z.enum(grantIds), grantProfile),
  default_grant: z.enum(grantIds),

  /** OpenID Connect Discovery 1.0: endpoints not named here come from the issuer's metadata. */
  issuer: template.optional(),
  authorize: z
    .strictObject({
      url: address.optional(),
      /** RFC 7636 with S256; `plain` where the vendor knows nothing better. */
      pkce: z.union([z.boolean(), z.literal('plain')]),
      /** Names the vendor's wish on purpose: it shows its page in no window of ours, so the browser is used. */
      embedded_window_refused: z.literal(true).optional(),
      /**
       * Issuers that give a refresh token for `offline_access` though no consent was asked for ("other conditions",
       * OpenID Connect Core 1.0 section 11): host names, `*.example.com` for all below; `*`: all.
       */
      offline_access_without_consent: z.array(text).optional(),
      /** What is sent as `response_type` where the vendor wants another than the grant's. */
      response_type: text.optional(),
      parameters: requestShape.parameters,
      names: requestShape.names,
      extra_parameters: requestShape.extra_parameters,
    })
    .optional(),
  /** The authorization request is pushed first (RFC 9126); `url` left out: to where the issuer's metadata says. */
  pushed_authorization: z.strictObject({ url: address.optional() }).optional(),
  redirect: z
    .strictObject({
      names: redirectNames.optional(),
      /** Names the vendor's fault on purpose: an answer without `state` is taken from this flow's own window. */
      vendor_does_not_echo_state: z.literal(true).optional(),
      /** Whether a code is decoded, as is usual, or passed on as it stood in the redirect URL. */
      code_passed_on: z.enum(['decoded', 'as_it_stood']).optional(),
      /**
       * Names on purpose that this vendor holds a code against its `code_verifier` (RFC 7636 section 4.6): a code alone,
       * which its page shows or a person cuts out of an address, is then taken without its `state`. Without `pkce` by S256 it changes nothing.
       */
      code_alone_taken: z.literal(true).optional(),
    })
    .optional(),
  /** The token endpoint; `per_grant` overrides it by grant_type. */
  token: z
    .strictObject({
      ...tokenShape,
      per_grant: z.strictObject(perGrant).optional(),
    })
    .optional(),
  /** Sends user name and password, answers `{"code"}`. */
  direct: formWithUrl.optional(),
  /** Asked how long a token lives whose answer does not say it (RFC 7662); `url` left out: where the issuer's metadata says. */
  introspection: z.strictObject({ url: address.optional(), ...formShape }).optional(),
  /** RFC 8628 section 3.1. */
  device: z.strictObject({ url: address.optional(), ...formShape }).optional(),
  revoke: z
    .union([
      z.strictObject({
        url: address.optional(),
        ...requestShape,
        /** RFC 7009: which tokens are sent, in order. The standard parameter is `token`. */
        tokens: z.array(z.enum(['refresh_token', 'access_token'])).min(1),
        /** Whether the client shows who it is as at the token endpoint. */
        authenticate: z.boolean(),
        /** What a person should know before. */
        warning: sentences.optional(),
      }),
      z.strictObject({ not_offered: sentences }),
    ])
    .optional(),
  registration: registration.optional(),
  /** JWTs that the account's own key signs, by the parameter that they are sent as. */
  signed_jwt: signedJwts.optional(),
  client_auth: choice(clientAuth),
  /** What binds a token to who asked for it; left out, or `none`: nothing. `dpop`: a key of the account’s own (RFC 9449). */
  sender_constraint: choice(z.enum(senderConstraintIds)).optional(),
  lifetime_unit: z.enum(['seconds', 'milliseconds']),
  /** Seconds that a token lives where no answer has said it yet. */
  default_lifetime: z.number().positive().optional(),
  /** What an `expires_in` of 0 or less means; left out: the token has ended. */
  zero_lifetime: z.enum(['ended', 'not_stated', 'endless']).optional(),
  /** Taken when an answer has no `token_type`. */
  default_token_type: text.optional(),
  /** `single_use`: the old refresh token is gone once a new answer came, whether it brought one or not. */
  refresh_token: z.enum(['single_use', 'reusable']),
  /** `ahead` of the end, or only `on_expiry`, when the vendor has nothing new before. */
  refresh_when: z.enum(['ahead', 'on_expiry']),
  /** How a token with a scope or audience of its own is asked for, in order; left out: this vendor gives none. */
  downscoped_tokens: z.array(z.enum(['client_credentials', 'refresh_token'])).optional(),
  /** What is kept of redirects and answers, for templates and for whoever asks for a token. */
  kept_values: keptValues.optional(),
  api: choice(api),
  /** Headers that the API wants beside the token: handed out with it. */
  api_headers: z.record(headerName, template).optional(),
  /** Where the token is meant for: the address under which the API's paths stand. */
  api_base: address.optional(),
  who_am_i: z.strictObject({ url: address, show: z.array(text).min(1) }).optional(),
  /** Errors by which this vendor says that a grant is gone, beside those of the standard (`invalid_grant`). */
  ends_sign_in: z.array(text).optional(),
  /** What to do about a refusal, by the vendor's `error`. */
  refusal_hints: z.record(text, sentences).optional(),
});

/** How a provider is listed, in every language. */
export const listedTexts = z.object({
  name: providerName,
  summary: providerSummary.nullable().default(null),
});

/** A provider's profile as its file holds it, its texts in every language. */
export type ProfileFile = z.input<typeof profileShape>;
/** A checked provider profile. */
export type Profile = z.infer<typeof profileShape>;
/** The rules of a profile whose vendor revokes tokens. */
type RevocationRules = Extract<NonNullable<Profile['revoke']>, { readonly tokens: unknown }>;

/** How the vendor revokes tokens; null where it has no way to, or the profile names none. */
export function revocationRules({ revoke }: Profile): RevocationRules | null {
  return revoke !== undefined && 'tokens' in revoke ? revoke : null;
}
