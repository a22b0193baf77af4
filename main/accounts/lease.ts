// The vault's lease of an account: the right to spend its refresh token.
import { KeyfobError } from '../api/errors.ts';
import type { Clock } from '../oauth/ports.ts';
import { spendingLimit } from '../oauth/transport.ts';
import type { Lease, Vault } from '../vaults/port.ts';

/** Ms for which it is ours: longer than any exchange takes. */
const leaseTime = spendingLimit + 120_000;
/** Ms between two looks at one that another process has, and how many. */
const leaseWait = 500;
const leaseLooks = 50;

/** Takes the lease, waiting 25 s at most. Throws `vault_unavailable` when somebody else has it for longer. */
export async function takeLease(vault: Pick<Vault, 'lease'>, clock: Clock, name: string): Promise<Lease> {
  for (let looks = 0; ; looks += 1) {
    const lease = await vault.lease(name, leaseTime);
    if (lease !== null) return lease;
    if (looks === leaseLooks) {
      throw new KeyfobError('renewed_elsewhere', { account: name });
    }
    await new Promise<void>((resolve) => clock.after(leaseWait, resolve));
  }
}
