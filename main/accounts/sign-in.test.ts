import { expect, it } from 'vitest';
import { openKit, WatchedVault } from '../../testing/core-kit.ts';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import type { SignInRequest } from './ports.ts';

it('a sign-in uses the browser where the profile or the person says so, and the person has the last word', async () => {
  const begun: SignInRequest[] = [];
  const kit = await openKit(
    () => {
      throw new Error('nothing is asked of the vendor');
    },
    {
      clock: new VirtualClock(),
      vault: new WatchedVault(),
      stored: { settings: { version: 1 } },
      signIn: {
        async begin(request) {
          begun.push(request);
          return {
            redirectUri: 'http://127.0.0.1/callback',
            show: async () => ({ url: null }),
            end: async () => undefined,
          };
        },
      },
    },
  );
  const authorize = { url: '{authorize_url}', pkce: true, embedded_window_refused: true };
  await kit.keyfob.addProvider(
    JSON.stringify({ ...(await kit.keyfob.provider('oauth2')), id: 'refusing', authorize }),
  );
  const settings = {
    authorize_url: 'https://vendor.example/authorize',
    token_url: 'https://vendor.example/token',
    client_id: 'c',
    client_auth: 'none',
  };
  for (const provider of ['oauth2', 'refusing']) {
    await kit.keyfob.add({ name: provider, provider, grant: 'authorization_code', settings, secrets: {} });
    for (const options of [{}, { browser: true }, { browser: false }])
      await kit.keyfob.login(provider, options);
  }
  expect(begun.map(({ account, browser }) => [account, browser])).toEqual([
    ['oauth2', false],
    ['oauth2', true],
    ['oauth2', false],
    ['refusing', true],
    ['refusing', true],
    ['refusing', false],
  ]);
  await kit.keyfob.stop();
});

it('an account keeps an empty prompt as the choice of none, over a restart and a change by hand', async () => {
  const kit = await openKit(() => {
    throw new Error('nothing is asked of the vendor');
  });
  const settings = { issuer: 'https://id.example.com', client_id: 'c' };
  await kit.keyfob.add({ name: 'id', provider: 'oidc', settings: { ...settings, prompt: '' }, secrets: {} });
  const prompt = async (keyfob: typeof kit.keyfob) =>
    (await keyfob.facts('id')).fields.find((field) => field.name === 'prompt');
  expect(await prompt(kit.keyfob)).toMatchObject({ set: true, value: '' });
  const again = await kit.restart();
  expect(await prompt(again.keyfob)).toMatchObject({ set: true, value: '' });
  await again.keyfob.set('id', { settings: { prompt: 'as_needed', redirect_uri: '' }, secrets: {} });
  expect(await prompt(again.keyfob)).toMatchObject({ value: 'as_needed' });
  await again.keyfob.stop();
  await kit.keyfob.stop();
});
