import { expect, it } from 'vitest';
import { endpointKit } from '../../testing/endpoint-kit.ts';
import { noLabels } from '../api/account-labels.ts';
import { seal, unseal } from './export-file.ts';

const taken = {
  accounts: [
    { name: 'hq', provider: 'oidc', grant: 'password', fields: { issuer: 'https://id.example.com' } },
  ],
  selected: 'hq',
  selected_by_provider: { oidc: 'hq' },
  profiles: [{ id: 'mine', name: 'Mine' }],
  secrets: { hq: { password: 'canary' } },
};

it('an export file opens what it sealed, under the same passphrase however it is spelt', async () => {
  const document = await seal(taken, 'passé phrase'.normalize('NFC'));
  expect(JSON.stringify(document)).not.toContain('canary');
  expect(await unseal(JSON.parse(JSON.stringify(document)), 'passé phrase'.normalize('NFD'))).toEqual(taken);
  await expect(unseal(document, 'another passphrase')).rejects.toMatchObject({ code: 'bad_request' });
});

it.each(['accounts', 'selected', 'selected_by_provider', 'profiles'] as const)(
  'an export file does not open secrets when %s was changed',
  async (piece) => {
    const document = await seal(taken, 'a long passphrase');
    const other = { ...taken, accounts: [], selected: null, selected_by_provider: {}, profiles: [] };
    await expect(unseal({ ...document, [piece]: other[piece] }, 'a long passphrase')).rejects.toMatchObject({
      problem: { reason: 'export_not_opened', field: 'passphrase' },
    });
  },
);

it('an export file never makes a key that costs all memory', async () => {
  const document = await seal(taken, 'a long passphrase');
  const dear = { ...document.secrets, kdf: { ...document.secrets?.kdf, N: 2 ** 20, r: 32 } };
  await expect(unseal({ ...document, secrets: dear }, 'a long passphrase')).rejects.toMatchObject({
    problem: { reason: 'export_damaged', params: { path: 'secrets.kdf' } },
  });
});

it('POST /v1/export asks the person before secrets leave, unless their rule is never to be asked', async () => {
  await using kit = await endpointKit();
  kit.localApproval = 'session';
  const { access } = kit;
  const ask = (body: unknown): Promise<Response> => kit.ask('POST /v1/export', { body });
  expect((await ask({})).status).toBe(200);
  for (const allow of [false, true, true]) {
    const waiting = ask({ secrets: true, passphrase: 'a long passphrase' });
    await expect.poll(() => access.approvals.list()).toHaveLength(1);
    const [question] = access.approvals.list();
    expect(question?.kind === 'request' && question.account).toMatch(/secrets of all accounts/);
    access.approvals.answer(question?.id ?? '', allow);
    expect((await waiting).status).toBe(allow ? 200 : 403);
  }
});

it('an export file brings in no label that could not be given here', async () => {
  const labels = { ...noLabels, display_name: ' Büro ', environment: '' };
  const document = (given: object): unknown => ({
    ...{ ...taken, secrets: null, keyfob_export: 1 },
    accounts: [{ ...taken.accounts[0], labels: { ...labels, ...given } }],
  });
  for (const display_name of ['x'.repeat(81), 'two\nlines']) {
    await expect(unseal(document({ display_name }), undefined)).rejects.toMatchObject({
      problem: { reason: 'export_damaged', params: { path: 'accounts.0.labels.display_name' } },
    });
  }
  expect((await unseal(document({}), undefined)).accounts[0]?.labels).toEqual({
    ...noLabels,
    display_name: 'Büro',
  });
});
