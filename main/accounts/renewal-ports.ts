// What a renewal needs of its account and of the rest, and what it comes to.
import type { KeyfobEvent } from '../api/events.ts';
import type { ClientContext } from '../oauth/client-context.ts';
import type { Exchange } from '../oauth/exchange.ts';
import type { Clock } from '../oauth/ports.ts';
import type { GrantProfile, Profile } from '../oauth/profile.ts';
import type { Vault } from '../vaults/port.ts';
import type { HostSlots } from './host-slots.ts';

/** What a renewal came to. `superseded`: something newer happened meanwhile; `ended`: a person is needed. */
export type Renewed = 'renewed' | 'superseded' | 'failed' | 'ended';

/** What a renewal must know of its account, as it is now. */
export interface RenewalSubject {
  readonly profile: Profile;
  readonly grant: GrantProfile;
  readonly grantName: string;
  readonly clientContext: ClientContext;
}

/** An account, as far as it says what it is now: asked anew each time, and shared by all that works on it. */
export interface HasSubject<Subject> {
  subject(): Subject;
}

export interface RenewalPorts {
  readonly vault: Pick<Vault, 'lease'>;
  readonly clock: Clock;
  readonly exchange: Exchange;
  readonly emit: (event: KeyfobEvent) => void;
  /** Has the timer look again at when an account is due. */
  readonly reschedule: (name: string) => void;
  readonly slots: HostSlots;
  /** Ms before its end at which a token is renewed at the latest; see schedule.ts. */
  readonly minLead: () => number;
}
