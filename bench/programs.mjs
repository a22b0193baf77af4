/**
 * Real programs with Keyfob as their helper, beside the same program with the helper of a peer: `kubectl get` with
 * kubelogin, `git ls-remote` with git-credential-oauth behind git's own cache. Each holds a token that lives, and asks for
 * it once more. The floor's floor is told too: the program with its token written down, and no helper at all.
 *
 *   node bench/programs.mjs [ROUNDS]
 *
 * Times are ms, from the start of the program to its end; all take turns, round by round. API, git's server (files alone)
 * and the peers' vendor are one server in this process, which does nothing else. Needs kubectl and git on the PATH, and
 * of the peers what is to be measured: kubelogin (int128), git-credential-oauth (apt-get install git-credential-oauth).
 */
import { spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { cleanUp, makeFolder, startAgent, startPractice } from '../testing/program.ts';
import { makeCertificate, secureOptions } from '../testing/programs/certificate.ts';
import { printRows, rowOf } from './rows.mjs';

const has = (name) =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));

/** A vendor whose person has consented already: it sends every browser back at once (OpenID Connect, RS256). */
function createVendor(issuer) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const nonces = new Map();
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const idToken = (nonce) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, sub: 'alice', aud: 'bench', iat: now, exp: now + 3600, nonce };
    const text = `${encode({ alg: 'RS256', kid: 'bench' })}.${encode(claims)}`;
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  };
  return (url, body) => {
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        };
      case '/jwks':
        return { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'RS256', use: 'sig' }] };
      case '/authorize': {
        const code = String(nonces.size);
        nonces.set(code, url.searchParams.get('nonce'));
        const back = new URL(url.searchParams.get('redirect_uri'));
        back.searchParams.set('code', code);
        back.searchParams.set('state', url.searchParams.get('state'));
        return back;
      }
      case '/token':
        return {
          access_token: 'a-token-of-the-bench',
          refresh_token: 'a-refresh-token-of-the-bench',
          id_token: idToken(nonces.get(new URLSearchParams(body).get('code')) ?? undefined),
          token_type: 'Bearer',
          expires_in: 3600,
        };
      default:
        return null;
    }
  };
}

/** The vendor, an API that takes any token in a header, and the files of a repository for whoever has a password. */
async function startServer(folder, repository) {
  // kubectl sends a token by TLS alone.
  const servers = [http.createServer(), https.createServer(secureOptions(makeCertificate(folder)))];
  for (const server of servers) await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const [origin, api] = servers.map((server) => `127.0.0.1:${server.address().port}`);
  const plain = `http://${origin}`;
  const vendor = createVendor(plain);
  const answer = async (request, response) => {
    const url = new URL(request.url, plain);
    let body = '';
    for await (const chunk of request) body += chunk;
    const made = vendor(url, body);
    const json = (status, value) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
    const { authorization = '' } = request.headers;
    if (made instanceof URL) response.writeHead(302, { Location: String(made) }).end();
    else if (made !== null) json(200, made);
    else if (url.pathname.startsWith('/repository.git/')) {
      const file = path.join(repository, url.pathname.slice('/repository.git/'.length));
      if (!authorization.startsWith('Basic '))
        response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="bench"' }).end();
      else if (existsSync(file)) response.end(readFileSync(file));
      else response.writeHead(404).end();
    } else if (authorization.startsWith('Bearer ')) json(200, { major: '1', minor: '32' });
    else json(401, { kind: 'Status', status: 'Failure', code: 401 });
  };
  for (const server of servers) server.on('request', answer);
  return {
    origin: plain,
    api: `https://${api}`,
    close() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

/** Runs a program to its end without holding up the server in this process. Throws what it said. */
async function run(program, args, { env, input = '', heard }) {
  const child = spawn(program, args, { env });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk;
      heard?.(said);
    });
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`${program} ${args[0]} ended with ${code}: ${said}`);
  return said;
}

/** Signs kubelogin in: its own page leads to the vendor, and that back to it. */
async function signInKubelogin(args, env) {
  let opened = false;
  await run('kubelogin', [...args, '--skip-open-browser', '--listen-address=127.0.0.1:0'], {
    env,
    heard(said) {
      const page = /http:\/\/(?:localhost|127\.0\.0\.1):\d+\/?/.exec(said)?.[0];
      if (page === undefined || opened) return;
      opened = true;
      void fetch(page);
    },
  });
}

/** A kubeconfig whose user has these members. */
function kubeconfig(folder, name, server, user) {
  const file = path.join(folder, `${name}.json`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  writeFileSync(file, JSON.stringify(config));
  return ['--kubeconfig', file, 'get', '--raw', '/version'];
}

const execOf = (command, args) => ({
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'Never',
    command,
    args,
  },
});

