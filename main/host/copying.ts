// Copying a token for its owner, from the window or the tray.
import process from 'node:process';
import type { Access, RequestContext } from '../access/index.ts';
import type { Keyfob } from '../accounts/keyfob.ts';
import type { TokenRequest } from '../accounts/views.ts';
import { KeyfobError } from '../api/errors.ts';
import type { CopyAnswer, CopyForm } from '../api/window.ts';
import { copyText, shellOf } from './copy-forms.ts';

/** Where copied text goes. */
export interface CopyTarget {
  /** Puts a text there; answers after how many seconds it goes. Throws `unexpected` when the system refuses. */
  copy(text: string): Promise<{ readonly clears_in: number }>;
}

interface CopyRequest {
  readonly name: string;
  readonly as: CopyForm;
  /** The person was asked whether they mean this account, and said yes. */
  readonly confirmed?: boolean;
  /** What else is wanted of the token. */
  readonly token?: Omit<TokenRequest, 'account' | 'provider'>;
}
/** What is copied from. */
export interface CopySource {
  readonly keyfob: Pick<Keyfob, 'account' | 'used'>;
  readonly access: Pick<Access, 'token'>;
}
type Copied = Extract<CopyAnswer, { readonly kind: 'copied' }>;
type CopyText = Extract<CopyAnswer, { readonly kind: 'text' }>;

/**
 * Makes the text that is copied, quoted for the shell of this system, and remembers that the person used the account.
 * Rejects as `access.token` does, and with
 * `bad_request` for a header where the vendor has none, or where the person was to be asked first and was not.
 */
export async function textToCopy(
  { keyfob, access }: CopySource,
  { name, as, confirmed = false, token = {} }: CopyRequest,
  context: RequestContext,
): Promise<CopyText> {
  if (!confirmed && keyfob.account(name).labels.ask_before_copy) {
    throw new KeyfobError('copy_not_confirmed', { account: name });
  }
  const answer = await access.token({ ...token, account: name }, context);
  keyfob.used(name);
  const text = copyText(answer, as, { shell: shellOf(process.platform) });
  return { account: answer.account, expires_in: answer.expires_in, kind: 'text', text };
}

/** Puts the same into a clipboard. */
export async function copyToken(
  source: CopySource,
  clipboard: CopyTarget,
  request: CopyRequest,
  context: RequestContext,
): Promise<Copied> {
  const { text, ...answer } = await textToCopy(source, request, context);
  return { ...answer, kind: 'copied', ...(await clipboard.copy(text)) };
}
