// Another program of this machine opens connections by the hundred, at TCP and console, where the process may have 1,024
// files: refreshes go on, and the person is served.
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ask, cleanUp, startAgent, startPractice } from '../testing/program.ts';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(cleanUp);

/** Opens connections that begin with a text and say nothing more. */
async function flood(url: string, count: number, text: string): Promise<void> {
  const { port } = new URL(url);
  for (let n = 0; n < count; n += 1) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    await new Promise((resolve) => {
      socket.once('connect', resolve);
      socket.once('close', resolve);
    });
    socket.write(text.replace('PORT', port));
  }
}

describe.runIf(process.platform === 'linux')('a flood of local connections made refreshes fail', () => {
  it('with 1,024 files in all: they go on', { timeout: 240_000 }, async () => {
    const practice = await startPractice();
    const agent = await startAgent({ by: ['prlimit', '--nofile=1024:1024'] });
    const name = await agent.add(practice.account('practice-officernd'));
    await agent.done(['login', name]);
    const { endpoint, console: page } = agent.ready;
    if (endpoint === null || page === null) throw new Error('the agent listens on both');
    // Idle ones, and some in the middle of a request that nobody needs a key for.
    await flood(endpoint, 700, 'GET /v1/token HTTP/1.1\r\nHost: 127');
    await flood(
      endpoint,
      700,
      'POST /v1/pair HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 90\r\n\r\n{',
    );
    await flood(page, 400, 'POST /session HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 90\r\n\r\n{');
    for (let n = 0; n < 3; n += 1) await agent.done(['refresh', name]);
    expect((await agent.token(name)).access_token).toMatch(/./);
    expect((await ask(page.replace(/#.*/, ''))).status).toBe(200);
  });
});
