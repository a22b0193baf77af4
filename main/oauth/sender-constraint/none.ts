// A bearer token: whoever has it may use it (RFC 6750).
import type { SenderConstraint } from './constraint.ts';

export const none = (): SenderConstraint => ({
  drawKey: async () => null,
  headers: () => ({}),
  answered: () => false,
});
