import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { hasShell } from '../../testing/system.ts';
import {
  powershellArgument,
  powershellQuoted,
  programArgument,
  shellArgument,
  shellQuoted,
} from './shell-quoting.ts';

const texts = ['plain/path-1.txt', "it's", '$HOME `id` "x" \\', 'a b', '', '*', 'ü', "'", 'line\nend', '~'];

describe.runIf(hasShell)('a word for the shell', () => {
  it.each(texts)('gives %j back', (text) => {
    for (const argument of [shellQuoted(text), shellArgument(text)]) {
      expect(execFileSync('/bin/sh', ['-c', `printf %s ${argument}`], { encoding: 'utf8' })).toBe(text);
    }
  });

  it('is bare where it may be', () => {
    expect(shellArgument('/home/alice/.config/keyfob')).toBe('/home/alice/.config/keyfob');
    expect(shellArgument('https://api.example.com:8443/a?b')).toBe("'https://api.example.com:8443/a?b'");
  });
});

describe('a word for PowerShell', () => {
  it('doubles every character that ends a quoted text there, the typographic ones too', () => {
    expect(powershellQuoted("it's")).toBe("'it''s'");
    expect(powershellQuoted('a\u2018b\u2019c\u201ad\u201be')).toBe(
      "'a\u2018\u2018b\u2019\u2019c\u201a\u201ad\u201b\u201be'",
    );
    expect(powershellQuoted('$HOME `id` "x"')).toBe('\'$HOME `id` "x"\'');
  });

  it('is bare where it may be', () => {
    expect(powershellArgument('C:\\a\\b=1')).toBe('C:\\a\\b=1');
    expect(powershellArgument('a,b')).toBe("'a,b'");
  });
});

describe('an argument of a Windows program', () => {
  it.each([
    ['C:\\Keyfob\\node.exe', 'C:\\Keyfob\\node.exe'],
    ['C:\\Program Files\\node.exe', '"C:\\Program Files\\node.exe"'],
    ['D:\\my home\\', '"D:\\my home\\\\"'],
    ['say "a\\b\\"', '"say \\"a\\b\\\\\\""'],
    ['', '""'],
  ])('%j stands as %s', (text, line) => {
    expect(programArgument(text)).toBe(line);
  });
});
