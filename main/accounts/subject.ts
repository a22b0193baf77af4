// An account as those who serve and renew its token see it.
import type { ClientContext } from '../oauth/client-context.ts';
import { grantOf } from '../oauth/fields.ts';
import type { Profile } from '../oauth/profile.ts';
import type { RenewalSubject } from './renewal-ports.ts';
import type { AccountSettings } from './settings.ts';

/** What is served and renewed, as it was when it was looked at; a class, for it is looked at with every token. */
export class Subject implements RenewalSubject {
  readonly provider: string;
  readonly profile: Profile;
  readonly grant: RenewalSubject['grant'];
  readonly grantName: string;
  readonly #clientContext: () => ClientContext;

  constructor({ provider, grant }: AccountSettings, profile: Profile, clientContext: () => ClientContext) {
    this.provider = provider;
    this.profile = profile;
    this.grant = grantOf(profile, grant);
    this.grantName = grant;
    this.#clientContext = clientContext;
  }

  /** Made when a request is: the timer looks at the rest of every account again and again. */
  get clientContext(): ClientContext {
    return this.#clientContext();
  }
}
