// Calls about local tools: clients, what waits for a yes, the audit.
import type { CallTable, WindowParts } from '../window-parts.ts';

type Names = 'client.add' | 'client.remove' | 'approval.answer' | 'audit.tail';

export function toolCalls({ keyfob, access }: WindowParts): CallTable<Names> {
  return {
    'client.add'(client) {
      // A name of no account is most likely a slip; an allow-list must not wait for it to come true.
      for (const account of client.accounts ?? []) keyfob.account(account);
      return access.clients.add(client);
    },
    async 'client.remove'({ name }) {
      await access.clients.remove(name);
      return null;
    },
    'approval.answer'({ id, allow }) {
      access.approvals.answer(id, allow);
      return null;
    },
    'audit.tail': async ({ count }) => access.audit.tail(count),
  };
}
