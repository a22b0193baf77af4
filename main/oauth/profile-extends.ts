// What `extends` in a profile means: the profile says only how it differs from a built-in one.
//
// Invariants: objects merge, all else replaces, null takes away. Where a profile may hold things of several
// shapes (a text, `api`, `client_auth`, `sender_constraint`, `in`, `revoke`), the new one replaces the old one whole, as a mixture
// of two shapes is neither. What a profile is called is never inherited. A chain that is a circle, or longer
// than anybody could follow, is a fault and no loop.
import { z } from 'zod';
import { isObject } from '../api/json.ts';
import { message, type Message } from '../api/problems/index.ts';

/** Reads a built-in profile as its file holds it; null when there is none of this id. */
export type ReadBuiltIn = (id: string) => Promise<unknown>;

/** What a profile extends, merged; undefined when it extends nothing. */
export type ProfileBase =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> | undefined }
  | { readonly ok: false; readonly problem: Message };

const maxDepth = 4;
const neverInherited: ReadonlySet<string> = new Set(['$schema', 'id', 'name', 'summary', 'extends']);

/** Reads and merges what a profile's file extends, and what that extends in its turn. */
export async function readBase(
  schema: z.core.$ZodType,
  file: unknown,
  readBuiltIn: ReadBuiltIn,
  chain: readonly string[] = [],
): Promise<ProfileBase> {
  const extended = isObject(file) ? file['extends'] : undefined;
  // What is no text is for the schema to judge.
  if (typeof extended !== 'string') return { ok: true, value: undefined };
  if (chain.includes(extended)) {
    return { ok: false, problem: message('extends_circle', { chain: [...chain, extended].join(' → ') }) };
  }
  if (chain.length >= maxDepth) {
    return { ok: false, problem: message('extends_too_deep', { depth: maxDepth + 1, max: maxDepth }) };
  }
  const parent = await readBuiltIn(extended);
  if (!isObject(parent)) return { ok: false, problem: message('extends_no_built_in', {}) };
  const base = await readBase(schema, parent, readBuiltIn, [...chain, extended]);
  if (!base.ok) return base;
  const whole = Object.entries(mergeProfile(schema, base.value, parent));
  return { ok: true, value: Object.fromEntries(whole.filter(([key]) => !neverInherited.has(key))) };
}

/** Lays a profile's file over what it extends. */
export function mergeProfile(
  schema: z.core.$ZodType,
  base: Readonly<Record<string, unknown>> | undefined,
  file: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (base === undefined) return file;
  const { extends: _extended, ...own } = file;
  return mergeObjects(schema, base, own);
}

/** New members stand before the inherited ones: a vendor's own field comes first in its form. */
function mergeObjects(
  schema: z.core.$ZodType | undefined,
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const inherited = Object.entries(base)
    // A null that takes nothing away stays, and is a fault of its place.
    .filter(([key]) => !Object.hasOwn(over, key) || over[key] !== null)
    .map(([key, value]): [string, unknown] => {
      if (!Object.hasOwn(over, key)) return [key, value];
      const member = memberOf(schema, key);
      const next = over[key];
      const merges = isObject(value) && isObject(next) && isMergeable(member);
      return [key, merges ? mergeObjects(member, value, next) : next];
    });
  const added = Object.entries(over).filter(([key]) => !Object.hasOwn(base, key));
  return Object.fromEntries([...added, ...inherited]);
}

function isMergeable(schema: z.core.$ZodType | undefined): boolean {
  return schema instanceof z.ZodObject || schema instanceof z.ZodRecord;
}

function memberOf(schema: z.core.$ZodType | undefined, key: string): z.core.$ZodType | undefined {
  const member =
    schema instanceof z.ZodObject
      ? (schema.shape as Readonly<Record<string, z.core.$ZodType>>)[key]
      : schema instanceof z.ZodRecord
        ? schema.valueType
        : undefined;
  return member instanceof z.ZodOptional ? member.unwrap() : member;
}
