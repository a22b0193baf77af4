// Tells how a command failed: the sentence on standard error, and the exit code. Loaded when one has failed.
import { shownLines } from '../api/shown-text.ts';
import process from 'node:process';
import { exitOf } from '../api/codes.ts';
import { KeyfobError } from '../api/errors.ts';
import { commandTexts, describeProblem } from '../messages/index.ts';
import { asTyped, clean } from './text.ts';

/** What standard error gets for a thrown thing: one sentence, what to do, the vendor's own words. */
export function errorText(thrown: unknown): string {
  if (!(thrown instanceof KeyfobError)) {
    return 'Something unexpected went wrong in this command.\nTry again; `keyfob doctor` checks what works here.\n';
  }
  const { detail, hint } = describeProblem(commandTexts, thrown.problem);
  const lines = [clean(detail)];
  if (hint !== null) lines.push(asTyped(clean(hint), process.env));
  const { error, error_description: description } = thrown.problem;
  if (error !== undefined) {
    const vendorError = description === undefined || description === '' ? error : `${error} — ${description}`;
    lines.push(`The vendor said: ${clean(vendorError, 500)}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** The exit code for a thrown thing. */
function exitCode(thrown: unknown): number {
  return thrown instanceof KeyfobError ? exitOf(thrown.code) : 1;
}

/** Tells of a thrown thing on standard error and returns the exit code; KEYFOB_DEBUG=1 adds the stack. */
export function tell(thrown: unknown): number {
  process.stderr.write(errorText(thrown));
  if (process.env['KEYFOB_DEBUG'] === '1' && thrown instanceof Error) {
    process.stderr.write(`${shownLines(thrown.stack ?? String(thrown))}\n`);
  }
  return exitCode(thrown);
}
