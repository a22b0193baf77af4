// Judges what comes in against its schema, and says what is wrong.
//
// Invariant: what is wrong names fields and rules, never a value that was sent.
import type { z } from 'zod';

import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';

/** Whether a name may be repeated in a sentence; one that could hold a secret or a page's mark-up may not. */
function isPlain(name: string): boolean {
  return /^[A-Za-z0-9_.-]{1,24}$/.test(name) && !/kf_/i.test(name);
}

const naming = (name: string): string => (isPlain(name) ? `\`${name}\`` : '(…)');

/** `bad_request` with what is wrong with a value: it names the fields and no value. */
export function shapeError(reason: 'bad_query' | 'bad_body' | 'bad_call', error: z.ZodError): KeyfobError {
  const faults = new Map(error.issues.map(faultOf).map((fault) => [JSON.stringify(fault), fault]));
  const field = String(error.issues[0]?.path.at(-1) ?? '');
  return new KeyfobError(reason, { faults: [...faults.values()] }, isPlain(field) ? { field } : {});
}

function faultOf(issue: z.core.$ZodIssue): Message {
  const invalidPath = issue.path.map((step) => naming(String(step))).join(' / ');
  switch (issue.code) {
    case 'unrecognized_keys': {
      const names = issue.keys.slice(0, 5).map(naming);
      return invalidPath === ''
        ? message('unknown_names', { names })
        : message('unknown_names_in', { path: invalidPath, names });
    }
    case 'too_small':
      return message('too_small', { path: invalidPath });
    case 'invalid_type':
      return invalidPath === ''
        ? message('not_an_object', {})
        : message('must_be_there', { path: invalidPath, type: issue.expected });
    case 'invalid_format':
    case 'custom':
      return message('breaks_rule', { path: invalidPath, rule: issue.message });
    case 'invalid_value':
      return message('one_of', { path: invalidPath, choices: issue.values.map(String) });
    default:
      return message('malformed', { path: invalidPath });
  }
}

/** Checks a value. Throws `bad_request`, which names the fields. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, what: 'query' | 'body'): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw shapeError(what === 'query' ? 'bad_query' : 'bad_body', result.error);
}
