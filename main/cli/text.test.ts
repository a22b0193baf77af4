import fc from 'fast-check';
import { accountAnswer } from '../../testing/account-view.ts';
import { describe, expect, it } from 'vitest';
import { statusText } from './host.ts';
import { Lines, typed } from './input.ts';
import { commandsFor } from './sandbox.ts';
import { accountsTable, clean, duration, jsonText, table } from './text.ts';
import { parseTokenQuickly, tokenText } from './token-format.ts';
import { eventParser } from '../endpoint/client-transport.ts';
import type { ServerEvent } from '../endpoint/client-transport.ts';
import { hasDisplay } from './open-address.ts';

describe('text for a terminal', () => {
  it('loses what a terminal would obey', () => {
    expect(clean('a\u001b[2Jb\r\nc\u0007\u009b1md\u202ee')).toBe('a [2Jb c 1md e');
    expect(clean('a\u061cb\u200bc\u{e0041}d\ufeffe\u00adf')).toBe('a b c d e f');
    expect(clean('ü — 日本')).toBe('ü — 日本');
    expect(clean('x'.repeat(20), 5)).toBe('xxxxx…');
  });

  it('escapes in JSON what a terminal would obey, and keeps what it says', () => {
    const value = { name: 'a\u009b2J\u202e\u061c\u{e0041}b', text: 'ü — 日本' };
    expect(jsonText(value)).toBe('{"name":"a\\u009b2J\\u202e\\u061c\\udb40\\udc41b","text":"ü — 日本"}\n');
    expect(JSON.parse(jsonText(value, 2))).toEqual(value);
  });

  it.each([
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [3661, '1 h 1 min'],
    [86_400 + 60, '1 d'],
    [-5, '0 s'],
  ])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  it('aligns columns and pads no line end', () => {
    expect(
      table(
        ['A', 'B'],
        [
          ['xx', 'y'],
          ['ü', ''],
        ],
      ),
    ).toBe('A   B\nxx  y\nü\n');
  });

  it('shows accounts with full names, states in words and the selected ones marked', () => {
    const account = accountAnswer('n'.repeat(64), {
      expires_at: 1090,
      selected: true,
      selected_for_provider: true,
    });
    const other = {
      ...account,
      name: 'b',
      state: 'sign_in_needed',
      selected: false,
      expires_at: 900,
    } as const;
    const failed = { message: 'Wrong password.', at: 1 };
    const labels = { ...account.labels, display_name: 'Büro', environment: 'test' };
    const third = { ...other, name: 'c', state: 'signed_out', last_error: failed, labels } as const;
    const shown = accountsTable([account, { ...other, notice: 'The vendor ended it.' }, third], 1000);
    const lines = shown.split('\n');
    expect(lines[1]).toMatch(/^● {2}n{64} {2}oauth2 {17}live {12}1 min$/);
    expect(lines[2]).toMatch(/^○ {2}b .* sign-in needed {2}expired {4}The vendor ended it\.$/);
    expect(lines[3]).toMatch(
      /^○ {2}c .* {2}Büro · test {2}signed out .* Last error, \d{4}-\d\d-\d\d \d\d:\d\d: Wrong password\.$/,
    );
    expect(accountsTable([], 0)).toMatch(/No accounts yet/);
  });

  it('shows the status', () => {
    const vault = { kind: 'file', locked: true, why: 'no passphrase yet', away: null } as const;
    const status = {
      version: '1.0.0',
      host: 'agent',
      platform: 'linux',
      pid: 7,
      home: '/h',
      socket: '/h/s',
      endpoint: null,
    } as const;
    const refused = { browser_refused: 3, wrong_host: 1 };
    const text = statusText({
      ...status,
      console: null,
      vault,
      notices: ['Look here.'],
      accounts: 2,
      refused,
    });
    expect(text).toContain('Refused:  3 browser_refused, 1 wrong_host\n');
    expect(text).toContain('Vault:    file, locked (no passphrase yet)\n');
    expect(text).toContain('Note:     Look here.\n');
  });
});

