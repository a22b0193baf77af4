// What the window and its host say to each other: every call with its request and answer, and the news that
// the host tells by itself. The desktop carries it over IPC, the agent's console over HTTP on loopback.
//
// Invariants: no shape here has a member for a refresh token or a client secret on its way to the window; a
// token travels to the window by `account.reveal` alone, and by `account.copy` only where the host has no
// clipboard of its own. Times are Unix seconds unless a name says otherwise.
import { z } from 'zod';
import {
  accountChange,
  accountView,
  changedAccount,
  newAccount,
  revokedAccount,
  passphraseRequest,
  unlockRequest,
} from './accounts.ts';
import { labelsChange } from './account-labels.ts';
import { auditLine, auditWanted } from './audit.ts';
import { approvalView, clientView, clientWithKey, newClient } from './clients.ts';
import { filled, localizedText, nothing } from './common.ts';
import { message } from './message.ts';
import { preferences, preferencesChange } from './preferences.ts';
import { aftermath } from './origins.ts';
import { problem, type Problem } from './problem.ts';
import { dryRequest, dryRunRequest, profileFault, providerForm, providerSummary } from './providers.ts';
import { signInView } from './sign-ins.ts';
import { windowStatus } from './status.ts';
import { importResult } from './transfer.ts';
import type { DeepReadonly, Wire } from './wire.ts';

export const overview = z.strictObject({
  status: windowStatus,
  preferences,
  /** What this host can do: the window hides what it cannot. */
  abilities: z.strictObject({
    /** Copies by itself; otherwise the window is handed the text. */
    clipboard: z.boolean(),
    open_at_login: z.boolean(),
    shortcuts: z.boolean(),
    /** Has the quick panel. */
    panel: z.boolean(),
    updates: z.boolean(),
    sign_in_window: z.boolean(),
  }),
  /** All, or those that were wanted and the selected one. */
  accounts: z.array(accountView),
  /** How many accounts there are. */
  account_count: z.int(),
  providers: z.array(providerSummary),
  sign_ins: z.array(signInView),
  approvals: z.array(approvalView),
  clients: z.array(clientView),
});
export type Overview = Wire<typeof overview>;

const text = z.union([z.string(), z.strictObject({ text: z.string(), advice: z.string() })]);
/** A sentence, or with what to do about it. `{name}` stands for a param, `{ name}` for a blank and it, or nothing. */
export type Text = Wire<typeof text>;

/** The sentences of one language, and how one place (a command, a window) puts what a person can do. */
export const texts = z.strictObject({
  language: z.enum(['en', 'de']),
  messages: z.record(z.string(), text).describe('By reason'),
  actions: z.record(z.string(), z.string()).describe('By the type of what to do'),
});
export type Texts = Wire<typeof texts>;

export const copyForm = z.enum(['token', 'header', 'curl', 'environment']);
export type CopyForm = Wire<typeof copyForm>;

const copied = { account: z.string(), expires_in: z.number().nullable() };
export const copyAnswer = z.discriminatedUnion('kind', [
  z.strictObject({ ...copied, kind: z.literal('copied'), clears_in: z.number() }),
  z.strictObject({ ...copied, kind: z.literal('text'), text: z.string() }),
]);
export type CopyAnswer = Wire<typeof copyAnswer>;

/** A stretch of the last day in the life of an account. */
const timelineSpan = z.strictObject({
  from: z.number(),
  to: z.number(),
  kind: z.enum(['live', 'failing', 'none', 'asleep']),
});
export type TimelineSpan = Wire<typeof timelineSpan>;
/** Something that happened, and why. */
const timelineMark = z.strictObject({
  at: z.number(),
  kind: z.enum(['signed_in', 'refreshed', 'refresh_failed', 'sign_in_needed', 'signed_out']),
  reason: message.nullable(),
});
export type TimelineMark = Wire<typeof timelineMark>;

/** A field of an account; the value of a secret is never here. */
export const accountField = z.strictObject({
  name: z.string(),
  label: localizedText,
  secret: z.boolean(),
  set: z.boolean().describe('Whether a person gave it'),
  value: z.string().nullable().describe('As it holds, a default too; null for a secret'),
});

export const accountDetails = z.strictObject({
  account: accountView,
  provider_name: z.string(),
  docs: z.string().nullable(),
  fields: z.array(accountField),
  timeline: z.strictObject({ spans: z.array(timelineSpan), marks: z.array(timelineMark) }),
  /** The last programs that fetched the token, newest first. */
  fetched_by: z.array(z.strictObject({ client: z.string(), program: z.string().nullable(), at: z.number() })),
  /** A command to try, with the token fetched by `keyfob` and not in it. */
  curl: z.string(),
  /** The part of `curl` that a person puts an address of their own in place of; null: it works as it is. */
  curl_url_placeholder: z.string().nullable(),
  /** Of an account of the practice vendor: who can sign in there. Well known, and no secret. */
  practice: z.strictObject({ username: z.string(), password: z.string() }).nullable(),
  who_am_i: z.boolean(),
  can_revoke: z.boolean(),
  stays_signed_in: z.boolean(),
  /** One for each origin that its addresses name and that gets nothing secret until a yes. */
  asks: z.array(problem),
});
export type AccountDetails = Wire<typeof accountDetails>;

