// The table of all routes, a file for each resource.
import type { Route } from '../route.ts';
import { accountRoutes } from './accounts.ts';
import { approvalRoutes } from './approvals.ts';
import { auditRoutes } from './audit.ts';
import { clientRoutes } from './clients.ts';
import { hookRoutes } from './hooks.ts';
import { hostRoutes } from './host.ts';
import { pairingRoutes } from './pairing.ts';
import { providerRoutes } from './providers.ts';
import { signInRoutes } from './sign-ins.ts';
import { tokenFileRoutes } from './token-files.ts';
import { tokenRoutes } from './tokens.ts';
import { transferRoutes } from './transfer.ts';
import { vaultRoutes } from './vault.ts';

export const routes: readonly Route[] = [
  ...tokenRoutes,
  ...tokenFileRoutes,
  ...hookRoutes,
  ...accountRoutes,
  ...signInRoutes,
  ...providerRoutes,
  ...pairingRoutes,
  ...vaultRoutes,
  ...clientRoutes,
  ...approvalRoutes,
  ...auditRoutes,
  ...hostRoutes,
  ...transferRoutes,
];
