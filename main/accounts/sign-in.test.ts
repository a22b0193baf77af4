import { expect, it } from 'vitest';
import { failure } from '../../testing/short-message.ts';
import { pageAccount, signInPages } from '../../testing/sign-in-pages.ts';
import { emptyHome, json, openKit, WatchedVault } from '../../testing/core-kit.ts';
import { settle, VirtualClock } from '../../testing/virtual-clock.ts';
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

it('a sign-in that programs need is one for all of them, and none opens by itself after it was cancelled', async () => {
  const pages = signInPages();
  let isAllowed = true;
  const kit = await openKit(() => json({ access_token: 't', token_type: 'bearer', expires_in: 3600 }), {
    ...emptyHome(),
    signIn: pages.signIn,
    signInOnDemand: () => isAllowed,
  });
  await kit.keyfob.add(pageAccount('hq'));
  const ask = (by: 'program' | 'person' = 'program') =>
    kit.keyfob.login('hq', { on_demand: by, asked_by: 'git github.example' });
  const all = await Promise.all(Array.from({ length: 10 }, () => ask()));
  expect(pages.shown()).toBe(1);
  expect(all.filter((one) => one.kind === 'waiting' && one.joined === true)).toHaveLength(9);
  const [first] = kit.keyfob.signIns();
  expect(first).toMatchObject({ asked_by: 'git github.example', state: 'waiting' });

  pages.giveUp('window_closed');
  await settle();
  const refused = await failure(ask());
  expect([refused.code, refused.problem.reason]).toEqual(['sign_in_needed', 'sign_in_given_up']);
  expect(pages.shown()).toBe(1);

  // The person begins one, and leaves it: programs may ask again. One that is replaced was not given up.
  await kit.keyfob.login('hq');
  expect(await ask()).toMatchObject({ joined: true });
  await kit.clock.pass(301_000);
  await ask();
  await kit.keyfob.login('hq');
  pages.giveUp('window_closed');
  await settle();
  isAllowed = false;
  expect((await failure(ask())).problem.reason).toBe('sign_in_not_on_demand');
  await ask('person');
  pages.answer();
  await settle();
  expect((await kit.keyfob.token({ account: 'hq' })).access_token).toBe('t');
  // Who comes late finds it done.
  expect(await ask()).toMatchObject({ kind: 'done' });
});
