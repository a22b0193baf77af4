// HTTP Basic as OAuth wants it: id and secret each form-encoded first (RFC 6749 section 2.3.1).
import { basic } from './method.ts';

/** The browser's form encoding leaves `-`, `_`, `.` and `*` alone, as vendors that do not decode expect. */
const encode = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);

export const basicRfc6749 = basic((id, secret) => [encode(id), encode(secret)]);
