import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { lookAtElectron, lookAtNetwork } from './doctor.ts';

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
