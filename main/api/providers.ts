// Providers: what a person fills in for an account, and how a profile is tried before it is used.
import { z } from 'zod';
import { localizedText, texts } from './common.ts';
import { message } from './message.ts';
import { aftermath, aftermathInSentences } from './origins.ts';
import type { Wire } from './wire.ts';

export const fieldView = z.strictObject({
  name: z.string(),
  label: z.string(),
  help: z.string().nullable(),
  secret: z.boolean(),
  default: z.string().nullable(),
  choices: z.array(z.string()).nullable(),
  may_be_empty: z.boolean().describe('An empty text is a value of its own, and not the default'),
  grants: z.array(z.string()).describe('Grants that take the field'),
  required_for: z.array(z.string()).describe('Those of them that require it'),
});

export const providerView = z.strictObject({
  id: z.string(),
  name: z.string(),
  built_in: z.boolean().describe('False for one that was added by `provider add`'),
  grants: z.array(z.string()),
  default_grant: z.string(),
  credentials_help: z.string().describe('How a newcomer gets credentials'),
  fields: z.array(fieldView),
});
export type ProviderView = Wire<typeof providerView>;

/** A profile that was added; its notes say where it sends secrets. */
export const addedProvider = aftermath.extend(providerView.shape);
export type AddedProvider = Wire<typeof addedProvider>;
export const addedProviderAnswer = aftermathInSentences.extend(providerView.shape);
export type AddedProviderAnswer = Wire<typeof addedProviderAnswer>;

/** A provider as lists show it. */
export const providerSummary = z.strictObject({
  id: z.string(),
  name: localizedText,
  built_in: z.boolean(),
  category: z.string().nullable().describe('The catalogue’s folder; null of a person’s own'),
  summary: localizedText.nullable().describe('What it is, in a line'),
});
export type ProviderSummary = Wire<typeof providerSummary>;

export const formField = fieldView.extend({
  label: localizedText,
  help: localizedText.nullable(),
  placeholder: localizedText.nullable(),
  unused_by: z.array(z.string()).describe('Grants that take the field and have no use for it'),
});
export type FormField = Wire<typeof formField>;

/** What a form for an account of one provider is made of. */
export const providerForm = z.strictObject({
  id: z.string(),
  grants: z.array(z.string()),
  default_grant: z.string(),
  credentials_help: localizedText,
  fields: z.array(formField),
});
export type ProviderForm = Wire<typeof providerForm>;

/** What is wrong with a profile's text. */
export const profileFault = z.strictObject({
  line: z.int().describe('From 1'),
  path: z.string().describe('Such as `token.url`; empty for the whole text'),
  fault: message.describe('The end of a sentence that begins with the path'),
});
export type ProfileFault = Wire<typeof profileFault>;

/** A request as it would be sent, secrets masked. */
export const dryRequest = z.strictObject({
  /** What it is for; `discovery` and `authorize` are parts of a sign-in. */
  step: z.enum(['discovery', 'authorize', 'sign_in', 'refresh', 'revoke']),
  method: z.string(),
  url: z.string(),
  headers: z.array(z.tuple([z.string(), z.string()])),
  body: z.string().nullable(),
});
export type DryRequest = Wire<typeof dryRequest>;

export const dryRunRequest = z.strictObject({
  text: z.string().max(200_000),
  grant: z.exactOptional(z.string()),
  values: texts,
});
