// What a person copies of a token: the token itself, or a line that is ready to be pasted. Pure.
//
// Invariants: names and places of headers and query parameters are the vendor's, as `TokenAnswer` says them;
// a line that goes into a shell is quoted for that shell whatever the token holds; it ends without a line end,
// so that pasting runs nothing.
import { powershellQuoted, shellQuoted } from '../platform/shell-quoting.ts';
import { KeyfobError, assertNever } from '../api/errors.ts';
import type { TokenAnswer } from '../api/accounts.ts';
import type { CopyForm } from '../api/window.ts';

/** The shell that a line is for: PowerShell on Windows, a POSIX shell elsewhere. */
export type Shell = 'posix' | 'powershell';

/** The same name as `keyfob token --format env` and `keyfob exec` give it. */
const VARIABLE = 'ACCESS_TOKEN';

export interface CopyOptions {
  readonly shell: Shell;
  /** The address that the curl command asks; without one it ends where the person types it. */
  readonly url?: string;
}

/** The shell that people of a platform (`process.platform`) paste into. */
export function shellOf(platform: string): Shell {
  return platform === 'win32' ? 'powershell' : 'posix';
}

/**
 * Makes the text that is copied. Throws `bad_request` for a header where the vendor's API takes the token in
 * the query, or for one that is bound to a key, and `unexpected` for a token with a line end, which no header carries (RFC 9110 section 5.5).
 */
export function copyText(answer: TokenAnswer, form: CopyForm, options: CopyOptions): string {
  switch (form) {
    case 'token':
      return answer.access_token;
    case 'header':
      return headerText(answer);
    case 'curl':
      return curlText(answer, options);
    case 'environment':
      return environmentText(answer.access_token, options.shell);
    default:
      return assertNever(form);
  }
}

function headerText(answer: TokenAnswer): string {
  if (isBound(answer)) {
    const { account } = answer;
    const action = { type: 'send_with_proof', params: { account } } as const;
    throw new KeyfobError('proof_for_each_request', { account }, { action });
  }
  const headers = Object.entries(answer.headers);
  if (headers.length === 0) {
    throw new KeyfobError('token_in_query', {});
  }
  return headers.map(([name, value]) => oneLine(`${name}: ${value}`)).join('\n');
}

/** Whether each request with the token takes a proof of its own (RFC 9449), which no pasted line can hold. */
function isBound({ token_type: type }: TokenAnswer): boolean {
  return type === 'DPoP';
}

function curlText(answer: TokenAnswer, { shell, url }: CopyOptions): string {
  if (isBound(answer))
    return `keyfob curl ${answer.account} -- ${url === undefined ? '' : quoteFor(shell)(oneLine(url))}`;
  const quote = quoteFor(shell);
  const headers = Object.entries(answer.headers).map(
    ([name, value]) => `-H ${quote(oneLine(`${name}: ${value}`))}`,
  );
  // `--get` with `--data-urlencode` adds to the query in every curl; `--url-query` came with 7.87.
  const query = Object.entries(answer.query).map(
    ([name, value]) => `--data-urlencode ${quote(oneLine(`${name}=${value}`))}`,
  );
  // In PowerShell 5 `curl` is another command's name.
  const program = shell === 'powershell' ? 'curl.exe' : 'curl';
  const pieces = [program, ...(query.length > 0 ? ['--get'] : []), ...headers, ...query];
  return `${pieces.join(' ')} ${url === undefined ? '' : quote(oneLine(url))}`;
}

function environmentText(token: string, shell: Shell): string {
  const value = quoteFor(shell)(oneLine(token));
  return shell === 'powershell' ? `$env:${VARIABLE} = ${value}` : `export ${VARIABLE}=${value}`;
}

function quoteFor(shell: Shell): (text: string) => string {
  return shell === 'powershell' ? powershellQuoted : shellQuoted;
}

function oneLine(text: string): string {
  if (!/[\r\n\0]/.test(text)) return text;
  throw new KeyfobError('token_with_line_end', {});
}