export const whoAmI = z.strictObject({
  name: z.string().describe('The name that came back; empty when the answer has none'),
  status: z.int().describe('HTTP status'),
  milliseconds: z.number(),
});
export type WhoAmI = Wire<typeof whoAmI>;

/** A JWT's two readable parts (RFC 7519), decoded on this machine and not verified; null when it is no JWT. */
export const claims = z.strictObject({ header: z.unknown(), payload: z.unknown() }).nullable();
export type Claims = Wire<typeof claims>;

const named = z.strictObject({ name: filled });
const profileText = z.string().max(200_000);

/** What the quick panel does before it is gone: `close` alone changes nothing. */
export const panelAction = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('copy'), account: filled }),
  z.strictObject({ do: z.literal('use'), account: filled }),
  z.strictObject({ do: z.literal('sign_in'), account: filled }),
  z.strictObject({ do: z.literal('add') }),
  z.strictObject({ do: z.literal('close') }),
]);
export type PanelAction = Wire<typeof panelAction>;

/** Every call, its request and its answer; the window may make no other. */
export const calls = {
  /** `first`: how many accounts are wanted at most, of those that stand first in the list; omitted, all. */
  overview: { request: z.strictObject({ first: z.exactOptional(z.int().positive()) }), answer: overview },
  /** The sentences of problems and notes, in a language. */
  texts: { request: texts.pick({ language: true }), answer: texts },
  /** Closes the quick panel, and does what was chosen in it. */
  'panel.act': { request: panelAction, answer: z.null() },
  /** A shortcut for the quick panel that is free; null: this system gives none, or no candidate is free. */
  'panel.offer': { request: nothing, answer: z.strictObject({ keys: z.string().nullable() }) },
  'account.use': { request: named, answer: accountView },
  /** `confirmed`: the person was asked, where the account's labels want that, and said yes. */
  'account.copy': {
    request: named.extend({ as: copyForm, confirmed: z.exactOptional(z.boolean()) }),
    answer: copyAnswer,
  },
  /** The one way of a stored token to the window: a person asked to see it. */
  'account.reveal': {
    request: named,
    answer: z.strictObject({ access_token: z.string(), expires_in: z.number().nullable() }),
  },
  'account.refresh': { request: named, answer: accountView },
  'account.add': { request: newAccount, answer: accountView },
  /** What is wrong with values before they are sent, field by field. */
  'account.check': {
    request: newAccount.pick({ provider: true, settings: true }),
    answer: z.strictObject({ faults: z.array(z.strictObject({ field: z.string(), fault: message })) }),
  },
  'account.change': { request: named.extend(accountChange.shape), answer: changedAccount },
  /** What the person calls it and how it looks to them; an empty text takes one away. */
  'account.set_labels': { request: named.extend({ changes: labelsChange }), answer: accountView },
  'account.remove': { request: named, answer: z.null() },
  'account.logout': { request: named, answer: accountView },
  'account.revoke': { request: named, answer: revokedAccount },
  'account.details': { request: named, answer: accountDetails },
  'account.claims': { request: named, answer: claims },
  'account.who_am_i': { request: named, answer: whoAmI },
  /** Keep, or forget, the vendor's own session of this account in the sign-in window. */
  'account.stay_signed_in': { request: named.extend({ stay: z.boolean() }), answer: z.null() },
  /** `browser`: in the system's browser instead of the host's window. `paste`: the address is pasted. */
  'sign_in.start': {
    request: named.extend({ where: z.exactOptional(z.enum(['window', 'browser', 'paste'])) }),
    answer: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('done'), account: accountView }),
      /** `paste`: nothing can catch the redirect, so the person pastes the address it leads to. */
      z.strictObject({ kind: z.literal('waiting'), sign_in: signInView, paste: z.boolean() }),
    ]),
  },
  'sign_in.paste': { request: z.strictObject({ id: filled, url: filled }), answer: signInView },
  /** The page of a sign-in, for a phone: modules a side, and an SVG path of the dark ones. Null: too long, or no page. */
  'sign_in.qr_code': {
    request: z.strictObject({ id: filled }),
    answer: z.strictObject({ size: z.int(), path: z.string() }).nullable(),
  },
  'sign_in.cancel': { request: z.strictObject({ id: filled }), answer: z.null() },
  /** Accounts of the practice vendor: starts it when it does not run, and adds one that is ready to sign in. */
  'practice.add': { request: nothing, answer: accountView },
  'provider.form': { request: z.strictObject({ id: filled }), answer: providerForm },
  /** The whole profile, merged with what it extends. */
  'provider.profile': {
    request: z.strictObject({ id: filled }),
    answer: z.strictObject({ text: z.string() }),
  },
  'provider.schema': { request: nothing, answer: z.strictObject({ schema: z.unknown() }) },
  'provider.check': {
    request: z.strictObject({ text: profileText }),
    /** `form`: null while there are faults. */
    answer: z.strictObject({ faults: z.array(profileFault), form: providerForm.nullable() }),
  },
  /** `notes`: where its accounts' secrets go. `asks`: where they do not go yet. */
  'provider.add': {
    request: z.strictObject({ text: profileText }),
    answer: aftermath.extend(providerSummary.pick({ id: true, name: true }).shape),
  },
  /** The requests of a sign-in with these values, made and not sent. */
  'provider.dry_run': {
    request: dryRunRequest,
    answer: z.strictObject({ requests: z.array(dryRequest) }),
  },
  /** The key is shown once. */
  'client.add': { request: newClient, answer: clientWithKey },
  'client.remove': { request: named, answer: z.null() },
  'approval.answer': {
    request: z.strictObject({
      id: filled,
      allow: z.boolean(),
      once: z.boolean().default(false).describe('A yes that is not remembered'),
    }),
    answer: z.null(),
  },
  'audit.tail': {
    request: auditWanted.extend({ count: z.int().min(0).max(10_000) }),
    answer: z.array(auditLine),
  },
  'preferences.change': { request: preferencesChange, answer: preferences },
  /** Moves every secret to another kind of vault; the old place is emptied once the new one holds all. */
  'vault.move': {
    request: passphraseRequest.extend({ to: z.enum(['keychain', 'file']) }),
    answer: windowStatus,
  },
  'vault.lock': { request: nothing, answer: z.null() },
  'vault.unlock': { request: unlockRequest, answer: z.null() },
  /** The text of an export file; with a passphrase the secrets are in it, sealed. */
  'transfer.export': { request: passphraseRequest, answer: z.strictObject({ text: z.string() }) },
  'transfer.import': {
    request: passphraseRequest.extend({ text: z.string().max(50_000_000).describe('An export file') }),
    answer: z.array(importResult),
  },
  'about.licences': { request: nothing, answer: z.strictObject({ text: z.string() }) },
  /** Opens one of Keyfob's own or the vendor's documented pages in the system's browser. */
  'open.docs': { request: z.strictObject({ provider: filled }), answer: z.null() },
} as const satisfies Readonly<Record<string, { readonly request: z.ZodType; readonly answer: z.ZodType }>>;

