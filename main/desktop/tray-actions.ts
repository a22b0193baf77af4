// What the entries of the tray's menu do, and a click on its icon.
//
// Invariant: nothing here throws or rejects: what went wrong is told.
import { KeyfobError, assertNever } from '../api/errors.ts';
import type { Access, RequestContext } from '../access/index.ts';
import type { Keyfob } from '../accounts/keyfob.ts';
import type { DesktopServices } from '../endpoint/index.ts';
import type { CopyForm, WindowRoute } from '../api/window.ts';
import type { StartSignIn } from './begin-sign-in.ts';
import type { Notes } from './notes.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import type { DesktopTexts } from '../messages/desktop/index.ts';
import { timeLeft } from '../messages/time-left.ts';
import type { TrayAction } from './tray-menu.ts';

export interface TrayActionsOptions {
  readonly keyfob: Pick<Keyfob, 'accounts' | 'use' | 'refresh' | 'lock' | 'unlock' | 'locked'>;
  readonly access: Pick<Access, 'byOwner'>;
  /** See `createConfirmedCopy`. */
  readonly copy: DesktopServices['copy'];
  readonly notes: Pick<Notes, 'done' | 'problem' | 'language'>;
  readonly signIn: StartSignIn;
  readonly window: { show(route?: WindowRoute): void };
  readonly panel: { toggle(): void };
  quit(): void;
}

export interface TrayActions {
  /** Does what an entry says; resolves when it is done or was told. */
  act(action: TrayAction): Promise<void>;
  /** Makes an account the default; answers whether it was done. */
  use(account: string): Promise<boolean>;
  /** Copies the token of the selected account, or says why not and what a click on that does. */
  copySelected(): Promise<void>;
}

export function createTrayActions(options: TrayActionsOptions): TrayActions {
  const { keyfob, access, notes, window } = options;
  const texts = (): DesktopTexts['notes'] => desktopTexts[notes.language()].notes;

  /** Does something for the person, to an account where one is named, and has the audit keep it. */
  const asOwner = <T>(
    route: string,
    account: string | null,
    run: (context: RequestContext) => Promise<T>,
  ): Promise<T> => access.byOwner({ via: 'tray', route, account, audited: true }, run);

  const copy = async (account: string, form: CopyForm): Promise<void> => {
    try {
      const { expires_in: left, clears_in: clears } = await asOwner('account.copy', account, (context) =>
        options.copy({ account, as: form }, context),
      );
      // What is left counts from now.
      const { text } = timeLeft(left, 0);
      const pieces = [text?.[notes.language()] ?? null, texts().clears(clears)].filter(
        (piece) => piece !== null,
      );
      notes.done(texts().copied[form](account), pieces.join(' · '));
    } catch (error) {
      // They know what they have just answered.
      if (error instanceof KeyfobError && error.problem.reason === 'copy_declined') return;
      const signIn = error instanceof KeyfobError && error.code === 'sign_in_needed';
      notes.problem(texts().notCopied(account), error, () => {
        if (signIn) options.signIn(account);
        else window.show();
      });
    }
  };
  /** Answers whether it was done. */
  const tell = async (title: string, step: () => Promise<unknown>): Promise<boolean> => {
    try {
      await step();
      return true;
    } catch (error) {
      notes.problem(title, error, () => window.show());
      return false;
    }
  };
  const use = (account: string): Promise<boolean> =>
    tell(texts().notSelected(account), () => asOwner('account.use', account, () => keyfob.use(account)));
  const unlock = (): Promise<void> =>
    asOwner('vault.unlock', null, () => keyfob.unlock()).catch(() => {
      // It wants a passphrase: that is asked for in the window.
      window.show();
    });

  return {
    async act(action) {
      switch (action.do) {
        case 'copy':
          return copy(action.account, action.form);
        case 'use':
          await use(action.account);
          return;
        case 'refresh':
          await tell(texts().notRefreshed(action.account), async () => {
            const { account } = await asOwner('account.refresh', action.account, () =>
              keyfob.refresh(action.account, { isPersons: true }),
            );
            const { name, expires_at: end } = account;
            notes.done(texts().refreshed(name), end === null ? '' : texts().refreshedText);
          });
          return;
        case 'sign_in':
          return options.signIn(action.account);
        case 'update_secret':
          return window.show({ screen: 'details', account: action.account });
        case 'approvals':
          return window.show({ screen: 'tools' });
        case 'open':
          return window.show();
        case 'panel':
          return options.panel.toggle();
        case 'add':
          return window.show({ screen: 'add' });
        case 'settings':
          return window.show({ screen: 'settings' });
        case 'lock':
          await tell(texts().notLocked, () => asOwner('vault.lock', null, () => keyfob.lock()));
          return;
        case 'unlock':
          return unlock();
        case 'quit':
          return options.quit();
        default:
          return assertNever(action);
      }
    },
    use,
    async copySelected() {
      if (keyfob.locked) return unlock();
      const selected = keyfob.accounts().find((account) => account.selected);
      if (selected === undefined) return window.show();
      await copy(selected.name, 'token');
    },
  };
}
