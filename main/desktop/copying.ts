// Copying a token for a person: from the tray, a shortcut or the window, in one of its forms.
import type { Keyfob } from '../core/keyfob.ts';
import { copyText, shellOf } from '../host/copy-forms.ts';
import type { CopyAnswer, CopyForm } from '../../preload/contract.ts';
import type { Clipboard } from './clipboard.ts';

export interface CopyingOptions {
  readonly keyfob: Pick<Keyfob, 'token'>;
  readonly clipboard: Pick<Clipboard, 'copy'>;
  /** `process.platform`. */
  readonly platform: string;
  /** An address of the account's API to put into a curl command; null: the person types it. */
  apiAddress?(account: string): string | null;
}

export type Copied = Extract<CopyAnswer, { kind: 'copied' }>;

/**
 * Copies the token of an account. Rejects as `keyfob.token` does, and with `bad_request` for a header where the
 * vendor has none.
 */
export type Copy = (account: string, form: CopyForm) => Promise<Copied>;

export function createCopying({ keyfob, clipboard, platform, apiAddress }: CopyingOptions): Copy {
  return async (account, form) => {
    const answer = await keyfob.token({ account });
    const url = apiAddress?.(answer.account) ?? null;
    const text = copyText(answer, form, { shell: shellOf(platform), ...(url === null ? {} : { url }) });
    const { clearsIn } = await clipboard.copy(text);
    return { kind: 'copied', account: answer.account, expires_in: answer.expires_in, clears_in: clearsIn };
  };
}
