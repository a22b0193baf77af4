// The question whether an account's secrets may go to an origin that they were not entered for.
//
// Invariants: it shows old and new origin; only a person at a terminal is asked, and only a written yes is one;
// a script gets the error, whose hint names the option that says yes.
import { KeyfobError } from '../api/errors.ts';
import type { OriginChange } from '../api/origins.ts';
import type { Client } from '../endpoint/client.ts';
import { readLine } from './input.ts';
import { clean } from './text.ts';

/** Whether somebody is there to ask: at a terminal that shows the question. */
function isAttended(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Asks on a terminal; without one the answer is no. */
export async function originAllowed(
  client: Client,
  { account, known, asked }: OriginChange,
): Promise<boolean> {
  if (!isAttended()) return false;
  const old = known.length === 0 ? '(none)' : clean(known.join(', '));
  process.stderr.write(`The secrets of ${clean(account)} would be sent to another address:\n`);
  process.stderr.write(`  until now  ${old}\n  new        ${clean(asked)}\n`);
  const line = await readLine('Allow it? Type yes or no: ');
  if (line?.trim().toLowerCase() !== 'yes') return false;
  await client.set(account, { settings: {}, secrets: {}, allow_origins: [asked] });
  return true;
}

/** Runs what may send secrets; after a yes to a new origin once more. Throws what it throws otherwise. */
export async function askingOrigins<T>(client: Client, run: () => Promise<T>): Promise<T> {
  const allowed = new Set<string>();
  for (;;) {
    try {
      return await run();
    } catch (error) {
      const origins = error instanceof KeyfobError ? error.problem.origins : undefined;
      if (origins === undefined || allowed.has(origins.asked)) throw error;
      if (!(await originAllowed(client, origins))) throw error;
      allowed.add(origins.asked);
    }
  }
}
