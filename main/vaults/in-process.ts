// What the kinds share that only one process uses at a time: the claim on a home (main/adapters/instance.ts) sees
// to that. Leases and news of changes need to reach no further than this process then.
import { performance } from 'node:perf_hooks';
import { KeyfobError } from '../core/errors.ts';
import type { Change, Lease, Vault } from './port.ts';

/** Leases and watchers within this process. */
export function inProcess(): Pick<Vault, 'lease' | 'watch'> & { tell(change: Change): void } {
  const leases = new Map<string, { readonly until: number }>();
  const watchers = new Set<(change: Change) => void>();
  return {
    async lease(id, ttl): Promise<Lease | null> {
      checkId(id);
      const now = performance.now();
      if ((leases.get(id)?.until ?? 0) > now) return null;
      const mine = { until: now + ttl };
      leases.set(id, mine);
      return {
        async release() {
          if (leases.get(id) === mine) leases.delete(id);
        },
      };
    },
    watch(hear) {
      const one = (change: Change): void => {
        hear(change);
      };
      watchers.add(one);
      return () => void watchers.delete(one);
    },
    tell(change) {
      for (const hear of watchers) hear(change);
    },
  };
}

/** Throws `bad_request` for an id that cannot come back as it was from every kind of vault. */
export function checkId(id: string): void {
  if (id === '' || !id.isWellFormed()) {
    throw new KeyfobError('bad_request', 'A name in the vault must be a text of whole characters.');
  }
}
