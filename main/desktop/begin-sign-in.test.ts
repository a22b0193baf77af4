import { problem } from '../../testing/short-message.ts';
import { describe, expect, it } from 'vitest';
import { accountView, fakeKeyfob } from '../../testing/fake-keyfob.ts';
import { notesKit } from '../../testing/notes-kit.ts';
import type { NotesKit } from '../../testing/notes-kit.ts';
import { settle } from '../../testing/virtual-clock.ts';
import { KeyfobError, toProblem } from '../api/errors.ts';
import type { ErrorCode } from '../api/codes.ts';
import type { SignInView } from '../api/sign-ins.ts';
import { createSignInStarter } from './begin-sign-in.ts';

const waiting: SignInView = {
  id: 'flow',
  account: 'hq',
  state: 'waiting',
  url: null,
  user_code: null,
  confirmation_code: null,
  expires_at: 1_800_000_000,
  steps: ['page_opened'],
  problem: null,
  notice: null,
};

async function run(
  first: SignInView | 'done' | KeyfobError,
  ends: readonly ('waiting' | 'done' | ErrorCode)[] = [],
): Promise<NotesKit & { shown_places: string[] }> {
  const kit = notesKit();
  const shown: string[] = [];
  const left = [...ends];
  const start = createSignInStarter({
    keyfob: {
      async login(name) {
        if (first instanceof KeyfobError) throw first;
        return first === 'done'
          ? { kind: 'done', account: accountView(name) }
          : { kind: 'waiting', signIn: first };
      },
      async waitForSignIn() {
        const end = left.shift() ?? 'done';
        if (end === 'waiting' || end === 'done') return { ...waiting, state: end, problem: null };
        return { ...waiting, state: 'failed', problem: toProblem(problem(end, 'So it ended.')) };
      },
    },
    window: { show: (location) => void shown.push(JSON.stringify(location)) },
    notes: kit.notes,
  });
  start('hq');
  await settle();
  return { ...kit, shown_places: shown };
}

describe('a sign-in that was begun from the tray', () => {
  it('tells that it is done, at once or after its page', async () => {
    expect((await run('done')).titles()).toEqual(['Signed in to hq']);
    expect((await run(waiting, ['waiting', 'done'])).titles()).toEqual(['Signed in to hq']);
  });

  it('opens no window of ours beside the sign-in window', async () => {
    expect((await run(waiting)).shown_places).toEqual([]);
  });

  it('opens the window where a person has to read or paste something', async () => {
    const { shown_places } = await run({ ...waiting, url: 'https://vendor.example/device' });
    expect(shown_places).toEqual(['{"screen":"sign_in","account":"hq"}']);
  });

  it('tells why it failed, and not that the person closed it', async () => {
    expect((await run(waiting, ['vendor_refused'])).visible[0]).toMatchObject({
      title: 'Signing in to hq failed',
      body: 'So it ended.',
    });
    expect((await run(waiting, ['sign_in_cancelled'])).titles()).toEqual([]);
    expect((await run(new KeyfobError('unknown_account', { account: 'hq' }))).titles()).toEqual([
      'Signing in to hq failed',
    ]);
  });

  it('asks the core as it is', () => {
    const keyfob = fakeKeyfob(accountView('hq'));
    createSignInStarter({ keyfob, window: { show: () => undefined }, notes: notesKit().notes })('hq');
    expect(keyfob.calls).toEqual(['login("hq",null)']);
  });
});
