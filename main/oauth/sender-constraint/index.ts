// The registry of sender constraints: a profile's `sender_constraint` names one of them. Each is made once for a
// network, and remembers what servers asked for.
import { idsOf } from '../registry.ts';
import { dpop } from './dpop.ts';
import { none } from './none.ts';

export const senderConstraints = { none, dpop };
export type SenderConstraintId = keyof typeof senderConstraints;
export const senderConstraintIds = idsOf(senderConstraints);
