// The registry of sender constraints: a profile's `sender_constraint` names one of them.
import { idsOf } from '../registry.ts';
import { none } from './none.ts';

export const senderConstraints = { none };
export type SenderConstraintId = keyof typeof senderConstraints;
export const senderConstraintIds = idsOf(senderConstraints);
