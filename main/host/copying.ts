// Copying a token for its owner, from the window or the tray.
import process from 'node:process';
import type { Access, RequestContext } from '../access/index.ts';
import type { CopyAnswer, CopyForm } from '../api/window.ts';
import { copyText, shellOf } from './copy-forms.ts';

/** Where copied text goes. */
export interface CopyTarget {
  /** Puts a text there; answers after how many seconds it goes. Throws `unexpected` when the system refuses. */
  copy(text: string): Promise<{ readonly clears_in: number }>;
}

type CopyRequest = { readonly name: string; readonly as: CopyForm };
type Copied = Extract<CopyAnswer, { readonly kind: 'copied' }>;
type CopyText = Extract<CopyAnswer, { readonly kind: 'text' }>;

/**
 * Makes the text that is copied, quoted for the shell of this system. Rejects as `access.token` does, and with
 * `bad_request` for a header where the vendor has none.
 */
export async function textToCopy(
  access: Pick<Access, 'token'>,
  { name, as }: CopyRequest,
  context: RequestContext,
): Promise<CopyText> {
  const answer = await access.token({ account: name }, context);
  const text = copyText(answer, as, { shell: shellOf(process.platform) });
  return { account: answer.account, expires_in: answer.expires_in, kind: 'text', text };
}

/** Puts the same into a clipboard. */
export async function copyToken(
  access: Pick<Access, 'token'>,
  clipboard: CopyTarget,
  request: CopyRequest,
  context: RequestContext,
): Promise<Copied> {
  const { text, ...answer } = await textToCopy(access, request, context);
  return { ...answer, kind: 'copied', ...(await clipboard.copy(text)) };
}
