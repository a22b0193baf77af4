// Every way in which an account's record changes. Pure: a transition makes the new record of the one that counts at
// that moment, or says with null that something newer has happened and nothing is to be changed.
//
// Invariants: what a vendor answered is taken only into the epoch that it was asked in; settings and secrets change
// together; tokens end by raising the epoch.
import { clientCanAsk, grantOf } from '../oauth/fields.ts';
import type { Profile, RenewalStep } from '../oauth/profile.ts';
import type { RegisteredClient } from '../oauth/registered-client.ts';
import type { Session } from '../oauth/token.ts';
import { clientGone } from './refusal.ts';
import type { PlannedChange } from './account-change.ts';
import { sessionOf, type AccountRecord, type Origins, type Refusal, type SignInState } from './record.ts';

export type Transition = (record: AccountRecord) => AccountRecord | null;
type ChangeOrigins = (origins: Origins) => Origins;

/** A sign-in that was begun in `epoch` brought a token. */
export function signedIn(session: Session, epoch: number, origins: ChangeOrigins): Transition {
  return (record) =>
    record.epoch === epoch
      ? next(
          { ...record, origins: origins(record.origins) },
          { status: 'signed_in', session, password_tried: false },
          record.epoch + 1,
        )
      : null;
}

/** The vendor's own values named hosts. */
export function originsNamed(epoch: number, origins: ChangeOrigins): Transition {
  return (record) => {
    const named = origins(record.origins);
    return record.epoch !== epoch || named === record.origins ? null : { ...record, origins: named };
  };
}

/** The tokens are forgotten; nothing is minted until a new sign-in. */
export const signedOut: Transition = (record) => next(record, { status: 'signed_out' }, record.epoch + 1);

/** The vendor registered a client in place of `before`, for who asked for it in `epoch`. */
export function clientIs(
  client: RegisteredClient,
  before: RegisteredClient | null,
  epoch: number,
): Transition {
  return (record) =>
    record.epoch === epoch && record.client?.client_id === before?.client_id
      ? withClient(record, client)
      : null;
}

/** The vendor does not know this client any more. */
export function clientIsGone({ client_id: gone }: RegisteredClient): Transition {
  return (record) => (record.client?.client_id === gone ? withClient(record, null) : null);
}

function withClient(
  { client: _before, ...rest }: AccountRecord,
  client: RegisteredClient | null,
): AccountRecord {
  return client === null ? rest : { ...rest, client };
}

/** A renewal of the token `from` brought another one. */
export function renewed(session: Session, from: Session | null, epoch: number): Transition {
  return (record) =>
    record.epoch === epoch && record.state.status !== 'signed_out' && isSame(sessionOf(record), from)
      ? next(record, { status: 'signed_in', session, password_tried: false })
      : null;
}

/** A person is needed. The token in hand stays until it ends. */
export function signInNeeded(cause: Refusal, epoch: number): Transition {
  return (record) => {
    const { state } = record;
    if (record.epoch !== epoch || state.status === 'signed_out') return null;
    const now = cause.error === clientGone.error ? withClient(record, null) : record;
    return next(now, { ...state, status: 'sign_in_needed', cause });
  };
}

/** The refresh token is another one from now on, or none: it was refused. */
export function refreshTokenIs(refreshToken: string | null, epoch: number): Transition {
  return (record) => {
    const { state } = record;
    if (record.epoch !== epoch || state.status === 'signed_out' || state.session === null) return null;
    if (state.session.refresh_token === refreshToken) return null;
    return next(record, { ...state, session: { ...state.session, refresh_token: refreshToken } });
  };
}

/** The stored password was turned away: it is not sent by itself again. */
export const passwordEnded: Transition = (record) =>
  record.state.status === 'signed_out' ? null : next(record, { ...record.state, password_tried: true });

/** The stored password goes out by itself at a time in Unix ms, and may be turned away. */
export function passwordSent(at: number): Transition {
  return withTries((tries) => [...tries, at].slice(-triesADay));
}

