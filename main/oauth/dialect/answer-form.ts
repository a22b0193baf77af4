// The vendor's form of an answer: where its members stand, under which names, and how it says that it refuses.
//
// Invariant: pure. What is not said stays as it came, and an error in the standard's form is read in any case: one
// of a gateway, say, before the vendor.
import { z } from 'zod';
import { isObject, valueAt } from '../../api/json.ts';
import { name, text } from '../profile-values.ts';

/** A JSON object, as it came. */
export type JsonAnswer = Readonly<Record<string, unknown>>;

/** Member names from the answer's root, with dots between them; a number in a list: `data.token`, `errors.0.code`. */
const path = text;

export const answerForm = z.strictObject({
  /** Where it is neither JSON nor a form by its media type: `form`, all the same a form; `token`, the access token alone. */
  format: z.enum(['form', 'token']).optional(),
  /** Where the token's members stand, all of them; left out: at the root. */
  at: path.optional(),
  /** Standard name to where the vendor has it. */
  names: z.record(name, path).optional(),
  /** Where the vendor's error and its description stand. */
  error: path.optional(),
  error_description: path.optional(),
  /** Values there that mean that there is none, beside 0 and an empty text. */
  no_error: z.array(text).optional(),
});
export type AnswerForm = z.infer<typeof answerForm>;

/** The answer's members under the names of RFC 6749 sections 5.1 and 5.2. */
export function inStandardNames(json: JsonAnswer, form: AnswerForm): JsonAnswer {
  const inner = form.at === undefined ? json : valueAt(json, form.at);
  const { error: standardError, error_description: standardText } = json;
  const members: Record<string, unknown> = isObject(inner)
    ? { error: standardError, error_description: standardText, ...inner }
    : { ...json };
  for (const [standard, where] of Object.entries(form.names ?? {})) {
    const value = valueAt(json, where);
    if (value !== undefined) members[standard] = value;
  }
  if (form.error === undefined) return members;
  const error = scalar(valueAt(json, form.error));
  if (error === null || ['', '0', ...(form.no_error ?? [])].includes(error)) {
    // A member of that name that says that all is well is no error of the standard's.
    return form.error === 'error' ? { ...members, error: undefined } : members;
  }
  const description =
    form.error_description === undefined ? undefined : valueAt(json, form.error_description);
  return { ...members, error, error_description: description };
}

/** A text, a number or a boolean as text; null: it is none of them. */
function scalar(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : null;
}
