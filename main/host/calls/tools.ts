// Calls about local tools: clients, what waits for a yes, the audit.
import { z } from 'zod';
import type { CallTable, WindowParts } from '../window-parts.ts';
import { auditView } from '../window-views.ts';

type Names = 'client.add' | 'client.remove' | 'approval.answer' | 'audit.tail';

export function toolCalls({ keyfob, endpoint, audit }: WindowParts): CallTable<Names> {
  return {
    'client.add': {
      request: z.strictObject({
        name: z.string().min(1),
        accounts: z.array(z.string().min(1)).nullable(),
        scopes: z.array(z.string().min(1)).nullable(),
        approve: z.enum(['always', 'session', 'ask']),
        expires_at: z.int().positive().nullable(),
      }),
      run(client) {
        // A name of no account is most likely a slip; an allow-list must not wait for it to come true.
        for (const account of client.accounts ?? []) keyfob.account(account);
        return endpoint.clients.add(client);
      },
    },
    'client.remove': {
      request: z.strictObject({ name: z.string().min(1) }),
      async run({ name }) {
        await endpoint.clients.remove(name);
        return null;
      },
    },
    'approval.answer': {
      request: z.strictObject({ id: z.string().min(1), allow: z.boolean() }),
      run({ id, allow }) {
        endpoint.approvals.answer(id, allow);
        return null;
      },
    },
    'audit.tail': {
      request: z.strictObject({ count: z.int().min(0).max(10_000) }),
      run: async ({ count }) => (await audit.tail(count)).map(auditView),
    },
  };
}
