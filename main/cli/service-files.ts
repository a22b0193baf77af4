// The agent as a service of the user's own session: what is written, where, and which commands start and stop it.
// Pure: nothing is read or run here.
//
// Invariants: every path in it is absolute, for a service has neither the caller's folder nor their PATH; no
// secret stands in it (a passphrase stays in its file).
import os from 'node:os';
import path from 'node:path';
import { programArgument, shellArgument } from '../platform/shell-quoting.ts';

export interface ServiceFacts {
  /** The Node binary and the script that it runs. */
  readonly node: string;
  readonly script: string;
  /** The folder of KEYFOB_HOME, or null for the usual places. */
  readonly home: string | null;
  /** What stands behind `serve`. */
  readonly args: readonly string[];
}

export interface Service {
  readonly kind: 'systemd' | 'launchd';
  readonly file: string;
  readonly text: string;
  readonly install: readonly (readonly string[])[];
  readonly remove: readonly (readonly string[])[];
  /** Ends with 0 when the service runs. */
  readonly running: readonly string[];
}

/** Stands in each file that is ours: another one is not touched. */
export const MARK = 'Written by `keyfob service install`';

const UNIT = 'keyfob.service';
const LABEL = 'dev.keyfob.agent';

/** The service of a platform, or null where there is none yet. */
export function serviceOf(
  platform: NodeJS.Platform,
  facts: ServiceFacts,
  env: Readonly<Record<string, string | undefined>>,
  user: { readonly home: string; readonly uid: number } = {
    home: os.homedir(),
    uid: process.getuid?.() ?? 0,
  },
): Service | null {
  if (platform === 'linux') {
    const named = env['XDG_CONFIG_HOME'];
    const config =
      named !== undefined && path.posix.isAbsolute(named) ? named : path.posix.join(user.home, '.config');
    const systemctl = (...args: string[]): string[] => ['systemctl', '--user', ...args];
    return {
      kind: 'systemd',
      file: path.posix.join(config, 'systemd', 'user', UNIT),
      text: systemdUnit(facts),
      install: [systemctl('daemon-reload'), systemctl('enable', UNIT), systemctl('restart', UNIT)],
      remove: [systemctl('disable', '--now', UNIT), systemctl('daemon-reload')],
      running: systemctl('is-active', '--quiet', UNIT),
    };
  }
  if (platform === 'darwin') {
    const file = path.posix.join(user.home, 'Library', 'LaunchAgents', `${LABEL}.plist`);
    const domain = `gui/${user.uid}`;
    return {
      kind: 'launchd',
      file,
      text: launchdAgent(facts),
      install: [['launchctl', 'bootstrap', domain, file]],
      remove: [['launchctl', 'bootout', `${domain}/${LABEL}`]],
      running: ['launchctl', 'print', `${domain}/${LABEL}`],
    };
  }
  return null;
}

/** The line that starts the agent, for the task scheduler of Windows, or for a shell. The home is set beside it. */
export function startLine(platform: NodeJS.Platform, { node, script, home, args }: ServiceFacts): string {
  const quote = platform === 'win32' ? programArgument : shellArgument;
  const line = [node, script, 'serve', ...args].map(quote).join(' ');
  return home === null ? line : `${line} (with KEYFOB_HOME set to ${home})`;
}

/**
 * A user unit (systemd.unit(5), systemd.exec(5)). It is hardened as far as a user's own manager can without
 * namespaces; what would hide the home or the session's bus is left out, for profiles and keychain are there.
 */
export function systemdUnit({ node, script, home, args }: ServiceFacts): string {
  const command = [node, script, 'serve', ...args].map(inCommand).join(' ');
  return `# ${MARK}; \`keyfob service remove\` takes it away.
[Unit]
Description=Keyfob: OAuth 2.0 tokens for local programs
StartLimitIntervalSec=60
StartLimitBurst=5

[Service]
Type=exec
ExecStart=${command}
${home === null ? '' : `Environment=${quoted(`KEYFOB_HOME=${home}`)}\n`}Restart=on-failure
RestartSec=5
# Usage, or a vault that stays closed: trying again changes nothing.
RestartPreventExitStatus=2 8
# An answer that brings a new refresh token is waited for, 25 s at most.
TimeoutStopSec=40
UMask=0077
# No token in a core file.
LimitCORE=0
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native

[Install]
WantedBy=default.target
`;
}

/** A word between quotes, as systemd reads it (systemd.syntax(7)); `%` begins a specifier. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;
}

/** As `quoted`, and `$` begins a variable (systemd.service(5), "Command lines"). */
function inCommand(text: string): string {
  return quoted(text).replaceAll('$', () => '$$');
}

/** A launchd agent (launchd.plist(5)). */
export function launchdAgent({ node, script, home, args }: ServiceFacts): string {
  const items = [node, script, 'serve', ...args].map((argument) => `    <string>${inXml(argument)}</string>`);
  const environment =
    home === null
      ? ''
      : `  <key>EnvironmentVariables</key>
  <dict>
    <key>KEYFOB_HOME</key>
    <string>${inXml(home)}</string>
  </dict>
`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ${MARK}; \`keyfob service remove\` takes it away. -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${items.join('\n')}
  </array>
${environment}  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>40</integer>
  <key>Umask</key>
  <integer>63</integer>
  <key>ProcessType</key>
  <string>Background</string>
</dict>
</plist>
`;
}

function inXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
