// Calls about local tools: clients, what waits for a yes, the audit.
import type { CallTable, WindowServices } from '../window-services.ts';

type Names = 'client.add' | 'client.remove' | 'approval.answer' | 'audit.tail';

export function toolCalls({ keyfob, access }: WindowServices): CallTable<Names> {
  return {
    async 'client.add'(client, { entry }) {
      // A name of no account is most likely a slip; an allow-list must not wait for it to come true.
      for (const account of client.accounts ?? []) keyfob.account(account);
      const added = await access.clients.add(client);
      entry.about(added.client.name);
      return added;
    },
    async 'client.remove'({ name }, { entry }) {
      await access.clients.remove(name);
      entry.about(name);
      return null;
    },
    'approval.answer'({ id, allow, once }, { entry }) {
      const { client } = access.approvals.answer(id, allow, once);
      entry.about(`${allow ? 'yes' : 'no'} to ${client}`);
      return null;
    },
    'audit.tail': async ({ count, ...wanted }) => access.audit.tail(count, wanted),
  };
}
