// The proxy in the system's own settings, for `keyfob doctor` alone: the agent and the commands look at the environment,
// the desktop asks Chromium, which knows these settings and runs their scripts (PAC).
import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';

/** Prints of a program, or an empty text where it cannot be run. */
export type Print = (program: string, args: readonly string[]) => Promise<string>;

/** Ms that a program may take. */
const timeout = 3_000;

const print: Print = async (program, args) => {
  try {
    return (await promisify(execFile)(program, [...args], { timeout, windowsHide: true })).stdout;
  } catch {
    return '';
  }
};

/** Whether the system's settings name a proxy, or a script that finds one (PAC). Where that cannot be asked: neither. */
export async function systemProxy(
  platform: NodeJS.Platform = process.platform,
  run: Print = print,
): Promise<'proxy' | 'script' | null> {
  switch (platform) {
    case 'win32': {
      const key = String.raw`HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings`;
      const text = await run('reg.exe', ['query', key]);
      return judge(
        /^\s*AutoConfigURL\s+REG_SZ\s+\S/m.test(text),
        /^\s*ProxyEnable\s+REG_DWORD\s+0x1\b/m.test(text),
      );
    }
    case 'darwin': {
      const text = await run('/usr/sbin/scutil', ['--proxy']);
      return judge(
        /^\s*ProxyAuto(Config|Discovery)Enable : 1$/m.test(text),
        /^\s*(HTTPS?|SOCKS)Enable : 1$/m.test(text),
      );
    }
    default: {
      const mode = (await run('gsettings', ['get', 'org.gnome.system.proxy', 'mode'])).trim();
      return judge(mode === "'auto'", mode === "'manual'");
    }
  }
}

const judge = (script: boolean, proxy: boolean): 'proxy' | 'script' | null =>
  script ? 'script' : proxy ? 'proxy' : null;
