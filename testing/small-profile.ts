// A provider's profile with little more than must be there, for tests that add to it. It has no fields and no grants yet.
import { checkProfileText } from '../main/oauth/profile-check.ts';
import type { Profile } from '../main/oauth/profile.ts';

export const smallProfile = {
  id: 'acme',
  name: 'Acme',
  credentials_help: 'x',
  default_grant: 'client_credentials',
  client_auth: 'basic_rfc6749',
  lifetime_unit: 'seconds',
  refresh_token: 'reusable',
  refresh_when: 'ahead',
  api: { header: 'Authorization', scheme: 'Bearer' },
  token: { url: 'https://acme.example/token' },
} as const;

/** It with something laid over it, read as a file of a person's own. Throws with its faults. */
export function profileWith(change: object): Profile {
  const check = checkProfileText(JSON.stringify({ ...smallProfile, ...change }));
  if (!check.ok) throw new Error(JSON.stringify(check.problems));
  return check.profile;
}

/** The faults of it with something laid over it, as `path: reason`. */
export function faultsWith(change: object): string[] {
  const check = checkProfileText(JSON.stringify({ ...smallProfile, ...change }));
  return check.ok ? [] : check.problems.map(({ path, problem }) => `${path}: ${problem.reason}`);
}
