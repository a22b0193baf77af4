// The window's state: each class of this folder that the whole window shares, made once.
//
// The one idiom for shared state: a class holds one subject and gets what it builds on by its constructor, so that a
// test makes its own; this file makes the window's and components import it from here. A page has one window and one
// host, so nothing goes by context or props that is the same everywhere. What belongs to one screen (a draft, a flow)
// is made by that screen.
import { accountOrders } from '../../main/api/account-order.ts';
import { createApi } from '../../preload/api.ts';
import { nameOfFocus } from '../app/focus.ts';
import { lang } from '../i18n/lang.svelte.ts';
import { chooseTransport } from '../transport.ts';
import { AccountRows } from './account-rows.svelte.ts';
import { Accounts } from './accounts.svelte.ts';
import { Approvals } from './approvals.svelte.ts';
import { Clipboard } from './clipboard.svelte.ts';
import { Clock } from './clock.svelte.ts';
import { Host } from './host.svelte.ts';
import { Navigation } from './navigation.svelte.ts';
import { Session } from './session.svelte.ts';
import { Toasts } from './toasts.svelte.ts';

const api = createApi(chooseTransport());

export const clock = new Clock();
export const toasts = new Toasts();
export const navigation = new Navigation(nameOfFocus);
export const session = new Session(api);
export const host = new Host(api, toasts, navigation);
export const clipboard = new Clipboard(toasts);
export const approvals = new Approvals(host, toasts);
export const accounts = new Accounts({ host, session, navigation, toasts, clipboard });
export const accountRows = new AccountRows(
  session.store,
  () => session.providers.map(({ id, name }) => ({ id, name: lang.text(name) })),
  () => accountOrders[session.overview?.preferences.account_order ?? 'recent'],
);