/** What went out then does not count: nobody judged it. */
export function passwordNotJudged(at: number): Transition {
  return withTries((tries) => tries.filter((one) => one !== at));
}

function withTries(change: (tries: readonly number[]) => number[]): Transition {
  return (record) =>
    record.state.status === 'signed_out'
      ? null
      : next(record, { ...record.state, password_tries: change(record.state.password_tries ?? []) });
}

const minute = 60_000;
const day = 24 * 60 * minute;
/** Vendors lock an account after a few wrong passwords: without a clear word it is sent this often. */
const triesADay = 3;

/** Ms until the stored password may go out by itself; 0: now. `now`: Unix ms. */
export function passwordWait({ state }: AccountRecord, now: number): number {
  const sent = state.status === 'signed_out' ? [] : (state.password_tries ?? []);
  const tries = sent.filter((at) => at > now - day);
  const [first, last] = [tries[0], tries.at(-1)];
  if (first === undefined || last === undefined) return 0;
  const until = tries.length < triesADay ? last + (tries.length === 1 ? minute : 60 * minute) : first + day;
  return Math.min(Math.max(0, until - now), day);
}

/** The issuer's metadata was read for the first time and named these origins. */
export function originsDiscovered(issuer: string, named: readonly string[]): Transition {
  return (record) => {
    const { origins } = record;
    if (origins.discovered || origins.issuer !== issuer) return null;
    const known = [...new Set([...origins.known, ...named])].toSorted();
    return { ...record, origins: { ...origins, known, discovered: true } };
  };
}

/** What a person set, with what it means for the tokens. */
export function changed(
  record: AccountRecord,
  { settings, secrets, effect }: PlannedChange,
  origins: Origins,
  profile: Profile,
): AccountRecord {
  const changedPassword = secrets['password'] !== record.secrets['password'];
  const before: SignInState =
    record.state.status === 'signed_out' ? record.state : triedAnew(record.state, changedPassword);
  const made = { ...record, settings, secrets, origins, state: before };
  // The fields that tokens are bound to name the vendor: its client is of no use elsewhere, and its secret goes nowhere else.
  if (effect === 'end') return next(withClient(made, null), { status: 'signed_out' }, record.epoch + 1);
  if (before.status === 'signed_out') return made;
  const { password_tried } = before;
  if (effect === 'remint') {
    return next(made, { status: 'signed_in', session: null, password_tried }, record.epoch + 1);
  }
  // What was refused may be granted with the new values: the sign-in is given another try.
  return before.status === 'sign_in_needed' && renewalSteps(made, profile).length > 0
    ? next(made, { status: 'signed_in', session: before.session, password_tried })
    : made;
}

/** Ways to a new token that need no person and are open to a record. */
export function renewalSteps({ state, secrets, settings }: AccountRecord, profile: Profile): RenewalStep[] {
  if (state.status === 'signed_out') return [];
  const { grant } = settings;
  return grantOf(profile, grant).renewal.filter((step) => {
    switch (step) {
      case 'refresh_token':
        return state.session !== null && state.session.refresh_token !== null;
      case 'client_credentials':
      case 'jwt_bearer':
        return clientCanAsk(profile, step, grant, secrets);
      case 'stored_password':
        return !state.password_tried && (secrets['password'] ?? '') !== '';
    }
  });
}

/** A person changed something: tries so far say nothing of now. */
function triedAnew<S extends Exclude<SignInState, { status: 'signed_out' }>>(state: S, isNew: boolean): S {
  const { password_tries: _tries, ...rest } = state;
  // The rest of a member of the union is that member: what is left out is optional in each.
  return { ...(rest as S), password_tried: state.password_tried && !isNew };
}

function next(record: AccountRecord, state: SignInState, epoch = record.epoch): AccountRecord {
  return { ...record, epoch, state };
}

function isSame(a: Session | null, b: Session | null): boolean {
  return a?.access_token === b?.access_token && a?.refresh_token === b?.refresh_token;
}
