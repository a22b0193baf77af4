// What a person sends to be helped: nothing of theirs stands in it.
import { accountAnswer } from '../../testing/account-view.ts';
import { noLabels } from '../api/account-labels.ts';
import { describe, expect, it } from 'vitest';
import { bundleText } from './bundle.ts';
import { lookAtNetwork } from './doctor.ts';

describe('a bundle', () => {
  it('names no account, host or provider of the person’s, and the same one the same way', () => {
    const at = '2026-11-28T12:00:00Z';
    const home = '/srv/acme/keyfob';
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
        lookAtNetwork({
          HTTPS_PROXY: 'http://me:pw@proxy.acme.example:8080',
          NO_PROXY: '.acme.example; 10.0.0.0/8',
        }),
        { name: 'socket', ok: false, detail: `${home}/keyfob.sock is not there.`, hint: `Look at ${home}.` },
      ],
      running: {
        status: {
          host: 'agent',
          version: '1.2.3',
          platform: 'linux',
          pid: 17,
          home,
          socket: `${home}/keyfob.sock`,
          endpoint: 'http://127.0.0.1:15393',
          console: null,
          vault: { kind: 'file', locked: false, why: `The vault in ${home} was chosen.`, away: null },
          notices: ['alice.acme: sign in again.'],
          accounts: 1,
          refused: {},
        },
        accounts: [
          accountAnswer('alice.acme', {
            provider: 'acme',
            grant: 'password',
            state: 'sign_in_needed',
            expires_at: null,
            lifetime: null,
            next_refresh_at: null,
            scope: 'acme.read',
            selected: true,
            selected_for_provider: true,
            notice: 'Acme refused: invalid_grant.',
            last_error: { message: 'Acme refused: invalid_grant.', at: 5 },
            labels: { ...noLabels, display_name: 'Alice at Acme', environment: 'acme-production' },
            host: 'sso.acme.example',
            person: 'alice@acme.example',
          }),
        ],
      },
      log: [
        { at, event: 'token.refreshed', account: 'alice.acme', lifetime: 60 },
        { at, event: 'account.sign_in_needed', account: 'alice.acme', error: 'invalid_grant' },
        { ...answered, host: 'sso.acme.example' },
        { ...answered, host: 'identity.officernd.com' },
        { ...answered, host: '127.0.0.1:8080' },
        { ...answered, host: 'localhost.acme.example' },
        { ...answered, host: 'localhost:8443' },
      ],
      builtIn: ['officernd'],
      knownHosts: ['identity.officernd.com'],
      paths: { home, configFolder: `${home}/config`, socketFolder: home, logs: `${home}/logs` },
    });
    expect(text.toLowerCase()).not.toMatch(/acme|10\.0\.0\.0|me:pw/);
    const { log, accounts } = JSON.parse(text) as Record<'log' | 'accounts', Record<string, unknown>[]>;
    expect(accounts).toMatchObject([{ name: 'account-1', provider: 'provider-2', state: 'sign_in_needed' }]);
    expect(log.map(({ account, host }) => account ?? host)).toEqual([
      'account-1',
      'account-1',
      'host-3',
      'identity.officernd.com',
      '127.0.0.1:8080',
      'host-4',
      'localhost:8443',
    ]);
  });
});
