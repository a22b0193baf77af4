// The five states in which each program is tried, by its recipe as it is written.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { startWorld } from './world.ts';
import type { Api } from './api.ts';
import type { Ran, World } from './world.ts';

export interface Prepared {
  readonly api: Api;
  run(): Promise<Ran>;
  /** What the person types for a new token, where that is not `keyfob refresh hq`. */
  readonly renew?: string;
}

export interface Recipe {
  /** Makes what the program needs, and gives what runs it once: it has to end with 0 where it got what it asked for. */
  prepare(world: World): Promise<Prepared>;
  /** What the program shows when the account is signed out, where it shows what the command says. */
  readonly signedOut: RegExp;
  /** What becomes of a refused token: replaced at once, for the program's next run, or by what the person types. */
  readonly refused: 'mended' | 'for the next run' | 'told';
  /** What it shows when its token is refused and it gets no other one. */
  readonly refusal: RegExp;
}

const shown = ({ stdout, stderr }: Ran): string => `${stdout}\n${stderr}`;

/** Describes a program by what it does in each of them. */
export function tryIn(program: string, recipe: Recipe): void {
  describe(program, () => {
    let world: World;
    let api: Api;
    let run: () => Promise<Ran>;
    let renew: string;
    beforeAll(async () => {
      world = await startWorld(toolFolders());
      ({ api, run, renew = 'keyfob refresh hq' } = await recipe.prepare(world));
    });
    afterAll(() => world.close());
    beforeEach(async () => {
      world.reachable(true);
      await world.signIn();
      api.seen.length = 0;
    });

    /** Ends with 0, and its last request bore the token that the account has. */
    const succeeds = async (): Promise<void> => {
      const ran = await run();
      expect(ran, shown(ran)).toMatchObject({ code: 0 });
      expect(api.seen.at(-1)).toMatchObject({ token: await world.token(), taken: true });
    };
    /** Ends with another code, and nothing was taken. */
    const fails = async (says: RegExp): Promise<void> => {
      const ran = await run();
      expect(ran.code, shown(ran)).not.toBe(0);
      expect(shown(ran)).toMatch(says);
      expect(api.seen.filter(({ taken }) => taken)).toEqual([]);
    };

    it('gets the token of an account that is signed in, and no new one for it', async () => {
      const before = world.issued();
      await succeeds();
      await succeeds();
      expect(world.issued()).toBe(before);
    });

    it('says what to do when the account is signed out, and sends nothing in its place', async () => {
      await world.signOut();
      await fails(recipe.signedOut);
      expect(api.seen.filter(({ token }) => token !== '')).toEqual([]);
    });

    it(`has a token that is refused before its end replaced: ${recipe.refused}`, async () => {
      const old = await world.token();
      api.refuse(old);
      const before = world.issued();
      if (recipe.refused !== 'mended') await fails(recipe.refusal);
      if (recipe.refused === 'told') expect(await world.sh(renew)).toMatchObject({ code: 0 });
      await succeeds();
      expect(await world.token()).not.toBe(old);
      expect(world.issued()).toBe(before + 1);
    });

    it('goes on while the vendor is away, and says so when its token is refused then', async () => {
      world.reachable(false);
      await succeeds();
      api.refuse(await world.token());
      api.seen.length = 0;
      await fails(recipe.refusal);
      // Not reached (7), which is no reason to sign in again.
      expect(await world.agent.run(['refresh', 'hq'])).toMatchObject({ code: 7 });
    });

    it('goes on after a restart of Keyfob', async () => {
      await succeeds();
      await world.restart();
      await succeeds();
    });
  });
}

/** Where scripts/programs-test.mjs has put the programs that are not the system's. */
function toolFolders(): string[] {
  return (process.env['KEYFOB_PROGRAMS_PATH'] ?? '').split(':').filter((folder) => folder !== '');
}
