/**
 * Keyfob beside Debian's oidc-agent: a token over the socket (oidc-agent answers one request a connection, so Keyfob is
 * asked over a kept connection and over a new one each time), and `oidc-token` beside `keyfob token`. Both hold a token
 * of a real oidc-provider in this process.
 *
 *   node bench/oidc-agent.mjs [ROUNDS]
 *
 * A round is 200 requests of each over the socket, and one start of each command. Times are µs of a round trip (the
 * round's median) and ms of a start. Needs oidc-agent-cli (apt-get install oidc-agent-cli).
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import Provider from 'oidc-provider';

import { cleanUp, makeFolder, startAgent } from '../testing/program.ts';
import { printRows, quantile, rowOf } from './rows.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const programs = ['oidc-agent', 'oidc-gen', 'oidc-token'];

const onPath = (name) =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));

/** An oidc-provider on loopback with a client, and a refresh token of a person for it. */
async function startProvider() {
  const server = http.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const client = { id: 'bench', secret: 'a-secret-of-the-bench' };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: ['http://localhost:15397'],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        application_type: 'native',
      },
    ],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    scopes: ['openid', 'offline_access'],
    ttl: { AccessToken: 3600, ClientCredentials: 3600, RefreshToken: 86_400, Grant: 86_400, IdToken: 3600 },
    rotateRefreshToken: false,
  });
  server.on('request', provider.callback());
  const grant = new provider.Grant({ accountId: 'alice', clientId: client.id });
  grant.addOIDCScope('openid offline_access');
  const refreshToken = new provider.RefreshToken({
    accountId: 'alice',
    client: await provider.Client.find(client.id),
    grantId: await grant.save(),
    gty: 'authorization_code',
    scope: 'openid offline_access',
  });
  return { issuer, client, refreshToken: await refreshToken.save(), close: () => server.close() };
}

