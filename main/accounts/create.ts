// Makes the façade over the ports. What concerns all accounts at once is in lifecycle.ts, what is done to accounts in
// account-commands.ts, signing in and tokens in sign-in-commands.ts.
import { createEmitter } from '../platform/emitter.ts';
import type { AccountView } from '../api/accounts.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { KeyfobEvent } from '../api/events.ts';
import type { Account, AccountPorts } from './account.ts';
import { createAccountCommands } from './account-commands.ts';
import { viewAccount } from './account-view.ts';
import { Accounts } from './accounts.ts';
import { Annotations } from './annotations.ts';
import { Catalogue, type BuiltInProviders } from '../providers/registry.ts';
import { Copies } from './copies.ts';
import { DemandedSignIns } from './demanded-sign-ins.ts';
import { createExchange } from '../oauth/exchange.ts';
import { providerForm } from '../providers/views.ts';
import { HostSlots } from './host-slots.ts';
import { createInspection } from './inspection.ts';
import type { Keyfob } from './keyfob.ts';
import { Lifecycle } from './lifecycle.ts';
import type { Ports } from './ports.ts';
import type { SettingsKeeper } from './settings-keeper.ts';
import type { Settings } from './settings.ts';
import { createSignInCommands } from './sign-in-commands.ts';
import { createSignIns } from './sign-in.ts';
import { createTimer } from './timer.ts';
import { createTransfer } from './transfer.ts';

export interface KeyfobOptions extends Ports {
  /** The host may have read them before, to know which vault to open. */
  readonly settings: SettingsKeeper;
  readonly builtInProviders: BuiltInProviders;
  /** Says what it means that fetch threw, without secrets. */
  readonly describeFailure: (error: unknown) => Message;
  /** The kind of vault, kept in the settings once an account lives in it. */
  readonly rememberVault: boolean;
  /** Seconds before its end at which a token is renewed at the latest, where the person wants it sooner than usual. */
  readonly refreshAhead?: () => number;
  /** Whether a program that needs a token may begin a sign-in; when left out, it may. */
  readonly signInOnDemand?: () => boolean;
}

/** The façade, and its settings for those who keep more in them (the endpoint's clients). */
export interface KeyfobWithSettings extends Keyfob {
  readonly settings: {
    read(): Settings;
    change(mutate: (settings: Settings) => Settings): Promise<void>;
  };
  /** Own profiles and settings that could not be used, and what became of them. */
  readonly notices: readonly Message[];
}

export function createKeyfob(options: KeyfobOptions): KeyfobWithSettings {
  const { vault, clock, settings, signIn } = options;
  const catalogue = new Catalogue(options.builtInProviders, options.profiles);
  const told: Message[] = [];
  const tell = (note: Message): void => void told.push(note);
  const { on, emit } = createEmitter<[KeyfobEvent]>();

  const copies = new Copies(settings, vault, options.rememberVault, tell);
  const changed = (account: string): void => emit({ type: 'account.changed', account });
  const annotations = new Annotations({ settings, clock, changed, tell, signIn: (id) => signIns.get(id) });
  on((event) => {
    annotations.hear(event);
  });
  const accounts = new Accounts(catalogue, () => accountPorts);
  const minLead = (): number => (options.refreshAhead?.() ?? 0) * 1000;
  const timer = createTimer(clock, accounts, minLead);
  const slots = new HostSlots(clock);
  const lifecycle = new Lifecycle({
    ...{ vault, clock, catalogue, settings, annotations, copies, accounts, timer, slots, emit, tell },
    signIns: () => signIns,
    oneByOne: (task) => oneByOne(task),
  });
  const transport = {
    fetch: options.fetch,
    clock,
    describeFailure: options.describeFailure,
    ending: () => lifecycle.ending,
  };
  const exchange = createExchange(transport);
  const signIns = createSignIns({ clock, exchange, signIn, emit });
  const accountPorts: AccountPorts = {
    ...{ vault, clock, copies, exchange, emit, slots },
    reschedule: timer.reschedule,
    minLead,
  };

  const view = (account: Account): AccountView =>
    viewAccount(account, settings.read(), annotations, lifecycle);
  const open = (): void => {
    lifecycle.demandOpen();
  };
  const settled = (name: string): Promise<void> => lifecycle.settled(name);
  const ready = (name?: string): Promise<void> => lifecycle.ready(name);
  const shared = { accounts, annotations, catalogue, settings, signIns, exchange, clock, view, open, ready };
  const { oneByOne, create, ...commands } = createAccountCommands({
    ...shared,
    emit,
    reschedule: timer.reschedule,
  });

  const demanded = new DemandedSignIns({ signIns, view, isAllowed: options.signInOnDemand ?? (() => true) });
  on(demanded.hear);

  return {
    ...commands,
    ...createSignInCommands({ ...shared, demanded }),
    ...createInspection({ ...transport, accounts, annotations, settled, ready }),
    ...createTransfer({ ...shared, create, addProvider: commands.addProvider }),
    settings,

    get notices() {
      const owed = accounts.all().filter(({ renewal }) => renewal.owed && !renewal.underWay);
      const held = owed.map(({ name }) => name);
      return [
        ...told,
        ...accounts.leftOut,
        ...(lifecycle.away === null ? [] : [lifecycle.away]),
        ...(held.length === 0 ? [] : [message('tokens_not_kept', { accounts: held })]),
      ];
    },
    get spending() {
      return accounts
        .all()
        .filter((account) => account.renewal.isSpending)
        .map(({ name }) => name);
    },

    start: (options) => lifecycle.start(options),
    stop: () => lifecycle.stop(),
    get locked() {
      return lifecycle.locked;
    },
    lock: () => lifecycle.lock(),
    unlock: (passphrase, options) => lifecycle.unlock(passphrase, options),
    get away() {
      return lifecycle.away;
    },
    wake() {
      lifecycle.wake();
    },

    used(name) {
      annotations.used(name);
      changed(name);
    },
    accounts: () => accounts.all().map(view),
    get accountCount() {
      return accounts.size;
    },
    tokenEnds: () => (lifecycle.locked ? [] : accounts.tokenEnds()),
    account: (name) => view(accounts.find(name)),
    accountProvider: (name) => accounts.find(name).settings.provider,
    providers: () => catalogue.list(),
    provider: (id) => catalogue.get(id),
    providerFile: (id) => catalogue.merged(id),
    providerForm: async (id) => providerForm(await catalogue.get(id)),
    providerViews: () => catalogue.views(),
    checkProfile: (text) => catalogue.check(text),

    signIn: signIns.get,
    signIns: signIns.list,
    waitForSignIn: signIns.wait,
    pasteRedirect: async (id, url) => signIns.paste(id, url),
    cancelSignIn: async (id) => {
      signIns.cancel(id);
    },

    on,
  };
}
