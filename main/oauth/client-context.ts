// Who speaks to which vendor: a client as one account's settings make it.
import type { TokenGrantType } from './grants/index.ts';
import type { AnswerForm } from './dialect/answer-form.ts';
import { keptForTemplates, keptIn, readKeptValues } from './kept-values.ts';
import type { Parameter } from './dialect/redirect.ts';
import type { RequestForm } from './dialect/request/index.ts';
import type { Profile } from './profile.ts';
import type { RegisteredClient } from './registered-client.ts';
import type { Gate } from './ports.ts';
import type { ProofKey } from './sender-constraint/proof-key.ts';
import type { ClientValues, FieldValues } from './template.ts';

export interface ClientContext extends ClientValues {
  readonly profile: Profile;
  /** What is asked before anything secret leaves. */
  readonly gate: Gate;
  /** The client that the vendor registered for the account; null: none yet; left out: the account names its own. */
  readonly registered?: RegisteredClient | null;
  /** Ms that the account's tokens live, by the last one that tells it; null, or left out: not known. */
  readonly lastLifetime?: number | null;
  /** The key that the token in hand is bound to: another one is bound to it too. Null, or left out: there is none. */
  readonly proofKey?: ProofKey | null;
  /** Draws what `{random}` stands for in a request; left out: 128 fresh bits. */
  readonly random?: (() => string) | undefined;
}

/** The client as oauth4webapi knows it. */
export function clientOf({ values }: ClientValues): { client_id: string } {
  return { client_id: values['client_id'] ?? '' };
}

/** The same for reading what came: the library wants an id, and an account of a vendor without clients has none. */
export function readingClientOf(context: ClientValues): { client_id: string } {
  const client = clientOf(context);
  return client.client_id === '' ? { client_id: 'none' } : client;
}

/** The client with what the profile keeps of a redirect. */
export function withRedirect(
  context: ClientContext,
  redirect: ReadonlyMap<string, Parameter>,
): ClientContext {
  return withKept(context, readKeptValues(context.profile.kept_values, { answer: {}, redirect }));
}

/** The client with these kept values over those of before. */
export function withKept(context: ClientContext, kept: FieldValues = {}): ClientContext {
  const { kept_values: rules } = context.profile;
  return { ...context, values: { ...context.values, ...keptForTemplates(rules, kept) } };
}

/** Whether only a redirect tells where a grant's token is asked for. */
export function awaitsRedirect({ kept_values: rules, token }: Profile, grantType: TokenGrantType): boolean {
  return keptIn(rules, token?.per_grant?.[grantType]?.url ?? token?.url).length > 0;
}

/** The form of a request to the token endpoint. */
export function tokenForm({ token = {} }: Profile, grantType: TokenGrantType): RequestForm {
  const { per_grant, ...base } = token;
  const {
    url: _url,
    answer: _answer,
    further_exchange: _further,
    ...form
  } = { ...base, ...per_grant?.[grantType] };
  return form;
}

/** How the token that a grant brings is exchanged for another one; undefined: it is the one. */
export function furtherExchangeOf({ token = {} }: Profile, grantType: TokenGrantType): FurtherExchange {
  return token.per_grant?.[grantType]?.further_exchange ?? token.further_exchange;
}
type FurtherExchange = NonNullable<Profile['token']>['further_exchange'];

/** The form of its answer. */
export function answerFormOf({ token = {} }: Profile, grantType: TokenGrantType): AnswerForm {
  return token.per_grant?.[grantType]?.answer ?? token.answer ?? {};
}
