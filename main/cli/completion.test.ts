// The shells themselves, as they complete a line.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasProgram } from '../../testing/system.ts';
import { SHELLS } from './completion.ts';
import { startTestAgent } from './test-agent.ts';
import type { TestAgent } from './test-agent.ts';
import { makeHome } from './test-host.ts';

// Each step is a process of its own.
vi.setConfig({ testTimeout: 30_000 });

let agent: TestAgent;
beforeAll(async () => {
  agent = await startTestAgent();
  await agent.signIn('practice-organization', 'hq');
  await agent.signIn('practice-organization', 'hamburg');
  await agent.run(['client', 'add', 'bot']);
  for (const shell of SHELLS) {
    const { code, out } = await agent.run(['completion', shell]);
    expect(code).toBe(0);
    await writeFile(path.join(agent.folder, `keyfob.${shell}`), out);
  }
  await writeFile(path.join(agent.folder, 'profile.json'), '{}');
}, 60_000);
afterAll(() => agent.close());

async function shell(program: string, args: readonly string[], home = agent.home): Promise<string> {
  const env = {
    PATH: `${agent.bin}:${process.env['PATH'] ?? ''}`,
    HOME: agent.folder,
    KEYFOB_HOME: home,
    NODE_NO_WARNINGS: '1',
    TERM: 'dumb',
  };
  const { stdout, stderr } = await promisify(execFile)(program, args, { env, cwd: agent.folder });
  expect(stderr).toBe('');
  return stdout;
}

/** What bash would offer for a line of words. */
async function bash(texts: readonly string[], home?: string): Promise<string[]> {
  const script = `source keyfob.bash; shift 0; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _keyfob; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = await shell('bash', ['--norc', '-c', script, 'bash', 'keyfob', ...texts], home);
  return out.split('\n').filter((line) => line !== '');
}

describe.runIf(hasProgram('bash'))('completion in bash', () => {
  it.each([
    [['tok'], ['token', 'token-file']],
    [
      ['client', ''],
      ['add', 'list', 'remove', 'help'],
    ],
    [
      ['token', '--fo'],
      ['--force-new', '--format'],
    ],
    [
      ['token', 'h'],
      ['hq', 'hamburg'],
    ],
    [['token', '--min-valid', '60', 'ha'], ['hamburg']],
    [
      ['token', '--format', ''],
      ['token', 'json', 'strings', 'header', 'curl', 'env', 'powershell', 'netrc'],
    ],
    [['add', 'h'], []],
    [['client', 'remove', ''], ['bot']],
    [['add', 'x', '--provider', 'off'], ['officernd']],
    [['provider', 'show', 'oi'], ['oidc']],
    [['completion', 'f'], ['fish']],
    [['__c'], []],
    [['no-such', ''], undefined],
    [['exec', 'hq', '--', ''], []],
  ])('completes %j', async (texts, wanted) => {
    const found = await bash(texts);
    if (wanted !== undefined)
      expect(found.filter((argument) => argument !== 'help' || texts[0] === 'client')).toEqual(wanted);
  });

  it('is quiet when nothing runs, and still knows the commands', async () => {
    const home = await makeHome();
    expect(await bash(['token', 'h'], home)).toEqual([]);
    expect(await bash(['sandb'], home)).toEqual(['sandbox']);
  });
});

describe.runIf(hasProgram('fish'))('fish', () => {
  it.each([
    [
      'keyfob tok',
      ['token\tprint a token', 'token-file\tkeep tokens in files, for programs that can only read a file'],
    ],
    ['keyfob token h', ['hamburg\torganization-api', 'hq\torganization-api']],
    ['keyfob provider add pro', ['profile.json']],
  ])('completes %s', async (line, wanted) => {
    const out = await shell('fish', ['--no-config', '-c', `source keyfob.fish; complete -C '${line}'`]);
    expect(out.trim().split('\n').toSorted()).toEqual(wanted);
  });
});

describe.runIf(hasProgram('zsh'))('zsh', () => {
  it.each([
    ['keyfob sandb', 'keyfob sandbox '],
    ['keyfob token ham', 'keyfob token hamburg '],
    ['keyfob provider check pro', 'keyfob provider check profile.json '],
  ])('completes %s', async (line, wanted) => {
    // A zsh with a terminal of its own; the line that came of Tab is shown by a key of the test's.
    const script = `
      zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z 'PS1=; autoload -U compinit; compinit -D -u; source keyfob.zsh; show() { print -r -- "=>$BUFFER<="; BUFFER=; zle accept-line }; zle -N show; bindkey "^X" show; print rea''dy'
      zpty -r z out '*ready*'
      zpty -w -n z $'${line}\\t\\x18'
      zpty -r z out '*<=*'
      print -r -- "$out"`;
    const out = await shell('zsh', ['-f', '-c', script]);
    expect(/=>(.*)<=/.exec(out)?.[1]).toBe(wanted);
  });
});
