// What the registries of grants, client authentications and sender constraints have in common.

/** The names of a registry, in its order: the profile's schema takes these and no others. */
export function idsOf<Id extends string>(registry: Readonly<Record<Id, unknown>>): readonly [Id, ...Id[]] {
  return Object.keys(registry) as [Id, ...Id[]];
}
