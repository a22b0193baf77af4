// Calls about accounts and their sign-ins.
import { KeyfobError } from '../../api/errors.ts';
import { grantType } from '../../oauth/grants/index.ts';
import { fieldFaults } from '../../oauth/fields.ts';
import { showsCode } from '../../oauth/url.ts';
import { darkModules, qrCode } from '../../messages/qr-code.ts';
import { copyToken, textToCopy } from '../copying.ts';
import type { CallTable, WindowServices } from '../window-services.ts';
import { canListen } from '../redirect-uri.ts';
import { details } from './details.ts';

type Names =
  | 'account.use'
  | 'account.copy'
  | 'account.reveal'
  | 'account.refresh'
  | 'account.add'
  | 'account.check'
  | 'account.change'
  | 'account.set_labels'
  | 'account.remove'
  | 'account.logout'
  | 'account.revoke'
  | 'account.details'
  | 'account.claims'
  | 'account.who_am_i'
  | 'account.stay_signed_in'
  | 'sign_in.start'
  | 'sign_in.paste'
  | 'sign_in.qr_code'
  | 'sign_in.cancel'
  | 'practice.add';

export function accountCalls(services: WindowServices): CallTable<Names> {
  const { keyfob, access, preferences, abilities } = services;
  return {
    'account.use': (request) => keyfob.use(request.name),
    'account.copy': (request, context) =>
      abilities.clipboard === null
        ? textToCopy(services, request, context)
        : copyToken(services, abilities.clipboard, request, context),
    async 'account.reveal'(request, context) {
      const { access_token, expires_in } = await access.token({ account: request.name }, context);
      return { access_token, expires_in };
    },
    'account.refresh': async (request) => (await keyfob.refresh(request.name, { isPersons: true })).account,
    'account.add': (account) => keyfob.add(account),
    'account.check': async ({ provider, settings }) => ({
      faults: fieldFaults(await keyfob.provider(provider), settings),
    }),
    async 'practice.add'() {
      const account = await abilities.practice();
      return keyfob.add({ ...account, name: freeName(keyfob.settings.read().accounts) });
    },
    'account.change': ({ name: account, ...change }) => keyfob.set(account, change),
    'account.set_labels': ({ name, changes }) => keyfob.setLabels(name, changes),
    async 'account.remove'(request) {
      await keyfob.remove(request.name);
      return null;
    },
    'account.logout': (request) => keyfob.logout(request.name),
    'account.revoke': (request) => keyfob.revoke(request.name),
    'account.details': (request) => details(services, request.name),
    'account.claims': (request) => keyfob.claims(request.name),
    'account.who_am_i': (request) => keyfob.whoAmI(request.name),
    async 'account.stay_signed_in'(request) {
      const { sign_in_window: signInWindow } = abilities;
      if (signInWindow === null) {
        throw new KeyfobError('no_sign_in_window', {});
      }
      keyfob.account(request.name);
      const others = preferences.read().stay_signed_in.filter((one) => one !== request.name);
      if (!request.stay) await signInWindow.forget(request.name);
      preferences.change({ stay_signed_in: request.stay ? [...others, request.name] : others });
      return null;
    },
    async 'sign_in.start'(request) {
      const paste = request.where === 'paste' || !isCaught(services, request.name, request.where);
      const options = {
        paste,
        ...(request.where === 'window' || request.where === 'browser'
          ? { browser: request.where === 'browser' }
          : {}),
      };
      const result = await keyfob.login(request.name, options);
      return result.kind === 'done'
        ? result
        : { kind: 'waiting', sign_in: keyfob.signIn(result.signIn.id), paste };
    },
    'sign_in.paste': ({ id, url }) => keyfob.pasteRedirect(id, url),
    async 'sign_in.qr_code'({ id }) {
      const { url } = keyfob.signIn(id);
      const code = url === null ? null : await qrCode(url);
      return code === null ? null : { size: code.size, path: darkModules(code) };
    },
    async 'sign_in.cancel'({ id }) {
      await keyfob.cancelSignIn(id);
      return null;
    },
  };
}

/** Whether the answer of the sign-in page comes back by itself: to the sign-in window, or to where this host listens. */
function isCaught({ keyfob, abilities }: WindowServices, name: string, where: string | undefined): boolean {
  const { grant } = keyfob.account(name);
  const byPage = grantType(grant).mode === 'redirect';
  const uri = keyfob.field(name, 'redirect_uri');
  if (byPage && uri !== null && showsCode(uri)) return false;
  if (!byPage || (abilities.sign_in_window !== null && where !== 'browser')) return true;
  return uri === null || canListen(uri);
}

/** `practice`, or with the first number that is free. */
function freeName(taken: Readonly<Record<string, unknown>>): string {
  for (let number = 1; ; number++) {
    const one = number === 1 ? 'practice' : `practice-${String(number)}`;
    if (!Object.hasOwn(taken, one)) return one;
  }
}
