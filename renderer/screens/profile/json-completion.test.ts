import { expect, test } from 'vitest';
import { complete } from './json-completion.ts';

const schema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    refresh_when: { enum: ['ahead', 'on_expiry'] },
    token: { anyOf: [{ $ref: '#/$defs/token' }, { type: 'string' }] },
    fields: {
      type: 'object',
      additionalProperties: { type: 'object', properties: { secret: { type: 'boolean' } } },
    },
    tokens: { type: 'array', items: { enum: ['refresh_token', 'access_token'] } },
  },
  $defs: {
    token: { type: 'object', properties: { url: { type: 'string' }, in: { enum: ['form', 'json'] } } },
  },
};

/** Labels that are offered where `|` is. */
function offered(text: string): string[] | null {
  const offset = text.indexOf('|');
  const found = complete(text.replace('|', ''), offset, schema);
  return found === null ? null : found.list.map((one) => one.label);
}

test('completion in JSON names what an object may still have', () => {
  expect(offered('{ "id": "a", "|')).toEqual(['refresh_when', 'token', 'fields', 'tokens']);
  expect(offered('{ "re|')).toEqual(['refresh_when']);
});

test('completion in JSON follows references, choices, free names and lists', () => {
  expect(offered('{ "token": { "|')).toEqual(['url', 'in']);
  expect(offered('{ "token": { "in": "|')).toEqual(['form', 'json']);
  expect(offered('{ "fields": { "any_name": { "secret": |')).toEqual(['true', 'false']);
  expect(offered('{ "tokens": ["refresh_token", "a|')).toEqual(['access_token']);
});

test('completion in JSON offers nothing between a name and its colon, or behind the end', () => {
  expect(offered('{ "id" |')).toBeNull();
  expect(offered('{}|')).toBeNull();
});

test('completion in JSON writes a value’s empty form, the cursor inside', () => {
  const found = complete('{ "to', 5, schema);
  expect(found?.start).toBe(2);
  expect(found?.list[0]?.insert).toBe('"token": ""');
  expect(found?.list[0]?.back).toBe(1);
});