/** The cases of kubectl: id, what, program, arguments, id of the floor. */
async function kubectlCases(folder, { origin, api }, keyfob, env) {
  if (!has('kubectl')) return [{ missing: '`kubectl get` (kubectl)' }];
  const case_ = (id, what, args, floor) => ({ id, what, program: 'kubectl', args, floor });
  const cases = [
    case_(
      'kubectl.bare',
      '`kubectl get`, its token written down',
      kubeconfig(folder, 'bare', api, { token: 'a' }),
    ),
  ];
  const peer = has('kubelogin');
  if (peer) {
    const cache = path.join(folder, 'kubelogin');
    const args = [
      'get-token',
      `--oidc-issuer-url=${origin}`,
      '--oidc-client-id=bench',
      `--token-cache-dir=${cache}`,
    ];
    await signInKubelogin(args, env);
    const config = kubeconfig(folder, 'kubelogin', api, execOf('kubelogin', args));
    cases.push(case_('kubectl.kubelogin', '`kubectl get`, by kubelogin', config));
  } else cases.push({ missing: '`kubectl get`, by kubelogin (github.com/int128/kubelogin)' });
  const config = kubeconfig(folder, 'keyfob', api, execOf(keyfob, ['kubectl-credential', 'practice']));
  const floor = peer ? 'kubectl.kubelogin' : 'kubectl.bare';
  return [...cases, case_('kubectl.keyfob', '`kubectl get`, by Keyfob', config, floor)];
}

/** The same of git. */
async function gitCases(folder, origin, keyfob, env) {
  if (!has('git')) return [{ missing: '`git ls-remote` (git)' }];
  const { host } = new URL(origin);
  const address = `${origin}/repository.git`;
  const asking = (...helpers) => [
    ...['', ...helpers].flatMap((helper) => ['-c', `credential.helper=${helper}`]),
    ...['ls-remote', address],
  ];
  const case_ = (id, what, args, floor) => ({ id, what, program: 'git', args, floor });
  const cases = [
    case_('git.bare', '`git ls-remote`, its password in the address', [
      'ls-remote',
      address.replace('//', '//u:p@'),
    ]),
  ];
  const peer = has('git-credential-oauth');
  if (peer) {
    const socket = path.join(folder, 'cache', 'socket');
    mkdirSync(path.dirname(socket), { mode: 0o700 });
    const cache = `cache --timeout 21600 --socket ${socket}`;
    // As after the first sign-in: git has its token from the cache, and tells both of it.
    const input = `protocol=http\nhost=${host}\nusername=oauth2\npassword=a-token\n\n`;
    await run(
      'git',
      ['-c', 'credential.helper=', '-c', `credential.helper=${cache}`, 'credential', 'approve'],
      {
        env,
        input,
      },
    );
    cases.push({
      ...case_('git.oauth', '`git ls-remote`, by git-credential-oauth and the cache', asking(cache, 'oauth')),
      end: () => spawnSync('git', ['credential-cache', '--socket', socket, 'exit'], { env }),
    });
  } else
    cases.push({
      missing: '`git ls-remote`, by git-credential-oauth (apt-get install git-credential-oauth)',
    });
  const own = asking(`!'${keyfob}' git-credential practice --host ${host}`);
  const floor = peer ? 'git.oauth' : 'git.bare';
  return [...cases, case_('git.keyfob', '`git ls-remote`, by Keyfob', own, floor)];
}

/** All rows; one that says what is missing where a program is. */
export async function measure({ rounds = 20 } = {}) {
  const folder = makeFolder();
  const repository = path.join(folder, 'repository.git');
  spawnSync('git', ['init', '-q', '--bare', repository]);
  mkdirSync(path.join(repository, 'info'), { recursive: true });
  writeFileSync(path.join(repository, 'info', 'refs'), `${'a'.repeat(40)}\trefs/heads/main\n`);
  const server = await startServer(folder, repository);
  const all = [];
  try {
    const practice = await startPractice();
    const agent = await startAgent();
    await agent.add(practice.account('practice-organization'), 'practice');
    await agent.done(['login', 'practice']);
    const bin = path.join(folder, 'bin');
    await agent.done(['command', 'install', '--dir', bin]);
    const keyfob = path.join(bin, 'keyfob');
    const env = {
      ...process.env,
      KEYFOB_HOME: agent.home,
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
    };
    all.push(...(await kubectlCases(folder, server, keyfob, env)));
    all.push(...(await gitCases(folder, server.origin, keyfob, env)));
    const cases = all.filter(({ missing }) => missing === undefined);
    const times = Object.fromEntries(cases.map(({ id }) => [id, []]));
    // The first round fills caches and is not counted.
    for (let round = -1; round < rounds; round += 1) {
      for (const { id, program, args } of cases) {
        const begun = performance.now();
        await run(program, args, { env });
        if (round >= 0) times[id].push(performance.now() - begun);
      }
    }
    return all.map((one) =>
      one.missing === undefined
        ? rowOf(`programs.${one.id}`, one.what, 'ms', times[one.id], times[one.floor] ?? null, null)
        : one,
    );
  } finally {
    for (const { end } of all) end?.();
    server.close();
    await cleanUp();
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  printRows(await measure({ rounds: Number(process.argv[2] ?? 20) }));
}
