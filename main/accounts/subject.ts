// An account as those who serve and renew its token see it.
import type { ClientContext } from '../oauth/client-context.ts';
import { grantOf } from '../oauth/fields.ts';
import type { Profile } from '../oauth/profile.ts';
import type { RenewalSubject } from './renewal-ports.ts';
import type { AccountSettings } from './settings.ts';

/** An account, as far as it is looked at here. */
interface SubjectAccount {
  readonly settings: AccountSettings;
  readonly profile: Profile;
  clientContext(): ClientContext;
}

/** What is served and renewed, as it was when it was looked at; a class, for it is looked at with every token. */
export class Subject implements RenewalSubject {
  readonly provider: string;
  readonly profile: Profile;
  readonly grant: RenewalSubject['grant'];
  readonly grantName: string;
  readonly #account: SubjectAccount;

  constructor(account: SubjectAccount) {
    const { profile, settings } = account;
    this.provider = settings.provider;
    this.profile = profile;
    this.grant = grantOf(profile, settings.grant);
    this.grantName = settings.grant;
    this.#account = account;
  }

  /** Made when a request is: the timer looks at the rest of every account again and again. */
  get clientContext(): ClientContext {
    return this.#account.clientContext();
  }
}
