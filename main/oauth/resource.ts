// Resource indicators (RFC 8707): what a token is meant for, as absolute URIs. Several stand in the field `resource` with
// blanks between them, and each is a parameter of its own.
import { message, type Message } from '../api/problems/index.ts';
import type { FieldValues } from './template.ts';

/** What the account's tokens are meant for; none: the vendor decides. */
export function resourcesOf({ resource = '' }: FieldValues): readonly string[] {
  return resource.split(/\s+/).filter((one) => one !== '');
}

/** What is wrong with a text of them (section 2: absolute, without a fragment); null: nothing. */
export function resourceFault(text: string): Message | null {
  const isRight = (one: string): boolean => URL.canParse(one) && !one.includes('#');
  return resourcesOf({ resource: text }).every(isRight) ? null : message('no_resource', {});
}
