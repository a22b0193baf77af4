import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { hasShell } from '../../testing/system.ts';
import { KeyfobError } from '../api/errors.ts';
import type { TokenAnswer } from '../api/accounts.ts';
import { copyText, shellOf } from './copy-forms.ts';

const answer: TokenAnswer = {
  account: 'hq',
  provider: 'oauth2',
  access_token: 'abc.def',
  token_type: 'Bearer',
  expires_at: 1_800_000_000,
  expires_in: 2580,
  scope: null,
  headers: { Authorization: 'Bearer abc.def' },
  query: {},
};
const inQuery: TokenAnswer = { ...answer, headers: {}, query: { 'x-access-token': 'abc.def' } };
const posix = { shell: 'posix' } as const;
const powershell = { shell: 'powershell' } as const;

/** What a POSIX shell makes of a line, one argument a line. */
function asShell(line: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' })
    .split('\n')
    .slice(0, -1);
}

describe('what is copied', () => {
  it('is the token, as it is', () => {
    expect(copyText(answer, 'token', posix)).toBe('abc.def');
    expect(copyText({ ...answer, access_token: "a'b\n" }, 'token', posix)).toBe("a'b\n");
  });

  it('is the header as the vendor names it', () => {
    expect(copyText(answer, 'header', posix)).toBe('Authorization: Bearer abc.def');
    const own = { ...answer, headers: { 'x-access-token': 'abc.def' } };
    expect(copyText(own, 'header', posix)).toBe('x-access-token: abc.def');
  });

  it('is no header where the API takes the token in the query', () => {
    expect(() => copyText(inQuery, 'header', posix)).toThrow(
      expect.objectContaining({ problem: new KeyfobError('token_in_query', {}).problem }),
    );
  });

  it('is a curl command with the token where the vendor wants it', () => {
    expect(copyText(answer, 'curl', { ...posix, url: 'https://api.example.com/me' })).toBe(
      "curl -H 'Authorization: Bearer abc.def' 'https://api.example.com/me'",
    );
    expect(copyText(inQuery, 'curl', { ...posix, url: 'https://api.example.com/me' })).toBe(
      "curl --get --data-urlencode 'x-access-token=abc.def' 'https://api.example.com/me'",
    );
  });

  it('ends where the person types the address when none is known', () => {
    expect(copyText(answer, 'curl', posix)).toBe("curl -H 'Authorization: Bearer abc.def' ");
  });

  it('is a variable named as the command line names it', () => {
    expect(copyText(answer, 'environment', posix)).toBe("export ACCESS_TOKEN='abc.def'");
    expect(copyText(answer, 'environment', powershell)).toBe("$env:ACCESS_TOKEN = 'abc.def'");
  });

  it.runIf(hasShell)('reaches a shell unchanged whatever the token holds', () => {
    const awkward = `a'b"c$(id)\`id\`\\ $& $' %&;|`;
    const sent = { ...answer, access_token: awkward, headers: { 'x-token': awkward } };
    expect(asShell(copyText(sent, 'curl', { ...posix, url: "https://e.example/?a='b" }))).toEqual([
      'curl',
      '-H',
      `x-token: ${awkward}`,
      "https://e.example/?a='b",
    ]);
    const exported = copyText(sent, 'environment', posix);
    expect(execFileSync('sh', ['-c', `${exported}; printf %s "$ACCESS_TOKEN"`], { encoding: 'utf8' })).toBe(
      awkward,
    );
    expect(copyText(sent, 'environment', powershell)).toContain("'a''b\"c");
  });

  it('is refused where a line end would make two lines of one', () => {
    const broken = { ...answer, access_token: 'a\nb', headers: { Authorization: 'Bearer a\nb' } };
    for (const form of ['header', 'curl', 'environment'] as const) {
      expect(() => copyText(broken, form, posix)).toThrow(expect.objectContaining({ code: 'unexpected' }));
    }
  });
});

describe('the shell that a copied line is for', () => {
  it("is the platform's", () => {
    expect(shellOf('win32')).toBe('powershell');
    expect(shellOf('linux')).toBe('posix');
    expect(shellOf('darwin')).toBe('posix');
  });
});
