// Arguments that name accounts and fields: what they may look like, and what is said when they do not.
//
// Invariant: no message here repeats a value. What stands behind `=` may be a secret that a person put in the
// wrong place.
import { usage } from './fail.ts';
import { isName } from './plain-arguments.ts';

const FIELD = /^[A-Za-z][A-Za-z0-9_.-]*$/;

/** Where one secret comes from. */
export type SecretSource =
  | { readonly field: string; readonly from: 'stdin' }
  | { readonly field: string; readonly from: 'file'; readonly file: string };

/** Takes the name of an account or a client; else exit 2. */
export function checkName(name: string, what: 'an account' | 'a client' = 'an account'): string {
  if (isName(name)) return name;
  throw usage(
    `This is not a valid name for ${what}.`,
    'Use 1 to 64 letters, digits, dots, hyphens and underscores, with a letter or a digit first.',
  );
}

/** Takes an id that `keyfob LIST` prints; else exit 2. */
export function checkId(id: string, what: string, list: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) return id;
  throw usage(`This is not the id of ${what}.`, `\`keyfob ${list}\` prints them.`);
}

/** Takes `--set FIELD=VALUE`, split at the first `=`. */
function parseSet(text: string): { field: string; value: string } {
  const split = text.indexOf('=');
  const field = split < 0 ? '' : text.slice(0, split);
  if (!FIELD.test(field)) {
    throw usage(
      '`--set` takes FIELD=VALUE.',
      'Write for example `--set site=https://example.com`; `keyfob provider show ID` names the fields.',
    );
  }
  return { field, value: text.slice(split + 1) };
}

/** Takes `--secret FIELD` or `--secret FIELD@FILE`; refuses a value in the argument. */
function parseSecret(text: string): SecretSource {
  const at = text.indexOf('@');
  const equals = text.indexOf('=');
  const field = text.split(/[=@]/, 1)[0] ?? '';
  const named = FIELD.test(field) ? field : null;
  if (equals >= 0 && (at < 0 || equals < at)) {
    const name = named ?? 'FIELD';
    throw usage(
      `Secrets are not accepted in arguments, where other programs and the shell's history see them: omit what follows \`${name}=\`.`,
      `Write \`--secret ${name}\` and give the value as a line on standard input, or \`--secret ${name}@FILE\`.`,
    );
  }
  if (named === null || (at >= 0 && at === text.length - 1)) {
    throw usage(
      '`--secret` takes only the name of a field.',
      'Write `--secret FIELD` and give the value as a line on standard input, or `--secret FIELD@FILE`.',
    );
  }
  return at < 0 ? { field, from: 'stdin' } : { field, from: 'file', file: text.slice(at + 1) };
}

/** Gathers the settings of all `--set`; a field twice is an error of usage. */
export function gatherSettings(texts: readonly string[]): Record<string, string> {
  const settings = new Map<string, string>();
  for (const { field, value } of texts.map(parseSet)) {
    if (settings.has(field)) throw usage(`\`${field}\` is set twice.`, 'Give each field once.');
    settings.set(field, value);
  }
  return Object.fromEntries(settings);
}

/** Gathers the sources of all `--secret`, in their order; a field twice is an error of usage. */
export function gatherSources(texts: readonly string[]): SecretSource[] {
  const sources = texts.map(parseSecret);
  const seen = new Set<string>();
  for (const { field } of sources) {
    if (seen.has(field)) throw usage(`The secret \`${field}\` is given twice.`, 'Give each field once.');
    seen.add(field);
  }
  return sources;
}

/** Takes a whole number between two bounds. */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const range = max >= 1_000_000_000 ? `${min} or more` : `${min} to ${max}`;
  throw usage(
    `\`${option}\` takes a whole number, ${range}.`,
    `Write for example \`${option} ${Math.min(Math.max(60, min), max)}\`.`,
  );
}
