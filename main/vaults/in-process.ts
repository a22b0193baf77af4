// What the kinds share that only one process uses at a time: the claim on a home (main/host/instance-claim.ts) sees
// to that. Leases and news of changes need to reach no further than this process then.
import { createEmitter } from '../platform/emitter.ts';
import { KeyfobError } from '../api/errors.ts';
import { steadyMs } from '../platform/steady.ts';
import type { Change, Lease, Vault } from './port.ts';

/** Leases and watchers within this process. */
export function inProcess(): Pick<Vault, 'lease' | 'watch'> & { tell(change: Change): void } {
  const leases = new Map<string, { readonly until: number }>();
  const changes = createEmitter<[Change]>();
  return {
    async lease(id, ttl): Promise<Lease | null> {
      checkId(id);
      const now = steadyMs();
      if ((leases.get(id)?.until ?? 0) > now) return null;
      const mine = { until: now + ttl };
      leases.set(id, mine);
      return {
        async release() {
          if (leases.get(id) === mine) leases.delete(id);
        },
      };
    },
    watch: changes.on,
    tell: changes.emit,
  };
}

/** Of a kind that reads one entry as fast as many. */
export const readOneByOne: Pick<Vault, 'getAll'> = { getAll: async () => null };

/** Throws `bad_request` for an id that cannot come back as it was from every kind of vault. */
export function checkId(id: string): void {
  if (id === '' || !id.isWellFormed()) {
    throw new KeyfobError('name_not_whole', {});
  }
}
