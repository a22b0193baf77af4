// The commands that change an account, each with the home that it begins with and what may be left of it; and all
// commands, in the order of the table.
import type { Command } from './agent-point.ts';
import { homeCommands } from './home-commands.ts';
import { accepted, add, base, fieldsOf, fresh, Look, old, rotated, twoSignedIn } from './look.ts';
import { startCommands } from './start-commands.ts';

/** To an origin that its secrets were never given to. */
const setOrigin: Command = {
  name: 'set-origin',
  accepted,
  prepare: twoSignedIn,
  line: ({ b }) => ({
    args: [
      ...['set', 'hq', '--secret', 'client_secret', '--secret', 'password'],
      ...Object.entries(fieldsOf(fresh, b)).flatMap(([field, value]) => ['--set', `${field}=${value}`]),
    ],
    input: `${fresh.client_secret}\n${fresh.password}\n`,
  }),
  async judge(after) {
    const look = new Look(after);
    const isNew = after.config['hq']?.fields['token_url'] === after.b.tokenUrl;
    look.expectTold(isNew);
    const state = (await look.account())?.state;
    look.expect(
      state === (isNew ? 'signed_out' : 'live'),
      `${isNew ? 'new' : 'old'} settings, and it is ${state ?? 'gone'}`,
    );
    if (state === 'live') await look.signedIn([1]);
    await look.signsIn(isNew ? 'new' : 'old');
    return look.done();
  },
};

/** To an origin that it was at before: no question stands between the old tokens and the new vendor. */
const set: Command = {
  ...setOrigin,
  name: 'set',
  async prepare(stage) {
    await twoSignedIn(stage);
    await stage.client.set('hq', { settings: {}, secrets: {}, allow_origins: [stage.b.origin] });
  },
};

const setSecret: Command = {
  name: 'set-secret',
  accepted,
  prepare: twoSignedIn,
  line: () => ({
    args: ['set', 'hq', '--set', `scope=${rotated.scope}`, '--secret', 'client_secret'],
    input: `${rotated.client_secret}\n`,
  }),
  async judge(after) {
    const look = new Look(after);
    const isNew = after.config['hq']?.fields['scope'] === rotated.scope;
    look.expectTold(isNew);
    await look.signedIn([1], { credentials: isNew ? 'rotated' : 'old' });
    await look.signsIn(isNew ? 'rotated' : 'old');
    return look.done();
  },
};

const addAccount: Command = {
  name: 'add',
  accepted,
  async prepare(stage) {
    await add(stage, 'first', true);
    await add(stage, 'other', true);
  },
  line: ({ a }) => ({
    args: [
      ...['add', 'hq', '--provider', base.provider, '--grant', base.grant],
      ...Object.entries(fieldsOf(old, a)).flatMap(([field, value]) => ['--set', `${field}=${value}`]),
      ...['--secret', 'client_secret', '--secret', 'password'],
    ],
    input: `${old.client_secret}\n${old.password}\n`,
  }),
  async judge(after) {
    const look = new Look(after);
    const account = await look.account();
    look.expectTold(account !== undefined);
    if (account === undefined) await look.nameIsFree();
    else await look.signedOut();
    await look.signsIn('old');
    return look.done();
  },
};

const login: Command = {
  name: 'login',
  accepted,
  async prepare(stage) {
    await add(stage, 'first', true);
    await add(stage, 'other', true);
    await add(stage, 'hq', false);
  },
  line: () => ({ args: ['login', 'hq'], input: '' }),
  async judge(after) {
    const look = new Look(after);
    const state = (await look.account())?.state;
    look.expectTold(state === 'live');
    if (state === 'live') {
      await look.signedIn([3]);
    } else {
      look.expect(state === 'signed_out', `it is ${state ?? 'gone'}`);
      await look.signedOut();
    }
    await look.signsIn('old');
    return look.done();
  },
};

const loginAgain: Command = {
  ...login,
  name: 'login-again',
  prepare: twoSignedIn,
  async judge(after) {
    const look = new Look(after);
    const generation = await look.signedIn([1, 3]);
    look.expectTold(generation === 3);
    await look.signsIn('old');
    return look.done();
  },
};

const refresh: Command = {
  name: 'refresh',
  accepted,
  prepare: twoSignedIn,
  line: () => ({ args: ['refresh', 'hq'], input: '' }),
  async judge(after) {
    const look = new Look(after);
    const generation = await look.signedIn([1, 3], { inFlight: true });
    // Told as failed, the new token may be there all the same: the vendor holds no other good.
    look.expect(after.told !== 'done' || generation === 3, 'told as done, but has not happened');
    const served = after.served === null ? null : after.a.generationOf(after.served);
    look.expect(
      served === null || generation === null || generation >= served,
      'a token was served that was not kept',
    );
    return look.done();
  },
};

const logout: Command = {
  name: 'logout',
  accepted,
  prepare: twoSignedIn,
  line: () => ({ args: ['logout', 'hq'], input: '' }),
  async judge(after) {
    const look = new Look(after);
    const state = (await look.account())?.state;
    look.expectTold(state === 'signed_out');
    if (state === 'signed_out') await look.signedOut();
    else await look.signedIn([1]);
    await look.signsIn('old');
    return look.done();
  },
};

const remove: Command = {
  name: 'remove',
  accepted,
  prepare: twoSignedIn,
  line: () => ({ args: ['remove', 'hq'], input: '' }),
  async judge(after) {
    const look = new Look(after);
    const account = await look.account();
    look.expectTold(account === undefined);
    if (account === undefined) await look.nameIsFree();
    else await look.signedIn([1]);
    await look.signsIn('old');
    return look.done();
  },
};

/** All of them, in the order of the table. */
export const commands: readonly Command[] = [
  set,
  setOrigin,
  setSecret,
  addAccount,
  login,
  loginAgain,
  refresh,
  logout,
  remove,
  ...homeCommands,
  ...startCommands,
];
