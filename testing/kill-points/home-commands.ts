// The commands that change a home and no account that is there: client keys, own profiles, what is selected, imports.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ask, makeFolder } from '../program.ts';
import type { Command, Stage } from './agent-point.ts';
import { accepted, add, attempt, base, fieldsOf, Look, old, twoSignedIn } from './look.ts';
import type { StrictVendor } from './strict-vendor.ts';

/** Keys that `prepare` made, by the vendor of its home. */
const keys = new WeakMap<StrictVendor, string>();

async function withClients(stage: Stage): Promise<void> {
  await twoSignedIn(stage);
  await stage.client.addClient({ name: 'kept' });
  const { key } = await stage.client.addClient({ name: 'script' });
  keys.set(stage.a, key);
}

const clientAdd: Command = {
  name: 'client-add',
  accepted,
  async prepare(stage) {
    await twoSignedIn(stage);
    await stage.client.addClient({ name: 'kept' });
  },
  line: () => ({ args: ['client', 'add', 'script'], input: '' }),
  async judge(after) {
    const look = new Look(after);
    const names = (await after.client.clients()).map(({ name }) => name);
    look.expect(names.includes('kept'), 'another client is gone');
    look.expectTold(names.includes('script'));
    if (!names.includes('script')) {
      const added = await attempt(() => after.client.addClient({ name: 'script' }));
      look.expect('value' in added, 'the name of the client is not free');
    }
    await look.signedIn([1]);
    return look.done();
  },
};

const clientRemove: Command = {
  name: 'client-remove',
  accepted,
  prepare: withClients,
  line: () => ({ args: ['client', 'remove', 'script'], input: '' }),
  async judge(after) {
    const look = new Look(after);
    const names = (await after.client.clients()).map(({ name }) => name);
    look.expect(names.includes('kept'), 'another client is gone');
    look.expectTold(!names.includes('script'));
    const { endpoint } = await after.client.status();
    const { status } = await ask(`${endpoint ?? ''}/v1/accounts`, {
      headers: { Authorization: `Bearer ${keys.get(after.a) ?? ''}` },
    });
    look.expect((status === 200) === names.includes('script'), `its key is answered ${String(status)}`);
    await look.signedIn([1]);
    return look.done();
  },
};

/** A profile in its first form, and in a later one, by its name. */
const profileOf = (name: string): Record<string, unknown> => ({
  id: 'own-vendor',
  name,
  fields: {
    token_url: { label: 'Token URL', kind: 'url' },
    client_id: { label: 'Client ID' },
    client_secret: { label: 'Client secret', secret: true },
  },
  grants: {
    client_credentials: {
      required: ['token_url', 'client_id', 'client_secret'],
      renewal: ['client_credentials'],
    },
  },
  default_grant: 'client_credentials',
  extends: 'oauth2',
});

function fileWith(content: unknown): string {
  const file = path.join(makeFolder(), 'given.json');
  writeFileSync(file, JSON.stringify(content));
  return file;
}

async function profileName({ client }: Pick<Stage, 'client'>): Promise<string | null> {
  return (await client.providers()).find(({ id }) => id === 'own-vendor')?.name ?? null;
}

const providerAdd: Command = {
  name: 'provider-add',
  accepted,
  prepare: twoSignedIn,
  line: () => ({ args: ['provider', 'add', fileWith(profileOf('Second'))], input: '' }),
  async judge(after) {
    const look = new Look(after);
    const name = await profileName(after);
    look.expect(name === null || name === 'Second', `the profile is ${name ?? 'gone'}`);
    look.expectTold(name === 'Second');
    await look.signedIn([1]);
    return look.done();
  },
};

const providerReplace: Command = {
  ...providerAdd,
  name: 'provider-replace',
  async prepare(stage) {
    await twoSignedIn(stage);
    await stage.client.addProvider(JSON.stringify(profileOf('First')));
  },
  async judge(after) {
    const look = new Look(after);
    const name = await profileName(after);
    look.expect(name === 'First' || name === 'Second', `the profile is ${name ?? 'gone'}`);
    look.expectTold(name === 'Second');
    await look.signedIn([1]);
    return look.done();
  },
};

const use: Command = {
  name: 'use',
  accepted,
  prepare: twoSignedIn,
  line: () => ({ args: ['use', 'other'], input: '' }),
  async judge(after) {
    const look = new Look(after);
    const selected = (await after.client.accounts()).filter((one) => one.selected).map(({ name }) => name);
    const ofProvider = (await after.client.accounts()).filter((one) => one.selected_for_provider);
    look.expect(['hq', 'other'].includes(selected.join()), `selected is ${selected.join() || 'none'}`);
    look.expect(ofProvider.map(({ name }) => name).join() === selected.join(), 'half of it is selected');
    look.expectTold(selected.join() === 'other');
    await look.signedIn([1]);
    return look.done();
  },
};

/** What an import told as refused. */
function refusedOf(output: string): string[] {
  if (!output.startsWith('[')) return [];
  const results = JSON.parse(output) as { name: string; outcome: string }[];
  return results.filter(({ outcome }) => outcome === 'refused').map(({ name }) => name);
}

/** Brings a profile, an account of it and one more. What became of each is told for each; the command fails or not as a whole. */
const importFile: Command = {
  name: 'import',
  accepted,
  async prepare(stage) {
    await add(stage, 'first', true);
    await add(stage, 'other', true);
  },
  line: ({ a }) => ({
    args: [
      'import',
      '--json',
      fileWith({
        keyfob_export: 1,
        accounts: ['hq', 'more'].map((name) => ({ name, ...base, fields: fieldsOf(old, a) })),
        selected: 'hq',
        selected_by_provider: { oauth2: 'hq' },
        profiles: [profileOf('Second')],
        secrets: null,
      }),
    ],
    input: '',
  }),
  async judge(after) {
    const look = new Look(after);
    const names = (await after.client.accounts()).map(({ name }) => name);
    look.expect(names.includes('first') && names.includes('other'), 'an account is gone');
    const isThere = [names.includes('hq'), names.includes('more'), (await profileName(after)) === 'Second'];
    look.expect(after.told !== 'done' || !isThere.includes(false), 'told as done, but has not happened');
    const refused = refusedOf(after.output);
    const things = ['hq', 'more', 'own-vendor'];
    things.forEach((name, index) =>
      look.expect(
        !refused.includes(name) || isThere[index] === false,
        `${name} was told as refused, and is there`,
      ),
    );
    look.expect(
      after.told !== 'failed' || refused.length > 0 || !isThere.includes(true),
      'told as failed, but has happened',
    );
    for (const name of ['hq', 'more'].filter((one) => names.includes(one))) {
      const set = await attempt(() =>
        after.client.set(name, {
          settings: {},
          secrets: { client_secret: old.client_secret, password: old.password },
        }),
      );
      look.expect('value' in set, `${name} cannot be given its secrets`);
      const login = await attempt(() => after.client.login(name, {}));
      look.expect('value' in login, `${name} does not sign in`);
    }
    return look.done();
  },
};

export const homeCommands: readonly Command[] = [
  clientAdd,
  clientRemove,
  providerAdd,
  providerReplace,
  use,
  importFile,
];
