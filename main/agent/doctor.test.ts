import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { lookAtElectron, lookAtNetwork } from './doctor.ts';
import { systemProxy } from './system-proxy.ts';

describe('keyfob doctor of the network', () => {
  it('names proxies without a password', () => {
    const finding = lookAtNetwork({
      HTTPS_PROXY: 'http://alice:hunter2@proxy.example.com:8080',
      NO_PROXY: 'localhost',
    });
    expect(finding.ok).toBe(true);
    expect(finding.detail).toContain('HTTPS_PROXY is http://proxy.example.com:8080, NO_PROXY is localhost');
    expect(JSON.stringify(finding)).not.toMatch(/alice|hunter2/);
  });

  it('said "No proxy" where the system has one that the agent does not see', () => {
    for (const system of ['proxy', 'script'] as const) {
      const finding = lookAtNetwork({}, system);
      expect(finding).toMatchObject({ ok: false, detail: expect.stringContaining('the agent does not see') });
      expect(finding.hint).toContain('HTTPS_PROXY');
    }
    expect(lookAtNetwork({ HTTPS_PROXY: 'http://proxy.example.com:8080' }, 'script').ok).toBe(true);
    expect(lookAtNetwork({}, 'script', true)).toMatchObject({
      ok: true,
      detail: expect.stringContaining("The desktop follows the system's proxy settings"),
    });
    expect(lookAtNetwork({}).detail).toContain(
      'neither in the environment nor in the settings of the system',
    );
  });

  it('reads the settings of each system', async () => {
    const registry = (more: string): string =>
      `\r\nHKEY_CURRENT_USER\\Software\\…\r\n    ProxyEnable    REG_DWORD    0x0\r\n${more}`;
    const of = (platform: NodeJS.Platform, text: string) => systemProxy(platform, async () => text);
    expect(await of('win32', registry(''))).toBeNull();
    const script = '    AutoConfigURL    REG_SZ    http://proxy.example.com/proxy.pac\r\n';
    expect(await of('win32', registry(script))).toBe('script');
    expect(await of('win32', registry('').replace('0x0', '0x1'))).toBe('proxy');
    expect(await of('darwin', '<dictionary> {\n  HTTPEnable : 0\n  HTTPSEnable : 1\n}\n')).toBe('proxy');
    expect(await of('darwin', '<dictionary> {\n  ProxyAutoConfigEnable : 1\n}\n')).toBe('script');
    expect(await of('linux', "'none'\n")).toBeNull();
    expect(await of('linux', "'manual'\n")).toBe('proxy');
    // No such program.
    expect(await of('linux', '')).toBeNull();
  });

  it('finds an address that is none, and does not repeat it', () => {
    const finding = lookAtNetwork({ http_proxy: 'alice:hunter2@proxy:8080' });
    expect(finding.ok).toBe(false);
    expect(finding.hint).not.toBeNull();
    expect(JSON.stringify(finding)).not.toMatch(/hunter2/);
  });
});

describe('keyfob doctor of Electron', () => {
  it('is what KEYFOB_ELECTRON names, when that can be run', () => {
    expect(lookAtElectron({ KEYFOB_ELECTRON: process.execPath }).ok).toBe(true);
    expect(lookAtElectron({ KEYFOB_ELECTRON: '/nowhere/electron' })).toMatchObject({
      ok: false,
      detail: 'KEYFOB_ELECTRON is /nowhere/electron, which cannot be run.',
    });
  });
});
