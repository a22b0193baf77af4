// Who speaks to which vendor: a client as one account's settings make it.
import type { TokenLeg } from './grants/index.ts';
import type { Leg, Profile } from './profile.ts';
import type { Gate } from './ports.ts';
import type { FieldValues } from './template.ts';

export interface ClientContext {
  readonly profile: Profile;
  readonly values: FieldValues;
  readonly secrets: Readonly<Record<string, string>>;
  /** What is asked before anything secret leaves. */
  readonly gate: Gate;
}

/** The rules of one leg of the token endpoint. */
export function tokenLeg({ token = {} }: Profile, leg: TokenLeg): Leg {
  const { legs, url: _url, ...base } = token;
  return { ...base, ...legs?.[leg] };
}
