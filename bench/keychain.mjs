/**
 * A start with 1,000 accounts in a real Secret Service: gnome-keyring in a D-Bus session of its own, whose keyring is
 * written beforehand. Until the endpoint answers, beside an agent with one account there, and until all are read.
 *
 *   node bench/keychain.mjs
 *
 * The keyring is open before the agent starts. All are read when no account's state is `locked` any more.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { makeKeyringCrowd } from '../testing/crowd-home.ts';
import { cleanUp, makeFolder, startAgent } from '../testing/program.ts';
import { rowOf, tellRows } from './rows.mjs';

/** Before the agent: a keyring that has read its items, as it has when somebody is logged in. */
const session = `printf x | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
  dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \\
    org.freedesktop.Secret.Service.ReadAlias string:default >/dev/null
  date +%s%N >"$XDG_RUNTIME_DIR/begun"; exec "$@"`;

/** Programs that a session needs, and that are not here. */
function missingPrograms() {
  return ['dbus-run-session', 'gnome-keyring-daemon', 'dbus-send'].filter((program) => {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
}

/** Ms until an agent with so many accounts there answers, and until all are read. */
async function start(count) {
  const folder = makeFolder();
  const [home, data] = [path.join(folder, 'home'), path.join(folder, 'data')];
  mkdirSync(data, { mode: 0o700 });
  await makeKeyringCrowd(
    {
      ...{ home, count, lifetime: 36_000_000 },
      tokenUrl: () => 'http://127.0.0.1:9/token',
      refreshToken: (index) => `refresh-${index}`,
      age: () => 60_000,
    },
    data,
  );
  const agent = await startAgent({
    home,
    args: ['--no-console'],
    by: ['dbus-run-session', '--', 'bash', '-c', session, 'keyring'],
    env: { XDG_DATA_HOME: data, XDG_RUNTIME_DIR: folder, HOME: folder },
    within: 60_000,
  });
  const begun =
    performance.now() - (Date.now() - Number(execFileSync('cat', [path.join(folder, 'begun')])) / 1e6);
  await agent.ask('/v1/health');
  const answered = performance.now() - begun;
  for (;;) {
    const states = (await agent.accounts()).map(({ state }) => state);
    if (states.length !== count) throw new Error(`${states.length} accounts`);
    if (states.every((state) => state === 'live')) break;
    if (performance.now() - begun > 60_000) throw new Error(`not all were read: ${states.join(' ')}`);
    await wait(20);
  }
  const read = performance.now() - begun;
  process.kill(agent.ready.pid, 'SIGTERM');
  await agent.process.ended;
  return { answered, read };
}

/** The rows of the Secret Service. */
export async function measure({ quick = false } = {}) {
  const missing = process.platform === 'linux' ? missingPrograms() : ['Linux'];
  if (missing.length > 0) return [{ missing: `the Secret Service (there is no ${missing.join(', ')})` }];
  try {
    const [one, many] = [[], []];
    for (let round = 0; round < (quick ? 1 : 3); round += 1) {
      one.push(await start(1));
      many.push(await start(1_000));
    }
    const of = '1,000 accounts in the Secret Service';
    const times = (all, what) => all.map((each) => each[what]);
    return [
      {
        ...rowOf(
          'keychain.answers',
          `${of}: a start until it answers, by one account`,
          'ms',
          times(many, 'answered'),
          times(one, 'answered'),
          300,
        ),
        of: 'value',
      },
      rowOf('keychain.read', `${of}: until all are read`, 'ms', times(many, 'read'), null, 2_000),
    ];
  } finally {
    await cleanUp();
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  tellRows(await measure());
}
