// Checks the file of a provider profile, and says what is wrong by line and column. Nothing here knows what a
// profile means: see profile.ts for its schema and profile-extends.ts for what it may be laid over.
import { z } from 'zod';
import { isObject } from '../api/json.ts';
import { message, type Message } from '../api/problems/index.ts';
import { parseJsonSource, type ParsedJson } from './json-source.ts';
import { withPresentNames } from './profile-earlier-names.ts';
import { mergeProfile, readBase, type ProfileBase, type ReadBuiltIn } from './profile-extends.ts';
import { plainIssues } from './profile-problems.ts';
import { profileSchema } from './profile-rules.ts';
import { profileShape, type Profile, type ProfileFile } from './profile.ts';

/**
 * JSON Schema (2020-12) of a profile file, for editors: strict where the file stands alone; where it extends
 * another, anything may be left out or be null.
 */
export function profileJsonSchema(): unknown {
  const strict = z.toJSONSchema(profileShape, { io: 'input' });
  return {
    ...(loosened(strict) as object),
    required: ['id', 'name'],
    if: { not: { required: ['extends'] } },
    then: strict,
  };
}

function loosened(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(loosened);
  if (!isObject(schema)) return schema;
  const orNull = (inner: unknown): unknown => ({ anyOf: [loosened(inner), { type: 'null' }] });
  const { required: _required, ...rest } = schema;
  return Object.fromEntries(
    Object.entries(rest).map(([key, value]) => {
      if (!isObject(value)) return [key, loosened(value)];
      if (key === 'additionalProperties') return [key, orNull(value)];
      if (key !== 'properties') return [key, loosened(value)];
      return [key, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, orNull(inner)]))];
    }),
  );
}

/** Every name that the schema has, wherever. */
function knownNames(): string[] {
  const schema = JSON.stringify(z.toJSONSchema(profileShape, { io: 'input' }));
  return [...schema.matchAll(/"(\$?[a-z][a-z_]+)":\{/g)]
    .map((match) => match[1] ?? '')
    .filter((one) => one !== 'properties');
}

/** What is wrong at one place of a profile file; line and column count from 1. */
export interface ProfileProblem {
  readonly line: number;
  readonly column: number;
  /** Such as `token.per_grant.refresh_token`; empty for the whole file. */
  readonly path: string;
  /** The end of a sentence that begins with the path, or with the file. */
  readonly problem: Message;
}

export type ProfileCheck =
  | {
      readonly ok: true;
      readonly profile: Profile;
      /** The file itself, merged with what it extends. */
      readonly merged: ProfileFile;
    }
  | { readonly ok: false; readonly problems: readonly [ProfileProblem, ...ProfileProblem[]] };

/** Characters that a profile's file may have: the longest built-in one has a tenth of it. */
export const longestProfile = 64 * 1024;
const tooLong: ProfileCheck = {
  ok: false,
  problems: [
    { line: 1, column: 1, path: '', problem: message('profile_too_long', { kib: longestProfile / 1024 }) },
  ],
};

/** As `parseJsonSource`; a name of before is taken for the one that it has now. */
function parseProfileSource(source: string): ParsedJson {
  const parsed = parseJsonSource(source);
  if (!parsed.ok) return parsed;
  const present = withPresentNames(source);
  return present === source ? parsed : parseJsonSource(present);
}

/** Checks the text of a profile file together with the built-in profile that it extends. */
export async function checkProfile(source: string, readBuiltIn: ReadBuiltIn): Promise<ProfileCheck> {
  if (source.length > longestProfile) return tooLong;
  const parsed = parseProfileSource(source);
  const base = parsed.ok ? await readBase(profileShape, parsed.value, readBuiltIn) : undefined;
  return checkProfileText(source, base);
}

/** Checks the text of a profile file, with what it extends read already. Never throws. */
export function checkProfileText(source: string, base?: ProfileBase): ProfileCheck {
  if (source.length > longestProfile) return tooLong;
  const parsed = parseProfileSource(source);
  if (!parsed.ok) {
    return {
      ok: false,
      problems: [{ line: parsed.line, column: parsed.column, path: '', problem: parsed.problem }],
    };
  }
  const own = parsed.value;
  const problemAt = (path: readonly string[], problem: Message): ProfileProblem => ({
    ...parsed.positionOf(path, ['extends']),
    path: path.join('.'),
    problem,
  });
  if (base?.ok === false) return { ok: false, problems: [problemAt(['extends'], base.problem)] };
  const merged = isObject(own) ? mergeProfile(profileShape, base?.value, own) : own;
  const result = profileSchema.safeParse(merged);
  // What the schema took has the shape of its input.
  if (result.success) return { ok: true, profile: result.data, merged: merged as ProfileFile };
  const problems = plainIssues(result.error.issues, merged, knownNames()).map(({ path, problem }) =>
    problemAt(path, problem),
  );
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  // What the schema refuses has an issue.
  return { ok: false, problems: sorted as [ProfileProblem, ...ProfileProblem[]] };
}

/** The fault with where it stands: `token.url must …`. */
export function faultAt({ path, problem: fault }: Pick<ProfileProblem, 'path' | 'problem'>): Message {
  return path === '' ? message('fault_of_file', { fault }) : message('fault_at', { path, fault });
}

/** Reads and checks a built-in profile. Throws with every problem in the message. */
export async function readProfile(
  id: string,
  readBuiltIn: ReadBuiltIn,
): Promise<Extract<ProfileCheck, { ok: true }> | null> {
  const file = await readBuiltIn(id);
  if (file === null) return null;
  const check = await checkProfile(JSON.stringify(file), readBuiltIn);
  if (check.ok) return check;
  throw new TypeError(
    check.problems.map((one) => `${id}: ${one.path}: ${JSON.stringify(one.problem)}`).join('\n'),
  );
}
