// A Windows with one user, as far as its whoami and icacls tell of it.
import { writeFileSync } from 'node:fs';
import type { WindowsMachine } from '../main/platform/access-list.ts';

export const SID = 'S-1-5-21-1004336348-1177238915-682003330-1001';
/** What a folder on another drive inherits: Users read, Authenticated Users change. */
export const OPEN = `D:AI(A;OICIID;FA;;;BA)(A;OICIID;FA;;;SY)(A;OICIID;0x1200a9;;;BU)(A;ID;0x1301bf;;;AU)`;
export const CLOSED = `D:PAI(A;OICI;FA;;;${SID})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)`;

export interface FakeWindowsOptions {
  readonly profile: string;
  /** Called HOME in `lines`. */
  readonly home?: string;
  /** What each folder's list is; null: it cannot be read. */
  readonly list: string | null;
  /** What the list is once it was set. */
  readonly set?: string | null | undefined;
}

/** Makes one. `lines`: what was asked of icacls, but to read a list. */
export function fakeWindows({ profile, home, list, set = CLOSED }: FakeWindowsOptions) {
  const lines: string[] = [];
  const machine: WindowsMachine = {
    platform: 'win32',
    profile,
    run(program, args) {
      if (program === 'whoami') return `"machine\\\\anna","${SID}"\r\n`;
      const [, step = '', to] = args;
      if (step === '/save' && to !== undefined) {
        if (list !== null) writeFileSync(to, Buffer.from(`home\r\n${list}\r\n`, 'utf16le'));
        return '';
      }
      lines.push(args.map((arg) => (arg === home ? 'HOME' : arg)).join(' '));
      if (step === '/inheritance:r') list = set;
      return '';
    },
  };
  return { machine, lines };
}
