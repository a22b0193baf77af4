// What can travel as the value of a header.
import { KeyfobError } from '../../api/errors.ts';

/** Whether a text can travel as a header value: RFC 9110 section 5.5, Latin-1. */
function fitsHeader(value: string): boolean {
  return /^[\u0021-\u007e\u00a0-\u00ff]([\u0020-\u007e\u00a0-\u00ff]*[\u0021-\u007e\u00a0-\u00ff])?$/.test(
    value,
  );
}

/** The value. Throws `bad_request` naming what it is when no header can hold it. */
export function headerValue(name: string, value: string): string {
  if (fitsHeader(value)) return value;
  const what = name
    .toLowerCase()
    .replace(/^x-(auth-)?/, '')
    .replaceAll('-', ' ');
  throw new KeyfobError('no_header_holds_it', { what });
}
