// Debian's oidc-token against the built agent and the practice vendor.
import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { callApi, cleanUp, startAgent, startPractice } from '../testing/program.ts';
import type { Agent, Practice } from '../testing/program.ts';

const OIDC_TOKEN = '/usr/bin/oidc-token';
const ACCOUNT = 'practice-officernd';

interface OidcReady {
  readonly oidc_sock?: string;
}

describe.runIf(existsSync(OIDC_TOKEN))('serve --oidc-agent', () => {
  let agent: Agent;
  let practice: Practice;
  let socket: string;

  beforeAll(async () => {
    [agent, practice] = await Promise.all([
      startAgent({ args: ['--vault', 'memory', '--oidc-agent'] }),
      startPractice(),
    ]);
    socket = (agent.ready as OidcReady).oidc_sock ?? '';
    await agent.add(practice.account(ACCOUNT));
    await agent.done(['login', ACCOUNT]);
  });
  afterAll(cleanUp);

  const oidcToken = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((resolve) => {
      execFile(OIDC_TOKEN, args, { env: { OIDC_SOCK: socket }, timeout: 10_000 }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      );
    });

  it('stands beside the other socket, for its owner alone', () => {
    expect(path.dirname(socket)).toBe(path.dirname(agent.ready.socket));
    expect(statSync(socket).mode & 0o777).toBe(0o600);
  });

  it('gives oidc-token a token that the vendor takes', async () => {
    const { out, code } = await oidcToken('--time', '60', ACCOUNT);
    expect(code).toBe(0);
    const token = await agent.token(ACCOUNT);
    expect(out.trim()).toBe(token.access_token);
    const headers = { Authorization: `Bearer ${out.trim()}` };
    expect((await callApi(practice.account(ACCOUNT).try, { headers, query: {} })).status).toBe(200);
    const env = await oidcToken('--time', '60', '--env', ACCOUNT);
    expect(env.out).toContain(`OIDC_AT=${token.access_token}; export OIDC_AT;`);
    expect(env.out).toContain(`OIDC_EXP=${token.expires_at}; export OIDC_EXP;`);
  });

  it('gives a new one with --force-new', async () => {
    // A vendor whose second request gives another token.
    const account = await agent.add(practice.account('practice-organization'));
    await agent.done(['login', account]);
    const before = (await oidcToken(account)).out;
    const fresh = (await oidcToken('--force-new', account)).out;
    expect(fresh).toMatch(/^\S+\n$/);
    expect(fresh).not.toBe(before);
    expect((await oidcToken(account)).out).toBe(fresh);
  });

  it('says what to do about an account that is signed out, and audits it', async () => {
    await agent.done(['logout', ACCOUNT]);
    const { code, err } = await oidcToken(ACCOUNT);
    expect(code).toBe(1);
    expect(err).toContain('keyfob login');
    const audit = await agent.done(['audit', '--json']);
    expect(audit).toContain('"via":"oidc-agent"');
    expect(audit).toContain('"application":"oidc-token"');
    await agent.done(['login', ACCOUNT]);
  });

  it('is there again after the agent was killed', async () => {
    const { home } = agent;
    await agent.stop('SIGKILL');
    agent = await startAgent({ home, args: ['--vault', 'memory', '--oidc-agent'] });
    expect((agent.ready as OidcReady).oidc_sock).toBe(socket);
    expect((await oidcToken('none')).err).toContain('There is no account');
  });
});

it('serve without --oidc-agent opens no such socket and does not speak of it', async () => {
  const agent = await startAgent();
  expect(agent.ready).not.toHaveProperty('oidc_sock');
  expect(existsSync(path.join(path.dirname(agent.ready.socket), 'oidc-agent.sock'))).toBe(false);
  await agent.stop();
});
