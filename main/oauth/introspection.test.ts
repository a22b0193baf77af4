// The life of a token that its answer does not tell, asked for at the vendor (RFC 7662).
import { describe, expect, it } from 'vitest';
import { answer, contextOf, recorded } from '../../testing/recorded-exchange.ts';
import { faultsWith, profileWith } from '../../testing/small-profile.ts';
import type { ClientContext } from './client-context.ts';

const fields = { client_id: { label: 'x' }, client_secret: { label: 'x', secret: true } };
const grants = {
  client_credentials: { required: Object.keys(fields), renewal: ['client_credentials'] },
};

const contextWith = (change: object): ClientContext =>
  contextOf(
    profileWith({ fields, grants, ...change }),
    'client_credentials',
    { client_id: 'c' },
    { client_secret: 's' },
  );

const asks = contextWith({ introspection: { url: 'https://acme.example/introspect' } });
const token = (more = {}) => answer({ access_token: 'a-token', token_type: 'Bearer', ...more });

async function lifetime(context: ClientContext, ...answers: (Response | Error)[]) {
  const kit = recorded(...answers);
  const came = await kit.exchange.signIn(context, 'client_credentials');
  if (came.kind !== 'granted') throw new Error(came.kind);
  return { lifetime: came.value.session.lifetime, assumed: came.value.lifetimeAssumed, sent: kit.sent };
}

describe('a token whose answer has no end', () => {
  const now = Math.round(recorded().clock.unixMs() / 1000);

  it('lives as long as the vendor says when it is asked, by a client that shows itself', async () => {
    const told = await lifetime(asks, token(), answer({ active: true, exp: now + 900 }));
    expect(told).toMatchObject({ lifetime: 900_000, assumed: undefined });
    const [head = '', body = ''] = (told.sent[1] ?? '').split('\n\n');
    expect(head.split('\n')[0]).toBe('POST https://acme.example/introspect');
    expect(head).toContain(`authorization: Basic ${btoa('c:s')}`);
    expect(body).toBe('token=a-token&token_type_hint=access_token');
  });

  it('shows itself in a header that names it', async () => {
    const headers = { Authorization: 'Bearer {access_token}' };
    const shows = contextWith({ introspection: { url: 'https://acme.example/introspect', headers } });
    const told = await lifetime(shows, token(), answer({ active: true, exp: now + 900 }));
    expect(told.sent[1]).toContain('authorization: Bearer a-token');
  });

  it('is asked about once the refresh token of a further exchange is kept', async () => {
    const both = contextWith({
      token: { url: 'https://acme.example/token', further_exchange: { url: 'https://acme.example/further' } },
      introspection: { url: 'https://acme.example/introspect' },
    });
    const [told, further] = [answer({ active: true, exp: now + 900 }), token({ refresh_token: 'r2' })];
    const kit = recorded(token({ refresh_token: 'r1' }), token(), told.clone(), token(), further, told);
    const first = await kit.exchange.signIn(both, 'client_credentials');
    if (first.kind !== 'granted') throw new Error(first.kind);
    const kept: unknown[] = [];
    const keep = async (refreshToken: string) => void kept.push([refreshToken, kit.sent.length]);
    await kit.exchange.refresh(both, first.value.session, {}, { onSpend: () => undefined, keep });
    expect(kit.sent).toHaveLength(6);
    expect(kept).toEqual([['r2', 5]]);
  });

  it('is measured by the vendor’s clock', async () => {
    const date = new Date((now + 3_600) * 1000).toUTCString();
    const told = await lifetime(asks, token(), answer({ active: true, exp: now + 4_500 }, 200, { date }));
    expect(told.lifetime).toBe(900_000);
  });

  it.each([
    ['is not active', answer({ active: false })],
    ['has no end there either', answer({ active: true })],
    ['is told of by another word', answer({ exp: now + 900 })],
    ['may not be asked about', answer({ error: 'invalid_client' }, 401)],
    ['is asked about in vain', new Error('no network')],
    ['is asked about at a page', answer('<!doctype html>', 200, { 'content-type': 'text/html' })],
  ])('is served as it is where it %s', async (_what, came) => {
    expect(await lifetime(asks, token(), came)).toMatchObject({ lifetime: null, assumed: true });
  });

  it('is asked about nowhere where the answer told its end, or the profile does not ask', async () => {
    expect((await lifetime(asks, token({ expires_in: 60 }))).sent).toHaveLength(1);
    expect((await lifetime(contextWith({}), token())).sent).toHaveLength(1);
  });

  it('has its new refresh token kept before it is asked about', async () => {
    const kit = recorded(token({ refresh_token: 'r2' }), answer({ active: true, exp: now + 900 }));
    const session = {
      ...{ access_token: 'a0', token_type: 'bearer', obtained_at: 0, lifetime: null, scope: null },
      ...{ refresh_token: 'r1', bound: { redirect_uri: null, scope: null } },
    };
    const kept: [string, number][] = [];
    const keep = async (one: string) => void kept.push([one, kit.sent.length]);
    const came = await kit.exchange.refresh(asks, session, {}, { onSpend: () => undefined, keep });
    expect(came).toMatchObject({ kind: 'granted', value: { session: { lifetime: 900_000 } } });
    expect(kept).toEqual([['r2', 1]]);
  });

  it('is not sent where the account’s secrets may not go', async () => {
    const gate = {
      check: (url: string) => {
        if (url.includes('introspect')) throw new TypeError('not there');
      },
      discovered: async () => true,
    };
    const kit = recorded(token());
    await expect(kit.exchange.signIn({ ...asks, gate }, 'client_credentials')).rejects.toThrow('not there');
    expect(kit.sent).toHaveLength(1);
  });
});

describe('a profile that asks', () => {
  it('names an address, or an issuer whose metadata does', () => {
    const faults = (change: object) => faultsWith({ fields, grants, ...change });
    expect(faults({ introspection: {} })).toEqual(['introspection: needs_url']);
    expect(faults({ introspection: {}, issuer: 'https://id.example.com' })).toEqual([]);
    expect(faults({ introspection: { url: 'https://{nowhere}.example/i' } })).toEqual([
      'introspection.url: names_no_field',
    ]);
  });
});
