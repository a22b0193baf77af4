// How a command fails: the sentence on standard error, and the exit code.
import { exitOf } from '../api/codes.ts';
import { KeyfobError } from '../api/errors.ts';
import process from 'node:process';
import { clean, commandName } from './text.ts';

/** An error of usage: exit code 2, before the host is asked. Never pass a value that may be a secret. */
export function usage(message: string, hint: string): KeyfobError {
  return new KeyfobError('bad_request', message, { hint });
}

/** What standard error gets for a thrown thing: one sentence, what to do, the vendor's own words. */
export function errorText(thrown: unknown): string {
  if (!(thrown instanceof KeyfobError)) {
    return 'Something unexpected went wrong in this command.\nTry again; `keyfob doctor` says what works here.\n';
  }
  const lines = [clean(thrown.message)];
  if (thrown.hint !== undefined) lines.push(asTyped(clean(thrown.hint)));
  if (thrown.vendor !== undefined) {
    const { error, error_description: description } = thrown.vendor;
    const words = description === undefined || description === '' ? error : `${error} — ${description}`;
    lines.push(`The vendor said: ${clean(words, 500)}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** Commands in a hint as this person types them. */
function asTyped(hint: string): string {
  return hint.replaceAll('`keyfob ', `\`${commandName(process.env)} `);
}

/** The exit code for a thrown thing. */
export function exitCode(thrown: unknown): number {
  return thrown instanceof KeyfobError ? exitOf(thrown.code) : 1;
}

/** Tells of a thrown thing on standard error and returns the exit code; KEYFOB_DEBUG=1 adds the stack. */
export function tell(thrown: unknown): number {
  process.stderr.write(errorText(thrown));
  if (process.env['KEYFOB_DEBUG'] === '1' && thrown instanceof Error) {
    process.stderr.write(`${thrown.stack ?? String(thrown)}\n`);
  }
  return exitCode(thrown);
}
