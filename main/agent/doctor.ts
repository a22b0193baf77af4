// `keyfob doctor`: looks at what Keyfob needs of this machine, with or without a running host.
//
// Invariants: nothing is changed but for the keychain's own round trip; every look ends with a finding and
// none throws; no finding holds a password, be it one of a proxy's address.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import process from 'node:process';
import tls from 'node:tls';
import type { HomePaths } from '../platform/paths.ts';
import { isPackaged } from '../platform/installation.ts';
import { KeyfobError } from '../api/errors.ts';
import { commandTexts, describeProblem } from '../messages/index.ts';
import { createClient } from '../endpoint/client.ts';
import { systemProxy } from './system-proxy.ts';
import type { StatusAnswer } from '../api/status.ts';

export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** A sentence. */
  readonly detail: string;
  /** What to do, or null when nothing is. */
  readonly hint: string | null;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** The endpoint's port when none is said. */
const FIXED_PORT = 15_393;
const NEEDED_NODE = 24;

/** Looks at everything. Resolves always. */
export async function inspect(env: Env): Promise<Finding[]> {
  const { homePaths } = await import('../platform/paths.ts');
  const paths = homePaths(env);
  const host = await lookForHost(paths.socket);
  const looks: [string, () => Finding | Promise<Finding>][] = [
    ['node', lookAtNode],
    ['keychain', () => lookAtKeychain(paths.serviceName)],
    ['home', () => lookAtHome(paths)],
    ['socket', () => host.finding],
    ['port', () => lookAtPort(host.status)],
    ['network', async () => lookAtNetwork(env, await systemProxy(), host.status?.host === 'desktop')],
    ['electron', () => lookAtElectron(env)],
    ['display', () => lookAtDisplay(env)],
  ];
  const findings: Finding[] = [];
  for (const [name, look] of looks) {
    try {
      findings.push(await look());
    } catch (error) {
      findings.push(failing(name, error));
    }
  }
  return findings;
}

function fine(name: string, detail: string): Finding {
  return { name, ok: true, detail, hint: null };
}

function failing(name: string, error: unknown): Finding {
  if (error instanceof KeyfobError)
    return { name, ok: false, ...describeProblem(commandTexts, error.problem) };
  return { name, ok: false, detail: 'This check failed.', hint: 'Try again with KEYFOB_DEBUG=1.' };
}

function lookAtNode(): Finding {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= NEEDED_NODE) return fine('node', `Node ${node}.`);
  return {
    name: 'node',
    ok: false,
    detail: `Node ${node} is older than ${NEEDED_NODE}.`,
    hint: 'Run `npm ci` where Keyfob is installed, which installs the right version, and start it there with `npm start`.',
  };
}

async function lookAtHome(paths: HomePaths): Promise<Finding> {
  const { checkHome } = await import('../host/home-folders.ts');
  const { checkAccess } = await import('../host/home-access.ts');
  checkHome(paths);
  checkAccess(paths);
  return fine('home', `Nobody else could have written to ${paths.configFolder}.`);
}

async function lookAtKeychain(service: string): Promise<Finding> {
  const { openKeychain } = await import('../vaults/keychain.ts');
  // By a probe: what a start takes for granted of a keychain that accounts are kept in is looked at here.
  const vault = await openKeychain({ service, mayBeAway: false });
  await vault.lock();
  return fine('keychain', 'The keychain keeps and gives back what is put into it.');
}

async function lookForHost(socket: string): Promise<{ finding: Finding; status: StatusAnswer | null }> {
  try {
    const status = await createClient({ socketPath: socket }).status();
    const detail = `Keyfob ${status.version} (${status.host}, process ${status.pid}) answers at ${socket}.`;
    return { finding: fine('socket', detail), status };
  } catch (error) {
    if (!(error instanceof KeyfobError) || error.code !== 'not_running') {
      return { finding: failing('socket', error), status: null };
    }
    const stale = existsSync(socket);
    const detail = stale
      ? `No Keyfob is running; ${socket} was left by one that ended, and the next start replaces it.`
      : `No Keyfob is running; ${socket} is free.`;
    return { finding: fine('socket', detail), status: null };
  }
}

async function lookAtPort(status: StatusAnswer | null): Promise<Finding> {
  if (status !== null && status.endpoint !== null)
    return fine('port', `The endpoint answers at ${status.endpoint}.`);
  const taken = await isTaken(FIXED_PORT);
  if (!taken) {
    const why = status === null ? '' : ', though the running Keyfob serves on the socket alone';
    return fine('port', `Port ${FIXED_PORT} on 127.0.0.1 is free${why}.`);
  }
  return {
    name: 'port',
    ok: false,
    detail: `Port ${FIXED_PORT} on 127.0.0.1 is used by another program.`,
    hint: 'End that program, or run `keyfob serve --port N` with another port; the socket works either way.',
  };
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(true));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(false)));
  });
}

