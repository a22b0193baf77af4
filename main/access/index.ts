// Who asks, what it may, and who got what; as hosts and the endpoint use it.
export { createAccess } from './access.ts';
export type { Access, RequestContext } from './access.ts';
export { LOCAL, mayUse, ownerVia } from './actor.ts';
export type { Actor } from './actor.ts';
export type { ApprovalAnswer, Approvals } from './approvals.ts';
export { openAudit } from './audit.ts';
export type { Audit } from './audit.ts';
export type { Clients, ClientStore } from './clients.ts';
export type { Entry } from './ledger.ts';
export { addOwnProvider } from './own-provider.ts';
