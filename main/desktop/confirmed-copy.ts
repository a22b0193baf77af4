// Copying a token into the system's clipboard, whoever asks: the tray, the quick panel, a shortcut or a command.
//
// Invariants: where the person wants to be asked before an account's token is copied, they are; of each account one
// question is open at a time; nobody is asked about what is not there to be copied.
import type { Access, RequestContext } from '../access/index.ts';
import type { Keyfob } from '../accounts/keyfob.ts';
import { KeyfobError } from '../api/errors.ts';
import type { DesktopServices } from '../endpoint/index.ts';
import { copyToken } from '../host/copying.ts';
import type { Clock } from '../oauth/ports.ts';
import type { Clipboard } from './clipboard.ts';
import { tokenCanBeHad } from './tray-menu.ts';

export interface ConfirmedCopyOptions {
  readonly keyfob: Pick<Keyfob, 'account' | 'locked' | 'selected' | 'used'>;
  readonly access: Pick<Access, 'token'>;
  readonly clipboard: Pick<Clipboard, 'copy'>;
  readonly clock: Pick<Clock, 'unixMs'>;
  /** Asks the person whether they mean to copy this account's token. */
  askBeforeCopy(account: string): Promise<boolean>;
}

/** Makes what copies; see `DesktopServices`. */
export function createConfirmedCopy(options: ConfirmedCopyOptions): DesktopServices['copy'] {
  const { keyfob, access, clipboard, clock } = options;
  const questions = new Map<string, Promise<boolean>>();
  const ask = (account: string): Promise<boolean> => {
    const open =
      questions.get(account) ?? options.askBeforeCopy(account).finally(() => questions.delete(account));
    questions.set(account, open);
    return open;
  };
  const confirm = async (name: string, context: RequestContext): Promise<void> => {
    const account = keyfob.account(name);
    if (!account.labels.ask_before_copy) return;
    // This says why there is none.
    if (!tokenCanBeHad(account, { locked: keyfob.locked, now: clock.unixMs() })) {
      await access.token({ account: name }, context);
    }
    if (!(await ask(name))) throw new KeyfobError('copy_declined', { account: name });
  };
  return async ({ account, provider, as, min_valid: minValid, force_new: forceNew, ...own }, context) => {
    // Where none is selected, the last says so.
    const name = account ?? keyfob.selected(provider) ?? (await access.token({ provider }, context)).account;
    context.entry.concerns(name);
    await confirm(name, context);
    const request = { name, as, confirmed: true, token: { minValid, forceNew, ...own } };
    const { expires_in, clears_in } = await copyToken(options, clipboard, request, context);
    return { account: name, expires_in, clears_in };
  };
}
