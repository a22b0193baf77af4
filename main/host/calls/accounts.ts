// Calls about accounts and their sign-ins.
import { z } from 'zod';
import { KeyfobError } from '../../core/errors.ts';
import { fieldFaults } from '../../core/fields.ts';
import { copyText, shellOf } from '../copy-forms.ts';
import type { CallTable, WindowParts } from '../window-parts.ts';
import { canListen } from '../redirect-uri.ts';
import { details } from './details.ts';
import { signInView } from '../window-views.ts';

const name = z.string().min(1).max(64);
const named = z.strictObject({ name });
const texts = z.record(z.string(), z.string());

type Names =
  | 'account.use'
  | 'account.copy'
  | 'account.reveal'
  | 'account.refresh'
  | 'account.add'
  | 'account.check'
  | 'account.change'
  | 'account.remove'
  | 'account.logout'
  | 'account.revoke'
  | 'account.details'
  | 'account.claims'
  | 'account.who_am_i'
  | 'account.stay_signed_in'
  | 'sign_in.start'
  | 'sign_in.paste'
  | 'sign_in.cancel'
  | 'practice.add';

export function accountCalls(parts: WindowParts): CallTable<Names> {
  const { keyfob, preferences, abilities } = parts;
  return {
    'account.use': { request: named, run: (request) => keyfob.use(request.name) },
    'account.copy': {
      request: z.strictObject({ name, as: z.enum(['token', 'header', 'curl', 'environment']) }),
      async run(request) {
        const answer = await keyfob.token({ account: request.name });
        const text = copyText(answer, request.as, { shell: shellOf(process.platform) });
        const { account, expires_in } = answer;
        if (abilities.clipboard === null) return { account, expires_in, kind: 'text', text };
        const { clears_in } = await abilities.clipboard.copy(text);
        return { account, expires_in, kind: 'copied', clears_in };
      },
    },
    'account.reveal': {
      request: named,
      async run(request) {
        const { access_token, expires_in } = await keyfob.token({ account: request.name });
        return { access_token, expires_in };
      },
    },
    'account.refresh': { request: named, run: (request) => keyfob.refresh(request.name) },
    'account.add': {
      request: z.strictObject({
        name,
        provider: z.string().min(1),
        grant: z.exactOptional(z.string().min(1)),
        settings: texts,
        secrets: texts,
      }),
      run: (account) => keyfob.add(account),
    },
    'account.check': {
      request: z.strictObject({ provider: z.string().min(1), settings: texts }),
      run: async ({ provider, settings }) => ({
        faults: fieldFaults(await keyfob.provider(provider), settings),
      }),
    },
    'practice.add': {
      request: z.strictObject({}),
      async run() {
        const account = await abilities.practice();
        return keyfob.add({ ...account, name: freeName(keyfob.settings.read().accounts) });
      },
    },
    'account.change': {
      request: z.strictObject({
        name,
        settings: texts,
        secrets: texts,
        allow_origins: z.exactOptional(z.array(z.string()).max(20)),
      }),
      run: ({ name: account, ...change }) => keyfob.set(account, change),
    },
    'account.remove': {
      request: named,
      async run(request) {
        await keyfob.remove(request.name);
        return null;
      },
    },
    'account.logout': { request: named, run: (request) => keyfob.logout(request.name) },
    'account.revoke': { request: named, run: (request) => keyfob.revoke(request.name) },
    'account.details': { request: named, run: (request) => details(parts, request.name) },
    'account.claims': { request: named, run: (request) => keyfob.claims(request.name) },
    'account.who_am_i': { request: named, run: (request) => keyfob.whoAmI(request.name) },
    'account.stay_signed_in': {
      request: z.strictObject({ name, stay: z.boolean() }),
      async run(request) {
        const { sign_in_window: signInWindow } = abilities;
        if (signInWindow === null) {
          throw new KeyfobError(
            'bad_request',
            'This Keyfob has no sign-in window: sign-ins are in the browser.',
            {
              hint: 'The browser itself keeps you signed in with a vendor, or not.',
            },
          );
        }
        keyfob.account(request.name);
        const others = preferences.read().stay_signed_in.filter((one) => one !== request.name);
        if (!request.stay) await signInWindow.forget(request.name);
        preferences.change({ stay_signed_in: request.stay ? [...others, request.name] : others });
        return null;
      },
    },
    'sign_in.start': {
      request: z.strictObject({ name, where: z.exactOptional(z.enum(['window', 'browser', 'paste'])) }),
      async run(request) {
        const paste = request.where === 'paste' || !isCaught(parts, request.name, request.where);
        const options = {
          paste,
          ...(request.where === 'window' || request.where === 'browser'
            ? { browser: request.where === 'browser' }
            : {}),
        };
        const result = await keyfob.login(request.name, options);
        return result.kind === 'done'
          ? result
          : { kind: 'waiting', sign_in: signInView(keyfob.signIn(result.signIn.id)), paste };
      },
    },
    'sign_in.paste': {
      request: z.strictObject({ id: z.string().min(1), url: z.string().min(1) }),
      run: async ({ id, url }) => signInView(await keyfob.pasteRedirect(id, url)),
    },
    'sign_in.cancel': {
      request: z.strictObject({ id: z.string().min(1) }),
      async run({ id }) {
        await keyfob.cancelSignIn(id);
        return null;
      },
    },
  };
}

/** Whether the answer of the sign-in page comes back by itself: to the sign-in window, or to where this host listens. */
function isCaught({ keyfob, abilities }: WindowParts, name: string, where: string | undefined): boolean {
  const { grant } = keyfob.account(name);
  const byPage = grant === 'authorization_code' || grant === 'implicit';
  if (!byPage || (abilities.sign_in_window !== null && where !== 'browser')) return true;
  const uri = keyfob.facts(name).fields.find((field) => field.name === 'redirect_uri')?.value ?? null;
  return uri === null || canListen(uri);
}

/** `practice`, or with the first number that is free. */
function freeName(taken: Readonly<Record<string, unknown>>): string {
  for (let number = 1; ; number++) {
    const one = number === 1 ? 'practice' : `practice-${String(number)}`;
    if (!Object.hasOwn(taken, one)) return one;
  }
}
