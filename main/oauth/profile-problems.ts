// Says in a sentence what is wrong at one place of a profile file, and what to write instead. Turns the
// schema library's issues, which speak of types, into words of the file.
import type { z } from 'zod';
import { grantIds } from './grants/index.ts';

/** What is wrong at a path. */
export interface PlainIssue {
  readonly path: readonly string[];
  readonly reason: string;
}

/** The issues in plain words, each once. `known`: names that the schema has, to guess a misspelt one from. */
export function plainIssues(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  known: readonly string[],
): PlainIssue[] {
  const all = issues.flatMap((issue) => flatten(issue, value, known));
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

function flatten(issue: z.core.$ZodIssue, value: unknown, known: readonly string[]): PlainIssue[] {
  const path = issue.path.map(String);
  if (issue.code === 'invalid_union') {
    const inner = valueAt(value, path);
    const branches = issue.errors.map((branch) => branch.flatMap((one) => flatten(one, inner, known)));
    return likeliest(branches, inner).map((one) => ({ ...one, path: [...path, ...one.path] }));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], reason: unknownName(path, key, known) }));
  }
  const wanted = describe(issue);
  return [{ path, reason: isThere(value, path) ? wanted : `is missing; it ${wanted}` }];
}

/** Of the ways in which a value could be right, the one that its author seems to have meant. */
function likeliest(branches: readonly PlainIssue[][], value: unknown): PlainIssue[] {
  const chooses = isObject(value) && ('by_field' in value || 'ways' in value);
  const meant = branches.filter((branch) => {
    const aboutChoice = branch.filter(({ path }) => path[0] === 'by_field' || path[0] === 'ways');
    return chooses ? aboutChoice.every(({ reason }) => !isUnknown(reason)) : aboutChoice.length === 0;
  });
  const inside = meant.filter((branch) => branch.some(({ path }) => path.length > 0));
  const candidates = isObject(value) && inside.length > 0 ? inside : meant.length > 0 ? meant : branches;
  return candidates.toSorted((a, b) => a.length - b.length)[0] ?? [];
}

const notKnown = 'is not known here';

function isUnknown(reason: string): boolean {
  return reason.startsWith(notKnown);
}

function unknownName(path: readonly string[], key: string, known: readonly string[]): string {
  if (path.length === 1 && path[0] === 'grants') {
    return `${notKnown}: the grants are ${grantIds.slice(0, -1).join(', ')} and ${grantIds.at(-1) ?? ''}`;
  }
  const [near] = known
    .filter((name) => distance(name, key) <= 2)
    .toSorted((one, other) => distance(one, key) - distance(other, key));
  return near === undefined || near === key
    ? `${notKnown}: take it out, or check its place`
    : `${notKnown}: did you mean "${near}"?`;
}

const types: Readonly<Record<string, string>> = {
  string: 'must be a text in double quotes',
  object: 'must be an object, { … }',
  record: 'must be an object, { … }',
  array: 'must be a list, [ … ]',
  boolean: 'must be true or false',
};

function describe(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return types[issue.expected] ?? `must be: ${issue.expected}`;
    case 'invalid_value': {
      const values = issue.values.map(String);
      return values.length === 1
        ? `must be ${values[0] ?? ''}, or left out`
        : `must be one of: ${values.join(', ')}`;
    }
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : 'must hold at least one';
    case 'invalid_format':
      return issue.format === 'url' ? 'must be a URL, such as https://example.com/docs' : issue.message;
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'is no name that can stand here';
    default:
      return issue.message;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let inner = value;
  for (const key of path) {
    inner = isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined;
  }
  return inner;
}

function isThere(value: unknown, path: readonly string[]): boolean {
  return valueAt(value, path) !== undefined;
}

/** Letters to change, add or take out to make one text of the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_none, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [at, another] of [...other].entries()) {
      next.push(
        Math.min((next[at] ?? 0) + 1, (row[at + 1] ?? 0) + 1, (row[at] ?? 0) + (letter === another ? 0 : 1)),
      );
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
