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
import type { ClientValues } from './template.ts';

export interface ClientContext extends ClientValues {
  readonly profile: Profile;
  /** What is asked before anything secret leaves. */
  readonly gate: Gate;
  /** The client that the vendor registered for the account; null: none yet; left out: the account names its own. */
  readonly registered?: RegisteredClient | null;
  /** Ms that the account's last token lived in all; null, or left out: not known. */
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
  const rules = context.profile.kept_values;
  const came = readKeptValues(rules, { answer: {}, redirect });
  return { ...context, values: { ...context.values, ...keptForTemplates(rules, came) } };
}

/** Whether only a redirect tells where a grant's token is asked for. */
export function awaitsRedirect({ kept_values: rules, token }: Profile, grantType: TokenGrantType): boolean {
  return keptIn(rules, token?.per_grant?.[grantType]?.url ?? token?.url).length > 0;
}

/** The form of a request to the token endpoint. */
export function tokenForm({ token = {} }: Profile, grantType: TokenGrantType): RequestForm {
  const { per_grant, url: _url, answer: _answer, ...base } = token;
  const { url: _ownUrl, answer: _ownAnswer, ...own } = per_grant?.[grantType] ?? {};
  return { ...base, ...own };
}

/** The form of its answer. */
export function answerFormOf({ token = {} }: Profile, grantType: TokenGrantType): AnswerForm {
  return token.per_grant?.[grantType]?.answer ?? token.answer ?? {};
}
