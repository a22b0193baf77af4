// What a person sends to be helped: nothing of theirs stands in it.
import { describe, expect, it } from 'vitest';
import { bundleText } from './bundle.ts';

describe('a bundle', () => {
  it('names no account, host or provider of the person’s, and the same one the same way', () => {
    const at = '2026-11-28T12:00:00Z';
    const answered = {
      at,
      event: 'vendor.answered',
      method: 'POST',
      status: 200,
      failure: null,
      milliseconds: 5,
    } as const;
    const text = bundleText({
      version: '1.2.3',
      findings: [
        { name: 'network', ok: true, detail: 'Proxy: HTTPS_PROXY proxy.acme.example:8080.', hint: null },
      ],
      running: null,
      log: [
        { at, event: 'token.refreshed', account: 'alice.acme', lives_for: 60 },
        { at, event: 'account.sign_in_needed', account: 'alice.acme', error: 'invalid_grant' },
        { ...answered, host: 'sso.acme.example' },
        { ...answered, host: 'identity.officernd.com' },
        { ...answered, host: '127.0.0.1:8080' },
      ],
      builtIn: ['officernd'],
      knownHosts: ['identity.officernd.com'],
    });
    expect(text).not.toContain('acme');
    const { log } = JSON.parse(text) as { log: Record<string, unknown>[] };
    expect(log.map(({ account, host }) => account ?? host)).toEqual([
      'account-1',
      'account-1',
      'host-2',
      'identity.officernd.com',
      '127.0.0.1:8080',
    ]);
  });
});
