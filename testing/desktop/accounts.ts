// A desktop with accounts of the practice vendor, signed in without a page.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { AccountAnswer } from '../../main/api/accounts.ts';
import type { Preferences } from '../../main/api/preferences.ts';
import { fieldsOf, linesOf } from '../program.ts';
import type { Practice } from '../program.ts';
import { startPlainDesktop } from './desktop.ts';
import type { PlainDesktop } from './desktop.ts';
import type { DesktopSession } from './session.ts';

export interface StockedDesktop extends PlainDesktop {
  /** Runs a command that has to end with 0, and gives its standard output. */
  done(args: readonly string[], input?: string): Promise<string>;
  account(name: string): Promise<AccountAnswer>;
  /** The token that Keyfob serves now. */
  token(name: string): Promise<string>;
}

export interface Stock {
  readonly practice: Practice;
  /** Account names, each with the practice account that it is one of. The first is selected. */
  readonly accounts: Readonly<Record<string, string>>;
  readonly preferences?: Partial<Preferences>;
}

let homes = 0;

/** Starts a desktop without a window, on a vault in memory, and signs its accounts in. */
export async function startStocked(session: DesktopSession, stock: Stock): Promise<StockedDesktop> {
  homes += 1;
  const home = path.join(session.folder, `stocked-${homes}`);
  mkdirSync(home, { mode: 0o700 });
  if (stock.preferences !== undefined) {
    writeFileSync(path.join(home, 'preferences.json'), JSON.stringify(stock.preferences));
  }
  const args = ['--json', '--hidden', '--port', '0', '--vault', 'memory'];
  const desktop = startPlainDesktop(session, { home, args });
  await desktop.ready();
  const done = async (args: readonly string[], input?: string): Promise<string> => {
    const { code, stdout, stderr } = await desktop.keyfob(args, input);
    if (code !== 0) throw new Error(`keyfob ${args.join(' ')} ended with ${String(code)}: ${stderr}`);
    return stdout;
  };
  for (const [name, like] of Object.entries(stock.accounts)) {
    const account = stock.practice.account(like);
    await done(['add', name, ...fieldsOf(account)], linesOf(account));
    await done(['login', name]);
  }
  const [first] = Object.keys(stock.accounts);
  if (first !== undefined) await done(['use', first]);
  return {
    ...desktop,
    done,
    async account(name) {
      const all = JSON.parse(await done(['accounts', '--json'])) as AccountAnswer[];
      const found = all.find((account) => account.name === name);
      if (found === undefined) throw new Error(`There is no account ${name}.`);
      return found;
    },
    token: async (name) => (await done(['token', name])).trim(),
  };
}
