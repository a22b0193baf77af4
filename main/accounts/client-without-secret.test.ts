// A client that shows its id alone, and has nothing else to show.
import { expect, it } from 'vitest';
import { json, openKit } from '../../testing/core-kit.ts';
import { profileOf } from '../../testing/recorded-exchange.ts';

it('a client signed in without a secret and was never renewed: a renewal needs what the sign-in needs', async () => {
  let count = 0;
  const kit = await openKit(() => {
    count += 1;
    return json({ access_token: `a${String(count)}`, token_type: 'bearer', expires_in: 3600 });
  });
  const base = profileOf('oauth2');
  const grant = { required: ['token_url', 'client_id'], renewal: ['client_credentials'] };
  await kit.keyfob.addProvider(
    JSON.stringify({
      ...base,
      id: 'open',
      client_auth: 'none',
      grants: { client_credentials: grant },
      default_grant: 'client_credentials',
      token: { ...base.token, headers: { 'X-Tenant': '{scope}', 'X-Client': '{client_id}' } },
    }),
  );
  const settings = { token_url: 'https://vendor.example/token', client_id: 'c' };
  await kit.keyfob.add({ name: 'app', provider: 'open', settings, secrets: {} });
  await kit.keyfob.login('app');
  // A header whose field has no value was sent empty.
  expect(kit.asked[0]?.init.headers).toMatchObject({ 'x-client': 'c' });
  expect(kit.asked[0]?.init.headers).not.toHaveProperty('x-tenant');
  await kit.clock.pass(3600_000);
  expect(count).toBe(2);
  expect(await kit.keyfob.token({ account: 'app' })).toMatchObject({ access_token: 'a2' });
  await kit.keyfob.stop();
});

it('an account asks for nothing while a secret that its sign-in needs is not there', async () => {
  const kit = await openKit(() => json({ access_token: 'a', token_type: 'bearer', expires_in: 60 }));
  const settings = { client_id: 'c' };
  await kit.keyfob.add({ name: 'app', provider: 'officernd', settings, secrets: { client_secret: 's' } });
  await kit.keyfob.login('app');
  const exported = await kit.keyfob.exportAccounts({ secrets: false });
  await kit.keyfob.remove('app');
  await kit.keyfob.importAccounts(exported);
  await expect(kit.keyfob.token({ account: 'app' })).rejects.toMatchObject({ code: 'sign_in_needed' });
  expect(kit.asked).toHaveLength(1);
  await kit.keyfob.stop();
});
