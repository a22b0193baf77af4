// The built-in providers: a list that costs nothing, and each profile when somebody asks for it.
//
// Invariant: a profile is data, `catalog/<category>/<id>.json`; nothing here knows a vendor. A test holds every
// file to the schema, so that no start has to.
import type { BuiltInProviders } from './registry.ts';
import { catalog } from './catalog/index.ts';

const byId = new Map<string, (typeof catalog)[number]>(catalog.map((one) => [one.id, one]));

export const builtInProviders: BuiltInProviders = {
  list: catalog.map(({ read: _read, ...listed }) => ({ ...listed, built_in: true })),
  read: async (id) => (await byId.get(id)?.read()) ?? null,
};