/** Runs a command to its end without holding up the provider in this process. Throws what it said. */
async function run(program, args, env) {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${said}`);
  return said;
}

/** oidc-agent with an account `bench` of the provider. */
async function startOidcAgent({ issuer, client, refreshToken }) {
  const home = path.join(makeFolder(), 'oidc');
  mkdirSync(home, { mode: 0o700 });
  const env = { ...process.env, HOME: home, OIDC_CONFIG_DIR: home, OIDC_RT: refreshToken };
  // It goes into the background by itself, and keeps its standard error open.
  const started = spawnSync('oidc-agent', ['--no-autoload', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 10_000,
  });
  const { socket, dpid } = JSON.parse(String(started.stdout));
  const all = { ...env, OIDC_SOCK: socket };
  const who = ['--issuer', issuer, '--client-id', client.id, '--client-secret', client.secret];
  const how = [
    '--redirect-uri',
    'http://localhost:15397',
    '--scope',
    'openid offline_access',
    '--rt-env=OIDC_RT',
  ];
  const gen = [
    '--manual',
    ...who,
    ...how,
    '--pw-cmd',
    'echo pw',
    '--confirm-default',
    '--prompt',
    'none',
    'bench',
  ];
  try {
    await run('oidc-gen', gen, all);
  } catch (error) {
    process.kill(Number(dpid));
    throw error;
  }
  return { socket, env: all, end: () => process.kill(Number(dpid)) };
}

/** µs of each of some requests of oidc-agent's protocol, a connection each. */
async function askOidcAgent(socket, count) {
  const request = JSON.stringify({ request: 'access_token', account: 'bench', min_valid_period: 0 });
  const times = [];
  for (let n = 0; n < count; n += 1) {
    const begun = performance.now();
    const text = await exchange(socket, request, (received) => received.endsWith('}'));
    times.push((performance.now() - begun) * 1000);
    if (JSON.parse(text).status !== 'success') throw new Error(`oidc-agent: ${text}`);
  }
  return quantile(times, 0.5);
}

const asked = 'GET /v1/token HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** µs of each of some requests to Keyfob, a connection each or one for all. */
async function askKeyfob(socket, count, kept) {
  const times = [];
  const whole = (received) => {
    const head = received.indexOf('\r\n\r\n');
    const length = /content-length: (\d+)/i.exec(received)?.[1];
    return (
      head >= 0 &&
      (length === undefined ? received.endsWith('0\r\n\r\n') : received.length >= head + 4 + Number(length))
    );
  };
  const connection = kept ? net.connect(socket) : null;
  if (connection !== null) await new Promise((resolve) => connection.once('connect', resolve));
  for (let n = 0; n < count; n += 1) {
    const begun = performance.now();
    const text = await exchange(connection ?? socket, asked, whole);
    times.push((performance.now() - begun) * 1000);
    if (!text.startsWith('HTTP/1.1 200 ')) throw new Error(text);
  }
  connection?.destroy();
  return quantile(times, 0.5);
}

/** Sends a text over a socket (its path, or a connection that stays open) and gives the answer once it is whole. */
function exchange(to, text, isWhole) {
  return new Promise((resolve, reject) => {
    const connection = typeof to === 'string' ? net.connect(to) : to;
    let received = '';
    const hear = (chunk) => {
      received += chunk.toString('latin1');
      if (!isWhole(received)) return;
      connection.off('data', hear).off('error', reject);
      if (typeof to === 'string') connection.destroy();
      resolve(received);
    };
    connection.on('data', hear).on('error', reject).write(text);
  });
}

/** Rows of the sockets and of the commands; one that says what is missing where oidc-agent is not installed. */
export async function measure({ rounds = 30 } = {}) {
  const missing = programs.filter((name) => !onPath(name));
  if (missing.length > 0) return [{ missing: `${missing.join(', ')} (apt-get install oidc-agent-cli)` }];
  const provider = await startProvider();
  let peer;
  try {
    peer = await startOidcAgent(provider);
    const agent = await startAgent();
    await agent.done(
      [
        'add',
        'bench',
        '--provider',
        'oidc',
        '--grant',
        'client_credentials',
        '--set',
        `issuer=${provider.issuer}`,
        '--set',
        `client_id=${provider.client.id}`,
        '--secret',
        'client_secret',
      ],
      `${provider.client.secret}\n`,
    );
    await agent.done(['login', 'bench']);
    await agent.done(['use', 'bench']);
    const times = { peer: [], kept: [], fresh: [], oidcToken: [], keyfobToken: [] };
    const { socket } = agent.ready;
    for (let round = -1; round < rounds; round += 1) {
      const one = {
        peer: await askOidcAgent(peer.socket, 200),
        kept: await askKeyfob(socket, 200, true),
        fresh: await askKeyfob(socket, 200, false),
        oidcToken: timed('oidc-token', ['bench'], peer.env),
        keyfobToken: timed(path.join(root, 'bin', 'keyfob'), ['token'], {
          ...process.env,
          KEYFOB_HOME: agent.home,
        }),
      };
      if (round >= 0) for (const [name, value] of Object.entries(one)) times[name].push(value);
    }
    return [
      rowOf('oidc-agent.kept', "kept socket, by oidc-agent's socket", 'µs', times.kept, times.peer, 0.8),
      rowOf('oidc-agent.new', "new connection, by oidc-agent's socket", 'µs', times.fresh, times.peer, null),
      rowOf(
        'oidc-agent.token',
        '`keyfob token`, by `oidc-token`',
        'ms',
        times.keyfobToken,
        times.oidcToken,
        null,
      ),
    ];
  } finally {
    peer?.end();
    provider.close();
    await cleanUp();
  }
}

/** ms of a command that needs nothing of this process. */
function timed(program, args, env) {
  const begun = performance.now();
  const { status, stderr } = spawnSync(program, args, { env });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
  return performance.now() - begun;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  printRows(await measure({ rounds: Number(process.argv[2] ?? 30) }));
}
