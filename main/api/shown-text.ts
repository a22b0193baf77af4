// Texts from outside (a vendor, a profile, a program, a file's name) made fit to be shown: the one way for terminal,
// window, notification and audit.
//
// Invariants: nothing that a terminal obeys, that turns the reading direction, breaks a line or is not seen comes
// through: C0, DEL, C1, Unicode's format characters (U+061C, U+200B to U+200F, U+202A to U+202E, U+2066 to U+2069 …)
// and its separators of lines and paragraphs.

const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
const unseenOne = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text on one line, what is not seen taken out; at most `limit` characters stay. */
export function shownText(text: string, limit = 1000): string {
  const shown = text.toWellFormed().replace(unseen, ' ').trim();
  return shown.length > limit ? `${shown.slice(0, limit).toWellFormed()}…` : shown;
}

/** Whether nothing of a text would be taken out. */
export function isShown(text: string): boolean {
  return text.isWellFormed() && text.search(unseen) < 0;
}

/** A value as JSON on a line, or indented: what is not seen stands there escaped. */
export function shownJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(unseenOne, escaped);
}

/** Lines as they are, what is not seen within one escaped as JSON does. */
export function shownLines(text: string): string {
  return text.toWellFormed().replace(unseenOne, escaped);
}

function escaped(sign: string): string {
  return [...Array(sign.length).keys()]
    .map((at) => `\\u${sign.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}