/**
 * Proxy settings and certificates. Neither is tried out: no request leaves the machine. `system`: what the system's own
 * settings name, which count for a desktop alone.
 */
export function lookAtNetwork(
  env: Env,
  system: Awaited<ReturnType<typeof systemProxy>> = null,
  desktop = false,
): Finding {
  const found: string[] = [];
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY'] as const) {
    const value = env[name.toLowerCase()] ?? env[name];
    if (value === undefined || value === '') continue;
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
      return {
        name: 'network',
        ok: false,
        detail: `${name} is not the address of a proxy.`,
        hint: `Set it to an address such as http://proxy.example.com:8080, or unset it.`,
      };
    }
    // The host alone: user and password may stand before it.
    found.push(`${name} is ${url.protocol}//${url.host}`);
  }
  const except = env['no_proxy'] ?? env['NO_PROXY'];
  if (found.length > 0 && except !== undefined && except !== '') found.push(`NO_PROXY is ${except}`);
  if (system !== null && found.length === 0 && !desktop) {
    return {
      name: 'network',
      ok: false,
      detail: `The system's settings name a ${system === 'script' ? 'script that finds a proxy (PAC)' : 'proxy'}, which the agent does not see: it looks at HTTPS_PROXY in its environment alone, and that is not set.`,
      hint: 'Set HTTPS_PROXY (and NO_PROXY) to the address of the proxy where the agent is started, or run the desktop, which follows the settings of the system.',
    };
  }
  const none = desktop
    ? "The desktop follows the system's proxy settings"
    : 'No proxy is set, neither in the environment nor in the settings of the system';
  const proxies = found.length === 0 ? none : found.join(', ');
  let certificates = 0;
  try {
    certificates = tls.getCACertificates('system').length;
  } catch {
    // A store that cannot be read has none to offer.
  }
  if (certificates > 0)
    return fine('network', `${proxies}; ${certificates} system certificates are trusted too.`);
  return {
    name: 'network',
    ok: true,
    detail: `${proxies}; the system has no certificates of its own, Node's are used.`,
    hint: "If your network has its own certificate authority, add its certificate to the system's store.",
  };
}

/** The runtime of the desktop: the binary that KEYFOB_ELECTRON names, else the one npm's package fetched. */
export function lookAtElectron(env: Env): Finding {
  if (isPackaged()) return fine('electron', 'The installed Keyfob brings its own.');
  const named = env['KEYFOB_ELECTRON'];
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return fine('electron', `KEYFOB_ELECTRON names ${named}.`);
    return {
      name: 'electron',
      ok: false,
      detail: `KEYFOB_ELECTRON is ${named}, which cannot be run.`,
      hint: 'Set it to an Electron executable, or unset it; without Electron use the agent (`keyfob serve`).',
    };
  }
  const fetched = fetchedElectron(env);
  if (fetched !== null && isExecutable(fetched)) return fine('electron', `npm's Electron is at ${fetched}.`);
  return {
    name: 'electron',
    ok: false,
    detail: 'Electron, which the desktop needs, is not installed.',
    hint: '`npx install-electron` downloads it; if your network blocks that, `npm run electron:test` gets one for trying (Linux, x64). The agent (`keyfob serve`) needs none.',
  };
}

function fetchedElectron(env: Env): string | null {
  try {
    const folder = path.dirname(createRequire(import.meta.url).resolve('electron/package.json'));
    const file = readFileSync(path.join(folder, 'path.txt'), 'utf8').trim();
    return path.join(env['ELECTRON_OVERRIDE_DIST_PATH'] ?? path.join(folder, 'dist'), file);
  } catch {
    return null;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function lookAtDisplay(env: Env): Finding {
  if (process.platform !== 'linux') return fine('display', 'The desktop can be shown.');
  const display = env['WAYLAND_DISPLAY'] ?? env['DISPLAY'];
  if (display !== undefined && display !== '') return fine('display', `The display is ${display}.`);
  return {
    name: 'display',
    ok: false,
    detail: 'There is no display here.',
    hint: 'Use the agent (`keyfob serve`), which needs none; `keyfob login NAME --no-open` prints the address to open elsewhere.',
  };
}
