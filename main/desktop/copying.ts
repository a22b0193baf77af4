// Copying a token for a person from the tray or by a shortcut, in one of its forms.
//
// Invariant: each try is in the audit, with its outcome.
import { toProblem } from '../core/errors.ts';
import type { Keyfob } from '../core/keyfob.ts';
import type { Clock } from '../core/ports.ts';
import type { Audit } from '../endpoint/index.ts';
import { copyText, shellOf } from '../host/copy-forms.ts';
import type { CopyAnswer, CopyForm } from '../api/window.ts';
import type { Clipboard } from './clipboard.ts';

export interface CopyingOptions {
  readonly keyfob: Pick<Keyfob, 'accounts' | 'token'>;
  readonly clipboard: Pick<Clipboard, 'copy'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly clock: Pick<Clock, 'wall'>;
  /** `process.platform`. */
  readonly platform: string;
}

export type Copied = Extract<CopyAnswer, { kind: 'copied' }>;

/**
 * Copies the token of an account. Rejects as `keyfob.token` does, and with `bad_request` for a header where the
 * vendor has none.
 */
export type Copy = (account: string, form: CopyForm) => Promise<Copied>;

export function createCopying(options: CopyingOptions): Copy {
  const { keyfob, clipboard, audit, clock, platform } = options;

  const copy: Copy = async (account, form) => {
    const answer = await keyfob.token({ account });
    const { clearsIn } = await clipboard.copy(copyText(answer, form, { shell: shellOf(platform) }));
    return { kind: 'copied', account: answer.account, expires_in: answer.expires_in, clears_in: clearsIn };
  };
  return async (account, form) => {
    const record = (outcome: 'ok' | ReturnType<typeof toProblem>['code']): void => {
      const provider = keyfob.accounts().find(({ name }) => name === account)?.provider ?? null;
      const at = Math.floor(clock.wall() / 1000);
      audit.record({ at, client: 'local', door: 'tray', account, provider, route: 'account.copy', outcome });
    };
    try {
      const copied = await copy(account, form);
      record('ok');
      return copied;
    } catch (error) {
      record(toProblem(error).code);
      throw error;
    }
  };
}
