// Who speaks to which vendor: a client as one account's settings make it.
import type { TokenLeg } from './grants/index.ts';
import type { Leg, Profile } from './profile.ts';
import type { Gate } from './ports.ts';
import type { ClientValues } from './template.ts';

export interface ClientContext extends ClientValues {
  readonly profile: Profile;
  /** What is asked before anything secret leaves. */
  readonly gate: Gate;
  /** Ms that the account's last token lived in all; null, or left out: not known. */
  readonly lastLifetime?: number | null;
}

/** The client as oauth4webapi knows it. */
export function clientOf({ values }: ClientValues): { client_id: string } {
  return { client_id: values['client_id'] ?? '' };
}

/** The rules of one leg of the token endpoint. */
export function tokenLeg({ token = {} }: Profile, leg: TokenLeg): Leg {
  const { legs, url: _url, ...base } = token;
  return { ...base, ...legs?.[leg] };
}
