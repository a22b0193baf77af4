// A person adds a provider of their own: the line of it says whether one was replaced.
import type { Keyfob } from '../accounts/keyfob.ts';
import type { Entry } from './ledger.ts';

/** Adds the provider of a profile's text. Throws as `keyfob.addProvider` does. */
export async function addOwnProvider(
  keyfob: Pick<Keyfob, 'addProvider' | 'providers'>,
  text: string,
  entry: Entry,
): ReturnType<Keyfob['addProvider']> {
  const known = new Set(keyfob.providers().map(({ id }) => id));
  const added = await keyfob.addProvider(text);
  entry.about(known.has(added.id) ? `${added.id}, replaced` : added.id);
  return added;
}