type Calls = typeof calls;
export type CallName = keyof Calls;
/** What the window sends. */
export type Request<Name extends CallName> = DeepReadonly<z.input<Calls[Name]['request']>>;
/** What the host has once the schema has judged it. */
export type Judged<Name extends CallName> = Wire<Calls[Name]['request']>;
export type Answer<Name extends CallName> = Wire<Calls[Name]['answer']>;

/** What a host answers to a call, on every way. */
export type Reply<Name extends CallName = CallName> =
  { readonly ok: true; readonly value: Answer<Name> } | { readonly ok: false; readonly problem: Problem };

/** A route in the window that the host asks it to show. */
const route = z.discriminatedUnion('screen', [
  z.strictObject({ screen: z.enum(['accounts', 'add', 'tools', 'settings']) }),
  z.strictObject({ screen: z.enum(['details', 'sign_in']), account: z.string() }),
]);
export type WindowRoute = Wire<typeof route>;

/** What the host tells by itself. */
export const news = z.discriminatedUnion('type', [
  /** Those that changed, and no other. */
  z.strictObject({ type: z.literal('accounts'), accounts: z.array(accountView) }),
  z.strictObject({ type: z.literal('account_removed'), name: z.string() }),
  /** What concerns all changed: ask for the overview again. */
  z.strictObject({ type: z.literal('overview') }),
  z.strictObject({ type: z.literal('sign_in'), sign_in: signInView }),
  z.strictObject({ type: z.literal('approvals'), approvals: z.array(approvalView) }),
  z.strictObject({ type: z.literal('clients'), clients: z.array(clientView) }),
  z.strictObject({ type: z.literal('providers'), providers: z.array(providerSummary) }),
  z.strictObject({ type: z.literal('audit'), line: auditLine }),
  z.strictObject({ type: z.literal('status'), status: windowStatus }),
  z.strictObject({ type: z.literal('preferences'), preferences }),
  z.strictObject({ type: z.literal('show'), route }),
  /** To the quick panel alone: it is about to be shown, or is hidden. */
  z.strictObject({ type: z.literal('panel'), shown: z.boolean() }),
  /** Told by the way itself: the host does not answer, or answers again. */
  z.strictObject({ type: z.literal('connection'), state: z.enum(['lost', 'back', 'ended']) }),
]);
export type News = Wire<typeof news>;
