import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

import { endpointKit } from '../../testing/endpoint-kit.ts';
import type { EndpointKit } from '../../testing/endpoint-kit.ts';
import { applicationName, describeProgram, plainName, programName } from './peer-process.ts';

const kit = (): Promise<EndpointKit> => endpointKit([{ name: 'hq', selected: true }]);

/** A Python program that asks for a token on a connection, and keeps it open until its input ends. */
const CALLER = `
import socket, sys
place, key = sys.argv[1], sys.argv[2]
if place.isdigit():
    host = "127.0.0.1:" + place
    s = socket.create_connection(("127.0.0.1", int(place)))
else:
    host = "localhost"
    s = socket.socket(socket.AF_UNIX); s.connect(place)
head = "GET /v1/token HTTP/1.1\\r\\nHost: " + host + "\\r\\n"
if key: head += "Authorization: Bearer " + key + "\\r\\n"
s.sendall((head + "\\r\\n").encode())
print(s.recv(65536).decode().split("\\r\\n")[0], flush=True)
sys.stdin.read()
`;

/** The same, of forty connections at once. */
const CROWD = `
import socket, sys
all = [socket.socket(socket.AF_UNIX) for _ in range(40)]
for s in all: s.connect(sys.argv[1])
for s in all: s.sendall(b"GET /v1/token HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
for s in all: s.recv(65536)
print("answered", flush=True)
sys.stdin.read()
`;

const run = promisify(execFile);

function python(listenAddress: string, key: string): { child: ChildProcess; answer: Promise<string> } {
  const child = spawn('python3', ['-c', CALLER, listenAddress, key], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answer = new Promise<string>((resolve) =>
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())),
  );
  return { child, answer };
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (let i = 0; i < 400; i += 1) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not come');
}

async function listenAddress(k: EndpointKit, listener: 'socket' | 'tcp'): Promise<string> {
  if (listener === 'socket') {
    const path = join(k.folder, 'with space', 'keyfob.sock');
    await k.endpoint.listenOnSocket(path, 'own folder');
    return path;
  }
  const opened = await k.endpoint.listenOnTcp(0);
  if ('problem' in opened) throw new Error(opened.problem.reason);
  return new URL(opened.url).port;
}

// Without iproute2's lister nothing is known, and nothing else changes.
describe.runIf(existsSync('/usr/bin/ss'))('who is calling', () => {
  it.each(['socket', 'tcp'] as const)('is told in the prompt and in the audit: %s', async (listener) => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', approve: 'ask' });
    const { child, answer } = python(await listenAddress(k, listener), key);
    try {
      const asked = await until(() => k.access.approvals.list().find(({ askers }) => askers.length > 0));
      const told = new RegExp(`^python3[.\\d]* \\(pid ${child.pid}\\)$`);
      expect(asked.askers).toEqual([{ program: expect.stringMatching(told) as string, application: null }]);
      k.access.approvals.answer(asked.id, true);
      expect(await answer).toBe('HTTP/1.1 200 OK');
      const [line] = await k.access.audit.tail(1);
      expect(line).toMatchObject({ client: 'script', outcome: 'ok', pid: child.pid });
      expect(line?.program).toMatch(/^python3/);
    } finally {
      child.kill();
    }
  });

  it('is learnt for the audit after the answer, when nobody was asked', async () => {
    await using k = await kit();
    const { child, answer } = python(await listenAddress(k, 'socket'), '');
    try {
      expect(await answer).toBe('HTTP/1.1 200 OK');
      expect((await k.access.audit.tail(1))[0]).toMatchObject({ client: 'local', pid: child.pid });
    } finally {
      child.kill();
    }
  });

  it('names both programs that wait for one answer with the same key', async () => {
    await using k = await kit();
    const { key } = await k.access.clients.add({ name: 'script', approve: 'ask' });
    const at = await listenAddress(k, 'socket');
    const first = python(at, key);
    const second = python(at, key);
    try {
      const both = await until(() => k.access.approvals.list().find(({ askers }) => askers.length > 1));
      for (const { child } of [first, second])
        expect(JSON.stringify(both.askers)).toContain(`(pid ${child.pid})`);
      expect(k.access.approvals.list()).toHaveLength(1);
    } finally {
      for (const { child } of [first, second]) child.kill();
    }
  });

  it.runIf(existsSync('/usr/bin/curl'))('lost no line of a hundred that asked once and left', async () => {
    await using k = await kit();
    const at = await listenAddress(k, 'socket');
    for (let n = 0; n < 100; n += 10)
      await Promise.all(
        Array.from({ length: 10 }, () =>
          run('curl', ['-qsf', '--unix-socket', at, 'http://localhost/v1/token']),
        ),
      );
    const lines = await k.access.audit.tail(1_000);
    expect(lines).toHaveLength(100);
    // One that has left before it is looked for has no name; what is named is named rightly.
    for (const { outcome, program = 'curl' } of lines) expect([outcome, program]).toEqual(['ok', 'curl']);
  });

  it('is learnt of all who stay, though forty come at once', async () => {
    await using k = await kit();
    const at = await listenAddress(k, 'socket');
    const child = spawn('python3', ['-c', CROWD, at], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const lines = await k.access.audit.tail(1_000);
      expect(lines.map(({ pid }) => pid)).toEqual(Array.from({ length: 40 }, () => child.pid));
    } finally {
      child.kill();
    }
  });

  it('is not known of one who has left, and the line is written all the same', async () => {
    await using k = await kit();
    const { child, answer } = python(await listenAddress(k, 'socket'), '');
    child.stdin?.end();
    expect(await answer).toBe('HTTP/1.1 200 OK');
    const [line] = await k.access.audit.tail(1);
    expect(line).toMatchObject({ client: 'local', outcome: 'ok' });
  });
});

describe('a name that a program gives itself', () => {
  it('cannot break out of a prompt', () => {
    expect(plainName('backup\n\u001b[2Kyes\u202e')).toBe('backup  [2Kyes');
    expect(plainName('x'.repeat(500))).toBe(`${'x'.repeat(63)}…`);
    expect(plainName(' \u0000 ')).toBeNull();
    expect(plainName('🔑'.repeat(40))?.isWellFormed()).toBe(true);
  });

  it('is not repeated when it could be a key', () => {
    expect(applicationName('oidc-token 4.2.6')).toBe('oidc-token 4.2.6');
    expect(applicationName(`kf_${'a1'.repeat(20)}`)).toBeNull();
    expect(applicationName(`Bearer ${'x'.repeat(25)}`)).toBeNull();
    for (const secret of ['eyJhbGciOiJSUzI1NiJ9.eyJz.c2ln', `a.${'0f'.repeat(16)}`, `${'ab-'.repeat(9)}:1`])
      expect(applicationName(`git ${secret}`)).toBeNull();
  });

  it('is repeated with the host that it names, however long', () => {
    for (const host of [
      '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
      'a-registry-with-a-very-long-name.io:5000',
    ])
      expect(applicationName(`docker ${host}`)).toBe(`docker ${host}`);
  });
});

describe('a program whose file’s name says more than a name', () => {
  it('is quoted, so that it names no other program, process or column', () => {
    const forged = 'git (pid 1)   hq; curl';
    expect(programName(forged)).toBe('“git (pid 1)   hq; curl”');
    expect(programName('a” (pid 1)')).toBe('“a" (pid 1)”');
    expect(programName('python3.11')).toBe('python3.11');
    expect(describeProgram({ name: programName(forged) ?? '', pid: 7 })).toBe(
      '“git (pid 1)   hq; curl” (pid 7)',
    );
  });
});
