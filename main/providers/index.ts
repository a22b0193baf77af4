// The built-in providers, in the order that people see them.
import type { Profile } from '../core/profile.ts';
import { epturaWorkplace, ioffice } from './eptura.ts';
import { oauth2Json } from './oauth2-json.ts';
import { officernd } from './officernd.ts';
import { organizationApi } from './organization-api.ts';
import { oauth2, oidc } from './standard.ts';

export const builtInProfiles: readonly Profile[] = [
  epturaWorkplace,
  ioffice,
  oauth2Json,
  organizationApi,
  officernd,
  oauth2,
  oidc,
];
