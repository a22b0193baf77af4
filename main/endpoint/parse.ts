// Judges what comes in against its schema, and says what is wrong.
//
// Invariant: a sentence about what is wrong names fields and rules, never a value that was sent.
import type { z } from 'zod';

import { KeyfobError } from '../api/errors.ts';

/** A name as it may be repeated in a sentence; one that could hold a secret or a page's mark-up may not. */
function naming(name: string): string {
  return /^[A-Za-z0-9_.-]{1,40}$/.test(name) && !/kf_/i.test(name) ? `\`${name}\`` : 'one that is not shown';
}

/** What is wrong with a value, in words that name the fields and no value. */
export function inWords(error: z.ZodError): string {
  const parts: string[] = [];
  for (const issue of error.issues) {
    const place = issue.path.map((step) => naming(String(step))).join(' / ');
    if (issue.code === 'unrecognized_keys') {
      const names = issue.keys.slice(0, 5).map(naming).join(', ');
      parts.push(`${place === '' ? '' : `${place}: `}unknown ${names}`);
    } else if (issue.code === 'too_small') parts.push(`${place} must not be empty or too small`);
    else if (issue.code === 'invalid_type' && place === '') parts.push(`it must be a JSON object`);
    else if (issue.code === 'invalid_type') parts.push(`${place} must be there and be a ${issue.expected}`);
    else if (issue.code === 'invalid_format' || issue.code === 'custom')
      parts.push(`${place} ${issue.message}`);
    else if (issue.code === 'invalid_value')
      parts.push(`${place} must be one of ${issue.values.map(String).join(', ')}`);
    else parts.push(`${place} is not as it should be`);
  }
  return [...new Set(parts)].join('; ');
}

/** Checks a value. Throws `bad_request` with one sentence that names the fields. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, what: 'query' | 'body'): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const where = what === 'query' ? 'The query' : 'The body';
  throw new KeyfobError('bad_request', `${where} cannot be taken: ${inWords(result.error)}.`, {
    hint: 'GET /v1/openapi.json says what each route takes.',
  });
}
