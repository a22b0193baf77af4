// The registry of sender constraints: a profile's `sender_constraint` names one of them.
import { idsOf } from '../registry.ts';
import { none } from './none.ts';

export const senderConstraints = { none };
export const senderConstraintIds = idsOf(senderConstraints);
