// What the commands of the kill points share: the accounts of the home that each begins with, and the look at what is
// left of it.
//
// Invariants: a look is from outside alone: at what the restarted agent answers, at `config.json`, and at what the
// vendors got. What was told as done has happened, and what was told as failed has not; unanswered, either is right.
import { KeyfobError } from '../../main/api/errors.ts';
import type { AccountAnswer } from '../../main/api/accounts.ts';
import type { After, Judgement, Stage } from './agent-point.ts';
import type { Credentials, StrictVendor, VendorRequest } from './strict-vendor.ts';

const credentials = (name: string): Credentials => ({
  client_id: `client-${name}`,
  client_secret: `secret-${name}`,
  username: `user-${name}`,
  password: `password-${name}`,
  scope: `scope-${name}`,
});
export const old = credentials('old');
export const fresh = credentials('new');
/** What `set` without another address makes of `old`. */
export const rotated = { ...old, client_secret: 'secret-rotated', scope: 'scope-rotated' };
export const accepted = { a: { old, rotated }, b: { new: fresh } };

export const fieldsOf = (
  { client_id, username, scope }: Credentials,
  vendor: StrictVendor,
): Record<string, string> => ({
  token_url: vendor.tokenUrl,
  client_id,
  username,
  scope,
});
export const secretsOf = ({ client_secret, password }: Credentials): Record<string, string> => ({
  client_secret,
  password,
});

export const base = { provider: 'oauth2', grant: 'password' };

export async function add({ client, a }: Stage, name: string, signIn: boolean): Promise<void> {
  await client.add({ name, ...base, settings: fieldsOf(old, a), secrets: secretsOf(old) });
  if (signIn) await client.login(name, {});
}

/** `hq`, signed in by the vendor's first grant, and `other`, by the second. */
export async function twoSignedIn(stage: Stage): Promise<void> {
  await add(stage, 'hq', true);
  await add(stage, 'other', true);
}

type Answer<T> = { readonly value: T } | { readonly code: string };

export async function attempt<T>(act: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await act() };
  } catch (error) {
    if (error instanceof KeyfobError) return { code: error.code };
    throw error;
  }
}

const codeOf = (answer: Answer<unknown>): string => ('code' in answer ? answer.code : 'answered');

/** Collects what a judge finds, and asks the agent what a judge wants to know. */
export class Look {
  readonly findings: string[] = [];
  lost = false;
  readonly after: After;

  constructor(after: After) {
    this.after = after;
  }

  expect(holds: boolean, otherwise: string): void {
    if (!holds) this.findings.push(otherwise);
  }

  /** `new` must be there when the command was told as done, and must not when it was told as failed. */
  expectTold(isNew: boolean): void {
    this.expect(this.after.told !== 'done' || isNew, 'told as done, but has not happened');
    this.expect(this.after.told !== 'failed' || !isNew, 'told as failed, but has happened');
  }

  async account(name = 'hq'): Promise<AccountAnswer | undefined> {
    return (await this.after.client.accounts()).find((one) => one.name === name);
  }

  /** What `act` came to, and what vendors got while it ran. */
  async asking<T>(act: () => Promise<T>): Promise<{ answer: Answer<T>; asked: VendorRequest[] }> {
    const { a, b } = this.after;
    const before = [a.requests.length, b.requests.length] as const;
    const answer = await attempt(act);
    return { answer, asked: [...a.requests.slice(before[0]), ...b.requests.slice(before[1])] };
  }

  /** The generation of the access token that is served without the vendor being asked; null: none, as is found. */
  async served(name = 'hq'): Promise<number | null> {
    const { client, a } = this.after;
    const { answer, asked } = await this.asking(() => client.token({ account: name }));
    this.expect(asked.length === 0, `the vendor was asked for a token of ${name} that was there`);
    const generation = 'value' in answer ? a.generationOf(answer.value.access_token) : null;
    this.expect(generation !== null, `no token of ${name} although it is signed in (${codeOf(answer)})`);
    return generation;
  }

  /**
   * The sign-in is whole: its access token is served, and the refresh token is of the same grant and good. Which
   * grant; null: none. `inFlight`: it may be spent, if its successor was on its way when the agent ended.
   */
  async signedIn(
    generations: readonly number[],
    { credentials: whose = 'old', inFlight = false } = {},
  ): Promise<number | null> {
    const generation = await this.served();
    if (generation === null) return null;
    const expected = generations.join(' or ');
    this.expect(generations.includes(generation), `the token is of grant ${generation}, not of ${expected}`);
    const { asked } = await this.asking(() => this.after.client.refresh('hq'));
    const [refresh] = asked;
    if (refresh === undefined || refresh.refreshToken === null) {
      this.findings.push('there is no refresh token');
      return generation;
    }
    const spent = this.after.a.generationOf(refresh.refreshToken);
    this.expect(spent === generation, `a token of grant ${generation} with a refresh token of ${spent}`);
    this.expect(
      refresh.credentials === whose,
      `the refresh was sent with ${refresh.credentials} credentials`,
    );
    this.lost = inFlight && refresh.outcome === 'reused';
    this.expect(this.lost || refresh.outcome === 'granted', `the refresh token was ${refresh.outcome}`);
    return generation;
  }

  /** Nothing is served and nothing is asked for. */
  async signedOut(): Promise<void> {
    const { answer, asked } = await this.asking(() => this.after.client.token({ account: 'hq' }));
    this.expect('code' in answer, 'a token was served although it is signed out');
    this.expect(asked.length === 0, 'the vendor was asked although it is signed out');
  }

  /** A new sign-in works, with one set of credentials. */
  async signsIn(whose: string): Promise<void> {
    const { answer, asked } = await this.asking(() => this.after.client.login('hq', {}));
    this.expect('value' in answer, `login fails (${codeOf(answer)})`);
    const sent = asked[0]?.credentials ?? whose;
    this.expect(sent === whose, `login sends ${sent} credentials, not ${whose}`);
  }

  /** The name can be used anew, and the new account has nothing of an old one. */
  async nameIsFree(): Promise<void> {
    const { client, a } = this.after;
    const added = await attempt(() =>
      client.add({ name: 'hq', ...base, settings: fieldsOf(old, a), secrets: secretsOf(old) }),
    );
    if ('code' in added) this.findings.push(`the name is not free (${added.code})`);
    else await this.signedOut();
  }

  /** What holds after every command: the other account is as it was, and no vendor got what is another's. */
  async done(): Promise<Judgement> {
    const generation = await this.served('other');
    this.expect(generation === null || generation === 2, 'the other account has another token');
    const { a, b } = this.after;
    this.expect(!/-old|(?:access|refresh)-a-/.test(b.seen), 'the new vendor got what was the old one’s');
    this.expect(!/-new|(?:access|refresh)-b-/.test(a.seen), 'the old vendor got what is the new one’s');
    return { findings: this.findings, lost: this.lost };
  }
}
