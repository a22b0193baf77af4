/**
 * What a command costs from its start to its end: `keyfob token` by the launcher, from a checkout and under Node, and the
 * helpers of git, kubectl and docker, beside an empty Node, curl and (where it is installed) `oidc-token --help`, which
 * asks nobody: all started in turn in the same run.
 *
 *   node bench/commands.mjs [ROUNDS]
 *
 * Times are ms, each a process of its own without a shell between, its output read to the end. A ratio is of the same
 * round; the row gives the median of the rounds and the spread of its middle half. One account of the practice vendor,
 * in the memory vault. "The system's Node" is the first on the PATH that is another one than the pinned.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { cleanUp, makeFolder, start, startAgent } from '../testing/program.ts';
import { printRows, rowOf } from './rows.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const node = path.join(root, 'node_modules', 'node', 'bin', 'node');
const script = path.join(root, 'bin', 'keyfob.cjs');

function onPath(name, fits = () => true) {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file) && fits(file));
}

/** All rows of the commands; one that says what is missing where a program is. */
export async function measure({ rounds = 40 } = {}) {
  const bin = path.join(makeFolder(), 'bin');
  const practice = start(['sandbox', '--json', '--port', '0'], { home: path.join(makeFolder(), 'home') });
  const { accounts } = JSON.parse(await practice.firstLine());
  const agent = await startAgent();
  try {
    await agent.add(
      accounts.find(({ grant }) => grant === 'client_credentials'),
      'practice',
    );
    await agent.done(['login', 'practice']);
    await agent.done(['use', 'practice']);
    spawnSync(node, [script, 'command', 'install', '--dir', bin]);

    const other = onPath('node', (file) => realpathSync(file) !== realpathSync(node));
    const curl = onPath('curl');
    const gitInput = 'protocol=https\nhost=git.example\n\n';
    const git = ['git-credential', 'practice', '--host', 'git.example'];
    const docker = ['docker-credential', 'practice', '--host', 'r.example'];
    /** id, what, the command, the id of its floor, what to reach (a ratio; ms for the launcher), standard input. */
    const all = [
      ['node', 'an empty Node (`node -e 0`)', [node, '-e', '0'], null, null],
      ['curl', 'curl, the same request', curlCommand(curl, agent), null, null],
      ['oidc-token', 'oidc-token --help (asks nobody)', [onPath('oidc-token'), '--help'], 'node', null],
      ['token.launcher', '`keyfob token`, installed', [path.join(bin, 'keyfob'), 'token'], 'curl', null],
      [
        'token.checkout',
        '`keyfob token` of a checkout',
        [path.join(root, 'bin', 'keyfob'), 'token'],
        'node',
        1.35,
      ],
      ['token.node', '`keyfob token` under the pinned Node', [node, script, 'token'], 'node', 1.35],
      ['git.get', "git's helper, get", [path.join(bin, 'keyfob'), ...git, 'get'], 'node', 1.5, gitInput],
      ['git.store', "git's helper, store", [path.join(bin, 'keyfob'), ...git, 'store'], 'node', 1, gitInput],
      [
        'kubectl',
        "kubectl's helper",
        [path.join(bin, 'keyfob'), 'kubectl-credential', 'practice'],
        'node',
        1.5,
      ],
      [
        'docker.get',
        "docker's helper, get",
        [path.join(bin, 'keyfob'), ...docker, 'get'],
        'node',
        1.5,
        'https://r.example',
      ],
      [
        'docker.store',
        "docker's helper, store",
        [path.join(bin, 'keyfob'), ...docker, 'store'],
        'node',
        1.5,
        '{}',
      ],
      ['system.node', "an empty Node of the system's", [other, '-e', '0'], null, null],
      [
        'system.token',
        "`keyfob token` under the system's Node",
        [other, script, 'token'],
        'system.node',
        1.35,
      ],
    ];
    const missing = all.filter(([, , [program]]) => typeof program !== 'string').map(missingOf);
    const cases = all.filter(([, , [program]]) => typeof program === 'string');
    const times = Object.fromEntries(cases.map(([id]) => [id, []]));
    const env = { ...process.env, KEYFOB_HOME: agent.home };
    // The first round fills caches and is not counted.
    for (let round = -1; round < rounds; round += 1) {
      for (const [id, , [program, ...args], , , input = ''] of cases) {
        const begun = performance.now();
        const { status, stderr } = spawnSync(program, args, { env, input });
        const took = performance.now() - begun;
        const refused = id === 'docker.store' ? 1 : 0;
        if (status !== refused) throw new Error(`${id} ended with ${status}: ${stderr}`);
        if (round >= 0) times[id].push(took);
      }
    }
    const rows = cases.map(([id, what, , floor, target]) => {
      const row = rowOf(`command.${id}`, what, 'ms', times[id], times[floor] ?? null, target);
      return id === 'token.launcher' ? { ...row, target: 15, of: 'value' } : row;
    });
    return [...rows, ...missing];
  } finally {
    await cleanUp();
  }
}

/** What stands in place of a row whose program is not here. */
function missingOf([id, what]) {
  const why = id.startsWith('system.')
    ? 'no Node on the PATH but the pinned one'
    : id === 'curl'
      ? 'curl; without it the launcher goes to the whole command'
      : 'apt-get install oidc-agent-cli';
  return { missing: `${what} (${why})` };
}

/** curl as the launcher starts it; no program where there is none. */
function curlCommand(curl, agent) {
  const socket = ['--unix-socket', agent.ready.socket, '--noproxy', '*'];
  return [curl, '-q', '-s', ...socket, '-H', 'Accept: text/plain', 'http://localhost/v1/token'];
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  printRows(await measure({ rounds: Number(process.argv[2] ?? 40) }));
}
