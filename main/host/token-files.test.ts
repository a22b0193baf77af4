import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLOSED, fakeWindows, OPEN } from '../../testing/fake-windows.ts';
import { expectMode, hasModes, hasSymlinks } from '../../testing/system.ts';
import { addAccount, endpointKit, kitLifetime, type EndpointKit } from '../../testing/endpoint-kit.ts';
import { settle } from '../../testing/virtual-clock.ts';
import { openTokenFiles } from './token-files.ts';

/** An account, and a folder of the person's own. */
async function opened() {
  const kit = await endpointKit([{ name: 'hq' }]);
  const folder = path.join(kit.folder, 'own');
  mkdirSync(folder, { mode: 0o700 });
  const add = (file: string): Promise<Response> =>
    kit.ask('POST /v1/token-files', { body: { account: 'hq', path: file } });
  return { kit, folder, file: path.join(folder, 'token'), add };
}

const inHand = async (kit: EndpointKit): Promise<string> =>
  (await kit.keyfob.token({ account: 'hq' })).access_token;

/** Lets the files be written or removed. */
async function written(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await settle();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a token file', () => {
  it('holds the token and nothing else, for its owner alone, and follows it until it is removed', async () => {
    const { kit, file, add } = await opened();
    await using _ = kit;
    expect((await add(file)).status).toBe(201);
    expect(readFileSync(file, 'utf8')).toBe(await inHand(kit));
    expectMode(file, 0o600);
    const before = readFileSync(file, 'utf8');
    await kit.clock.pass(kitLifetime * 1000);
    await written();
    expect(readFileSync(file, 'utf8')).toBe(await inHand(kit));
    expect(readFileSync(file, 'utf8')).not.toBe(before);
    expect((await add(file)).status).toBe(409);
    const removed = await kit.ask(`DELETE /v1/token-files?path=${encodeURIComponent(file)}`);
    expect([removed.status, existsSync(file)]).toEqual([204, false]);
    expect((await kit.ask(`DELETE /v1/token-files?path=${encodeURIComponent(file)}`)).status).toBe(400);
  });

  it('is gone at logout, lock, the end and with the account, and back with the next token', async () => {
    const { kit, file, add } = await opened();
    await using _ = kit;
    await add(file);
    await kit.keyfob.logout('hq');
    await written();
    expect(existsSync(file)).toBe(false);
    await kit.keyfob.login('hq');
    await written();
    expect(readFileSync(file, 'utf8')).toBe(await inHand(kit));
    await kit.keyfob.lock();
    await written();
    expect(existsSync(file)).toBe(false);
    await kit.keyfob.unlock();
    await written();
    expect(existsSync(file)).toBe(true);
    // As a kill leaves it, and the start after that: what is there is renewed, and removed at the end.
    writeFileSync(file, 'an old token');
    writeFileSync(`${file}.tmp-0123456789ab`, 'the next one, half wri');
    writeFileSync(`${file}.tmp-ba9876543210`, 'one of a clock that was set back');
    utimesSync(`${file}.tmp-ba9876543210`, Date.now() / 1000 + 3600, Date.now() / 1000 + 3600);
    const others = [`${file}.tmp-note`, `${file}.json.tmp-0123456789ab`];
    for (const other of others) writeFileSync(other, 'not of this file');
    const next = openTokenFiles({ keyfob: kit.keyfob, access: kit.access, clock: kit.clock });
    await written();
    expect(readFileSync(file, 'utf8')).toBe(await inHand(kit));
    expect(existsSync(`${file}.tmp-0123456789ab`)).toBe(false);
    expect(existsSync(`${file}.tmp-ba9876543210`)).toBe(false);
    expect(others.filter((other) => existsSync(other))).toEqual(others);
    await next.close();
    expect(existsSync(file)).toBe(false);
    await kit.keyfob.remove('hq');
    await written();
    expect(next.list()).toEqual([]);
  });

  it.runIf(hasModes && hasSymlinks)(
    'is refused where others may write, over a file that is not ours, and through a link',
    async () => {
      const { kit, folder, file, add } = await opened();
      await using _ = kit;
      writeFileSync(file, 'mine');
      symlinkSync(path.join(folder, 'elsewhere'), path.join(folder, 'link'));
      const open = path.join(kit.folder, 'open');
      mkdirSync(open);
      chmodSync(open, 0o777);
      for (const [place, status] of [
        [file, 409],
        [path.join(folder, 'link'), 409],
        [path.join(open, 'token'), 400],
        ['/tmp/keyfob-token-of-a-test', 400],
        [path.join(folder, 'nowhere', 'token'), 400],
        ['token', 400],
      ] as const)
        expect([place, (await add(place)).status]).toEqual([place, status]);
      expect(readFileSync(file, 'utf8')).toBe('mine');
      expect(existsSync(path.join(folder, 'elsewhere'))).toBe(false);
      expect(await (await kit.ask('GET /v1/token-files')).json()).toEqual([]);
    },
  );

  it('lies in a folder that exists, and on Windows in one that nobody else can open', async () => {
    const { kit, folder, file, add } = await opened();
    await using _ = kit;
    const missing = await add(path.join(folder, 'nowhere', 'token'));
    expect(await missing.json()).toMatchObject({ reason: 'token_file_no_folder' });
    const at = (profile: string, list: string | null) => {
      const { machine } = fakeWindows({ profile, list });
      return openTokenFiles({ keyfob: kit.keyfob, access: kit.access, clock: kit.clock, machine });
    };
    const wanted = { account: 'hq', path: file };
    for (const [profile, list] of [
      [kit.folder, OPEN],
      [path.join(kit.folder, 'elsewhere'), OPEN],
      [path.join(kit.folder, 'elsewhere'), null],
    ] as const)
      await expect(at(profile, list).add(wanted)).rejects.toMatchObject({
        problem: { reason: 'token_file_folder_open' },
      });
    expect(existsSync(file)).toBe(false);
    for (const [profile, list] of [
      [kit.folder, null],
      [folder, null],
      [path.join(kit.folder, 'elsewhere'), CLOSED],
    ] as const) {
      const files = at(profile, list);
      await files.add(wanted);
      expect(readFileSync(file, 'utf8')).toBe(await inHand(kit));
      await files.remove(file);
      expect(existsSync(file)).toBe(false);
    }
  });

  it('is the owner’s alone: no key opens it, and it stands in the audit', async () => {
    const { kit, file, add } = await opened();
    await using _ = kit;
    const { key } = (await (await kit.ask('POST /v1/clients', { body: { name: 'p' } })).json()) as {
      key: string;
    };
    const body = { account: 'hq', path: file };
    for (const listener of ['socket', 'tcp', 'guest'] as const)
      expect((await kit.ask('POST /v1/token-files', { listener, key, body })).status).toBe(403);
    await add(file);
    const lines = await kit.access.audit.tail(10);
    expect(lines.filter((line) => line.route === 'token_file.write')).toMatchObject([
      { via: 'keyfob', account: 'hq', outcome: 'ok', about: file },
    ]);
  });

  it('is gone at a logout, and at the end, though a vendor that is being asked does not answer', async () => {
    const { kit, folder, file, add } = await opened();
    await using _ = kit;
    await addAccount(kit.core, { name: 'other' });
    await add(file);
    const { answer } = kit.core;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    kit.core.answer = async (asked) => {
      await held;
      return answer(asked);
    };
    // Its token has ended, and the vendor is asked for another one.
    await kit.keyfob.lock();
    await written();
    await kit.clock.pass(kitLifetime * 2000);
    await kit.keyfob.unlock();
    await written();
    const second = path.join(folder, 'second');
    writeFileSync(second, 'as a kill left it');
    await kit.keyfob.settings.change((now) => ({
      ...now,
      token_files: [...now.token_files, { account: 'other', path: second }],
    }));
    await kit.keyfob.logout('other');
    await written();
    expect(existsSync(second)).toBe(false);
    writeFileSync(file, 'as a kill left it');
    const next = openTokenFiles({ keyfob: kit.keyfob, access: kit.access, clock: kit.clock });
    await next.close();
    expect(existsSync(file)).toBe(false);
    release();
    await written();
  });

  it('is gone when changed settings end the sign-in', async () => {
    const { kit, file, add } = await opened();
    await using _ = kit;
    await add(file);
    await kit.keyfob.set('hq', {
      settings: { token_url: 'https://vendor.example/other' },
      secrets: { client_secret: 'new' },
    });
    await written();
    expect([kit.keyfob.account('hq').state, existsSync(file)]).toEqual(['signed_out', false]);
  });
});
