// What is wrong at one place of a profile file, and what to write instead. Turns the schema library's issues, which
// speak of types, into messages about the file. A schema of ours names the reason in its issue's message.
import type { z } from 'zod';
import { message, reasons, type Message } from '../api/problems/index.ts';
import { grantIds } from './grants/index.ts';

/** What is wrong at a path. */
export interface PlainIssue {
  readonly path: readonly string[];
  /** The end of a sentence that begins with the path. */
  readonly problem: Message;
}

/** Problems of one file that are told: a person mends the first ones first. */
export const mostIssues = 100;

/** The first issues in plain words, each once. `known`: names that the schema has, to guess a misspelt one from. */
export function plainIssues(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  known: readonly string[],
): PlainIssue[] {
  const all: PlainIssue[] = [];
  for (const issue of issues) {
    all.push(...flatten(issue, value, known));
    if (all.length >= mostIssues) break;
  }
  return [...new Map(all.slice(0, mostIssues).map((one) => [JSON.stringify(one), one])).values()];
}

function flatten(issue: z.core.$ZodIssue, value: unknown, known: readonly string[]): PlainIssue[] {
  const path = issue.path.map(String);
  if (issue.code === 'invalid_union') {
    const inner = valueAt(value, path);
    const branches = issue.errors.map((branch) =>
      branch.slice(0, mostIssues).flatMap((one) => flatten(one, inner, known)),
    );
    return likeliest(branches, inner).map((one) => ({ ...one, path: [...path, ...one.path] }));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .slice(0, mostIssues)
      .map((key) => ({ path: [...path, key], problem: unknownName(path, key, known) }));
  }
  const wanted = describe(issue);
  return [{ path, problem: isThere(value, path) ? wanted : message('is_missing', { wanted }) }];
}

/** Of the ways in which a value could be right, the one that its author seems to have meant. */
function likeliest(branches: readonly PlainIssue[][], value: unknown): PlainIssue[] {
  const chooses = isObject(value) && ('by_field' in value || 'cases' in value);
  const meant = branches.filter((branch) => {
    const aboutChoice = branch.filter(({ path }) => path[0] === 'by_field' || path[0] === 'cases');
    return chooses
      ? aboutChoice.every(({ problem }) => problem.reason !== 'unknown_name')
      : aboutChoice.length === 0;
  });
  const inside = meant.filter((branch) => branch.some(({ path }) => path.length > 0));
  const candidates = isObject(value) && inside.length > 0 ? inside : meant.length > 0 ? meant : branches;
  return candidates.toSorted((a, b) => a.length - b.length)[0] ?? [];
}

function unknownName(path: readonly string[], key: string, known: readonly string[]): Message {
  if (path.length === 1 && path[0] === 'grants') {
    return message('unknown_name', { advice: message('grants_are', { grants: grantIds }) });
  }
  const [near] = known
    // What differs in length by more differs by more.
    .filter((name) => Math.abs(name.length - key.length) <= 2 && distance(name, key) <= 2)
    .toSorted((one, other) => distance(one, key) - distance(other, key));
  const advice =
    near === undefined || near === key ? message('take_out', {}) : message('did_you_mean', { name: near });
  return message('unknown_name', { advice });
}

const types: Readonly<Record<string, Message>> = {
  string: message('wants_text', {}),
  object: message('wants_object', {}),
  record: message('wants_object', {}),
  array: message('wants_list', {}),
  boolean: message('wants_boolean', {}),
};

function describe(issue: z.core.$ZodIssue): Message {
  switch (issue.code) {
    case 'invalid_type':
      return types[issue.expected] ?? message('wants_type', { type: issue.expected });
    case 'invalid_value': {
      const values = issue.values.map(String);
      return values.length === 1
        ? message('wants_only', { value: values[0] ?? '' })
        : message('no_choice', { choices: values });
    }
    case 'too_small':
      return message(issue.origin === 'string' ? 'wants_some_text' : 'wants_an_item', {});
    case 'invalid_format':
      return issue.format === 'url' ? message('wants_documents_url', {}) : named(issue.message);
    case 'invalid_key':
      return named(issue.issues[0]?.message ?? '');
    case 'custom':
      return named(issue.message, issue.params);
    default:
      return message('wants_other', {});
  }
}

/** The message of the reason that a schema of ours names. */
function named(reason: string, params: Message['params'] = {}): Message {
  return Object.hasOwn(reasons, reason) ? { reason, params } : message('wants_other', {});
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