describe('input of a terminal', () => {
  it('gives the same lines however the pieces fall', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (pieces) => {
        const lines = new Lines();
        pieces.forEach((piece) => lines.push(piece));
        const got: string[] = [];
        for (let line = lines.take(); line !== undefined; line = lines.take()) got.push(line);
        const rest = lines.takeRest();
        const expected = pieces.join('').split('\n');
        const last = expected.pop();
        expect(got).toEqual(expected.map((line) => line.replace(/\r$/, '')));
        expect(rest ?? '').toBe(last?.replace(/\r$/, '') ?? '');
      }),
    );
    const split = new Lines();
    split.push('a\r');
    split.push('\nb');
    expect([split.take(), split.takeRest()]).toEqual(['a', 'b']);
  });

  it('edits a hidden line', () => {
    expect(typed('', 'abc\u007f\u007fd\rnext')).toEqual({ line: 'ad', rest: 'next', end: 'line' });
    expect(typed('ab', '\u0015x')).toEqual({ line: 'x', rest: '', end: null });
    expect(typed('secret', '\u0003').end).toBe('cancel');
    expect(typed('', '\u0004').end).toBe('eof');
    expect(typed('a', '\u0004')).toEqual({ line: 'a', rest: '', end: null });
  });
});

describe('the short way of `token`', () => {
  it('takes what is plain and leaves the rest', () => {
    expect(parseTokenQuickly(['hq', '--min-valid', '90', '--format=curl'])).toEqual({
      account: 'hq',
      provider: undefined,
      minValid: 90,
      scope: undefined,
      format: 'curl',
    });
    for (const args of [
      ['--help'],
      ['-h'],
      ['a', 'b'],
      ['--format', 'x'],
      ['--min-valid', '1.5'],
      ['--formt=json'],
    ]) {
      expect(parseTokenQuickly(args)).toBeNull();
    }
  });
});

describe('practice commands', () => {
  it('can be pasted, secrets by standard input', () => {
    const account = {
      provider: 'organization-api',
      grant: 'client_credentials',
      name: 'practice',
      settings: { server_address: 'http://127.0.0.1:1/organization', username: 'a b' },
      secrets: { client_secret: "it's 100%" },
      try: '',
    };
    expect(commandsFor(account, 'keyfob', false)).toBe(
      `printf '%s\\n' 'it'\\''s 100%' | keyfob add practice --provider organization-api --grant client_credentials` +
        ` --set server_address=http://127.0.0.1:1/organization --set 'username=a b' --secret client_secret\n` +
        'keyfob login practice\n',
    );
    expect(commandsFor(account, 'keyfob', true)).toBe(
      `'it''s 100%' | keyfob add practice --provider organization-api --grant client_credentials` +
        ` --set server_address=http://127.0.0.1:1/organization --set 'username=a b' --secret client_secret\n` +
        'keyfob login practice\n',
    );
  });
});

describe('the event stream', () => {
  it('is read however the pieces fall', () => {
    const text =
      ': hello\n\nevent: audit\r\ndata: {"a":\ndata: 1}\n\ndata: not json\n\nid: 3\ndata:{"b":2}\n\n';
    const whole: ServerEvent[] = [
      { type: 'audit', data: { a: 1 } },
      { type: 'message', data: { b: 2 } },
    ];
    for (let size = 1; size < text.length; size += 1) {
      const got: ServerEvent[] = [];
      const push = eventParser((event) => got.push(event));
      for (let at = 0; at < text.length; at += size) push(text.slice(at, at + size));
      expect(got).toEqual(whole);
    }
  });
});

describe('a display for a browser', () => {
  it('is looked for on Linux alone', () => {
    expect(hasDisplay({}, 'linux')).toBe(false);
    expect(hasDisplay({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe(true);
    expect(hasDisplay({}, 'darwin')).toBe(true);
  });
});

describe('a token as texts alone', () => {
  it('has no number, null or object in it, which Terraform would refuse', () => {
    const answer = {
      ...{ account: 'hq', provider: 'oauth2', access_token: 'a "token"', token_type: 'Bearer', scope: null },
      ...{ expires_at: 1_800_000_000, expires_in: 60, headers: { Authorization: 'Bearer a' }, query: {} },
    };
    const made = tokenText(answer, 'strings');
    expect('text' in made ? JSON.parse(made.text) : made).toEqual({
      ...{ account: 'hq', provider: 'oauth2', access_token: 'a "token"', token_type: 'Bearer' },
      ...{ expires_at: '1800000000', expires_in: '60' },
    });
  });
});
