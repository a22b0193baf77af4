// Sign-ins at vendors that answer otherwise than the standard says: the core over the agent's own listener.
import { afterEach, describe, expect, it } from 'vitest';
import { emptyHome, json, openKit, type Kit } from '../../testing/core-kit.ts';
import { ask } from '../../testing/program.ts';
import { createCallbackSignIn } from './callback.ts';

const kits: Kit[] = [];
const signIn = createCallbackSignIn();
afterEach(async () => {
  for (const kit of kits.splice(0)) await kit.keyfob.stop();
  await signIn.close();
});

/** An account of a vendor that gives a token for any code, with PKCE. */
async function begin(
  settings: Record<string, string>,
  options: { paste?: boolean } = {},
  provider = 'oauth2',
) {
  const kit = await openKit(() => json({ access_token: 'a', token_type: 'bearer', expires_in: 3600 }), {
    ...emptyHome(),
    signIn,
  });
  kits.push(kit);
  const addresses = {
    authorize_url: 'https://vendor.example/authorize',
    token_url: 'https://vendor.example/token',
  };
  await kit.keyfob.add({
    name: 'v',
    provider,
    grant: 'authorization_code',
    settings: { ...(provider === 'oauth2' ? addresses : {}), client_id: 'c', ...settings },
    secrets: {},
  });
  const begun = await kit.keyfob.login('v', options);
  if (begun.kind !== 'waiting') throw new Error('it waits for a person');
  const { id, url } = begun.signIn;
  return { kit, id, url: url ?? '', view: () => kit.keyfob.signIn(id) };
}

/** What the vendor's page was asked for, from where the start page leads. */
async function authorizeRequest(start: string): Promise<URLSearchParams> {
  const { headers } = await ask(start);
  return new URL(headers.location ?? '').searchParams;
}

describe('an error redirect without its state', () => {
  it('ended nothing, but was told as an answer of nobody: its words are shown as unproven', async () => {
    const { url, view } = await begin({});
    const asked = await authorizeRequest(url);
    const redirect = asked.get('redirect_uri') ?? '';
    const query = 'error=access_denied&error_description=Ask%20%3Cb%3Eyour%3C%2Fb%3E%20admin';
    const page = await ask(`${redirect}?${query}`);
    expect(page.status).toBe(400);
    expect(page.text).toContain('access_denied: Ask &#60;b&#62;your&#60;/b&#62; admin');
    expect(page.text).toContain('may not be from the vendor');
    expect(view()).toMatchObject({
      state: 'waiting',
      notice: {
        reason: 'redirect_error_unproven',
        params: { error: 'access_denied: Ask <b>your</b> admin' },
      },
    });
    await ask(`${redirect}?code=x&state=${asked.get('state') ?? ''}`);
    await expect.poll(() => view().state).toBe('done');
    expect(view().notice).toBeNull();
  });
});

describe('a code alone', () => {
  const oob = 'urn:ietf:wg:oauth:2.0:oob';

  it.each([{}, { redirect_uri: oob }, { redirect_uri: 'https://app.example.com/cb' }])(
    'was refused though PKCE ties it to its sign-in: %o',
    async (settings) => {
      const { kit, id, url, view } = await begin(settings, { paste: true });
      const redirect = new URL(url).searchParams.get('redirect_uri');
      expect(redirect).toMatch('redirect_uri' in settings ? settings.redirect_uri : /^http:/);
      await kit.keyfob.pasteRedirect(id, ' 4/0Ab-code_1~= ');
      await expect.poll(() => view().state).toBe('done');
      expect(kit.asked.at(-1)?.parameters).toMatchObject({
        code: '4/0Ab-code_1~=',
        redirect_uri: redirect,
        code_verifier: expect.stringMatching(/^.{43}$/),
      });
    },
  );

  it.each([
    'two words',
    'https://other.example/cb?code=x',
    'code=x',
    '?code=x&state=y',
    'myapp:/cb?code=x',
    '',
  ])('is not what %j is', async (text) => {
    const { kit, id, view } = await begin({}, { paste: true });
    await expect(kit.keyfob.pasteRedirect(id, text)).rejects.toMatchObject({
      problem: { reason: 'not_the_redirect' },
    });
    expect(view().state).toBe('waiting');
  });

  it('is taken where the profile says so alone: a vendor without PKCE must send its state', async () => {
    const settings = { site: 'https://hq.example.com', redirect_uri: 'https://app.example.com/cb' };
    const { kit, id } = await begin(settings, { paste: true }, 'eptura-workplace');
    await expect(kit.keyfob.pasteRedirect(id, 'abc')).rejects.toMatchObject({
      problem: { reason: 'not_the_redirect' },
    });
  });

  it('is shown with a redirect URI that leads nowhere, and pasting it is the way', async () => {
    await expect(begin({ redirect_uri: oob })).rejects.toMatchObject({
      problem: { reason: 'code_is_shown', action: { type: 'sign_in_by_paste' } },
    });
    const site = { site: 'https://hq.example.com', redirect_uri: oob };
    await expect(begin(site, {}, 'eptura-workplace')).rejects.toMatchObject({
      problem: { params: { field: 'redirect_uri', fault: { reason: 'code_alone_not_taken' } } },
    });
  });
});

describe('a redirect URI that was registered without a port', () => {
  it.each([
    ['http://localhost', /^http:\/\/localhost:\d+$/],
    ['http://127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+$/],
    ['http://LocalHost/', /^http:\/\/LocalHost:\d+\/$/],
    ['http://localhost/a/cb?x=1', /^http:\/\/localhost:\d+\/a\/cb\?x=1$/],
    ['http://[::1]/cb', /^http:\/\/\[::1\]:\d+\/cb$/],
  ])('could not be listened on, though any port will do (RFC 8252 section 7.3): %s', async (uri, used) => {
    const { kit, url, view } = await begin({ redirect_uri: uri });
    const asked = await authorizeRequest(url);
    const redirect = asked.get('redirect_uri') ?? '';
    expect(redirect).toMatch(used);
    const joint = redirect.includes('?') ? '&' : '?';
    await ask(`${redirect}${joint}code=x&state=${asked.get('state') ?? ''}`);
    await expect.poll(() => view().state).toBe('done');
    expect(kit.asked.at(-1)?.parameters).toMatchObject({ redirect_uri: redirect });
  });

  it('is as it was registered where the address is pasted: some vendors take that one alone', async () => {
    const { url } = await begin({ redirect_uri: 'http://localhost' }, { paste: true });
    expect(new URL(url).searchParams.get('redirect_uri')).toBe('http://localhost');
  });
});
