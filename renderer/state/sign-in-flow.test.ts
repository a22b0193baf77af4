import { describe, expect, it } from 'vitest';
import { application, signInOnPage, windowKit } from '../../testing/window-kit.ts';
import { windowState } from '../../testing/window-state.ts';
import { SignInFlow } from './sign-in-flow.svelte.ts';

const states = (flow: SignInFlow): string[] => flow.steps.map(({ step, state }) => `${step} ${state}`);

describe('a sign-in', () => {
  it('without a page is done in two steps', async () => {
    await using kit = await windowKit();
    await kit.add(application, 'hq');
    const { host, session } = await windowState(kit);
    const flow = new SignInFlow(host, session, 'hq');
    expect(states(flow)).toEqual(['code_exchanged running', 'token_kept waiting']);
    await flow.start(undefined);
    expect([flow.phase, flow.byPage]).toEqual(['done', false]);
    expect(states(flow)).toEqual(['code_exchanged done', 'token_kept done']);
    expect(session.byName('hq')?.state).toBe('live');
  });

  it('that the vendor refuses has failed at its first step, and can be begun again', async () => {
    await using kit = await windowKit();
    const { settings, secrets } = await kit.add(application, 'hq');
    await kit.ask('account.change', { name: 'hq', settings: {}, secrets: { client_secret: 'wrong' } });
    const { host, session } = await windowState(kit);
    const flow = new SignInFlow(host, session, 'hq');
    await flow.start(undefined);
    expect([flow.phase, flow.problem?.error]).toEqual(['failed', 'invalid_client']);
    expect(states(flow)[0]).toBe('code_exchanged failed');
    await kit.ask('account.change', { name: 'hq', settings, secrets });
    await flow.start(undefined);
    expect([flow.phase, flow.problem]).toEqual(['done', null]);
  });

  it('by a page waits for the person, and follows the host to its end', async () => {
    await using kit = await windowKit();
    await kit.add('practice-json', 'visitors');
    const { host, session } = await windowState(kit);
    const end = session.start(() => undefined);
    const flow = new SignInFlow(host, session, 'visitors');
    await flow.start('paste');
    expect([flow.phase, flow.byPage, flow.pasted]).toEqual(['waiting', true, true]);
    expect(states(flow)[0]).toBe('page_opened running');
    flow.open();
    expect(states(flow)[1]).toBe('redirect_caught running');
    await flow.paste(await signInOnPage(flow.view?.url ?? '', kit.vendor));
    await expect.poll(() => flow.phase).toBe('done');
    expect(session.byName('visitors')?.state).toBe('live');
    end();
  });

  it('that waits already is followed, not begun anew', async () => {
    await using kit = await windowKit();
    await kit.add('practice-json', 'visitors');
    const { host, session, called } = await windowState(kit);
    const first = new SignInFlow(host, session, 'visitors');
    await first.start(undefined);
    const second = new SignInFlow(host, session, 'visitors');
    await second.start(undefined);
    expect(second.view?.id).toBe(first.view?.id);
    expect(called.filter((name) => name === 'sign_in.start')).toHaveLength(1);
    await second.cancel();
    expect(called).toContain('sign_in.cancel');
  });
});
