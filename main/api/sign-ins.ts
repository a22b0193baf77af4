// Sign-ins that wait for a person.
import { z } from 'zod';
import { filled, secondsInQuery, unixSeconds } from './common.ts';
import { message } from './message.ts';
import { problem, toldProblem } from './problem.ts';
import type { Wire } from './wire.ts';

export const signInStep = z.enum(['page_opened', 'redirect_caught', 'code_exchanged', 'token_kept']);
export type SignInStep = Wire<typeof signInStep>;

export const signInView = z.strictObject({
  id: z.string(),
  account: z.string(),
  asked_by: z.string().nullable().describe('The program that needs a token; null where the person began it'),
  state: z.enum(['waiting', 'done', 'failed']),
  url: z.string().nullable().describe('What a person opens; null when the host opened a window of its own'),
  user_code: z.string().nullable().describe('With device_code (RFC 8628): what the person types at `url`'),
  confirmation_code: z
    .string()
    .nullable()
    .describe('Six digits that `url` asks for where it cannot tell who opens it; for the person alone'),
  expires_at: unixSeconds,
  steps: z.array(signInStep),
  problem: problem.nullable(),
  notice: message.nullable().describe('What came and was not taken, such as an error that nothing proves'),
});
export type SignInView = Wire<typeof signInView>;

/** The same as the endpoint tells it. */
export const signInAnswer = signInView.extend({
  problem: toldProblem.nullable(),
  notice: z.string().nullable(),
});
export type SignInAnswer = Wire<typeof signInAnswer>;

export const loginRequest = z.strictObject({
  paste: z.exactOptional(z.boolean()),
  browser: z
    .exactOptional(z.boolean())
    .describe('The system’s browser instead of a window of the host’s; as the profile says when omitted'),
  timeout: z.exactOptional(z.number().positive().max(86_400)).describe('Seconds'),
  on_demand: z
    .exactOptional(z.enum(['person', 'program']))
    .describe(
      'Because a token is needed: joins the sign-in under way; a program’s begins none where the person turned that off, or gave the last one up',
    ),
  asked_by: z
    .exactOptional(filled.max(300))
    .describe('The program that needs a token, for the person to read'),
});
export type LoginOptions = Wire<typeof loginRequest>;

export const signInQuery = z.strictObject({ wait: secondsInQuery(30).optional() });
export const redirectRequest = z.strictObject({ url: filled });
