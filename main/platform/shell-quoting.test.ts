import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellQuoted, shellArgument } from './shell-quoting.ts';

const texts = ['plain/path-1.txt', "it's", '$HOME `id` "x" \\', 'a b', '', '*', 'ü', "'", 'line\nend', '~'];

describe.skipIf(process.platform === 'win32')('a word for the shell', () => {
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
