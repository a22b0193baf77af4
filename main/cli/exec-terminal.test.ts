// `keyfob exec` on a real terminal, by expect.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { TokenAnswer } from '../api/accounts.ts';
import { entry, envOf, startTestHost } from './test-host.ts';

const has = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(path.join(folder, program)));

const token: TokenAnswer = {
  account: 'hq',
  provider: 'oauth2',
  access_token: 'a-token',
  token_type: 'Bearer',
  expires_at: null,
  expires_in: null,
  scope: null,
  headers: { Authorization: 'Bearer a-token' },
  query: {},
};

it.runIf(has('expect'))('keyfob exec tells a command of Ctrl+C once, and waits for its end', async () => {
  const host = await startTestHost();
  host.respond = () => [200, token];
  const command = `trap 'echo got' INT; echo ready; i=0; while [ $i -lt 15 ]; do sleep 0.1; i=$((i+1)); done; exit 5`;
  const script = `set timeout 10
spawn {${process.execPath}} {${entry}} exec hq -- sh -c {${command}}
expect -re "ready\\r"
send "\\003"
expect eof
puts "code [lindex [wait] 3]"`;
  const { stdout } = await promisify(execFile)('expect', ['-c', script], { env: envOf(host.home) });
  await host.close();
  expect(stdout.split(/\r?\n/).filter((line) => line.endsWith('got'))).toHaveLength(1);
  expect(stdout).toContain('code 5');
});
