// A vendor of recorded answers: the real exchanges above a fetch that writes down what was sent, as HTTP
// text with headers in alphabetical order, and answers in the order given. An answer left over, or one too
// few, is for the test to find: `left()`.
import { message } from '../main/api/problems/index.ts';
import type { ClientContext } from '../main/oauth/client-context.ts';
import { createExchange, type Exchange } from '../main/oauth/exchange.ts';
import { checkFields, fieldValues } from '../main/oauth/fields.ts';
import type { Gate } from '../main/oauth/ports.ts';
import type { FetchInit } from '../main/oauth/ports.ts';
import type { Profile } from '../main/oauth/profile.ts';
import { readProfile } from '../main/oauth/profile-check.ts';
import { builtInProviders } from '../main/providers/index.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface Recorded {
  readonly exchange: Exchange;
  /** What was sent, one HTTP text each. */
  readonly sent: string[];
  readonly clock: VirtualClock;
  /** Answers that nothing asked for yet. */
  left(): number;
}

/** Makes the exchanges above the given answers. A thrown Error stands for a network that fails. */
export function recorded(...answers: (Response | Error)[]): Recorded {
  const clock = new VirtualClock();
  const sent: string[] = [];
  const exchange = createExchange({
    clock,
    epoch: () => Date.now(),
    describeFailure: () => message('text', { text: 'The network failed.', hint: '' }),
    fetch: async (url: string, init: FetchInit) => {
      sent.push(httpText(url, init));
      const answer = answers.shift();
      if (answer === undefined) {
        throw new Error('no answer was recorded for this request');
      }
      if (answer instanceof Error) {
        throw answer;
      }
      return answer;
    },
  });
  return { exchange, sent, clock, left: () => answers.length };
}

function httpText(url: string, init: FetchInit): string {
  const headers = Object.entries(init.headers)
    .map(([name, value]) => `${name}: ${value}`)
    .toSorted();
  return [`${init.method} ${url}`, ...headers, '', ...(init.body === undefined ? [] : [init.body])].join(
    '\n',
  );
}

/** An answer as the documents show it. */
export function answer(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

export { builtInProviders };

/** Every built-in profile, checked. */
export const builtInProfiles: readonly Profile[] = await Promise.all(
  builtInProviders.list.map(async ({ id }) => {
    const found = await readProfile(id, builtInProviders.read);
    if (found === null) throw new Error(`no built-in profile ${id}`);
    return found.profile;
  }),
);

export function profileOf(id: string): Profile {
  const found = builtInProfiles.find((one) => one.id === id);
  if (found === undefined) {
    throw new Error(`no built-in profile ${id}`);
  }
  return found;
}

/** Who speaks: an account's values as a person would enter them, judged as they would be. */
export function contextOf(
  provider: string | Profile,
  grant: string,
  settings: Record<string, string>,
  secrets: Record<string, string> = {},
): ClientContext {
  const profile = typeof provider === 'string' ? profileOf(provider) : provider;
  checkFields(profile, grant, settings, secrets);
  return { profile, values: fieldValues(profile, settings), secrets, gate: everywhere };
}

/** Where this kit's vendor is, every origin is the right one: origins are the account's to remember. */
const everywhere: Gate = { check: () => undefined, discovered: async () => true };
