// JSON with the place of every value, so that an error in a person's file can name its line and say in
// plain words what to write instead. RFC 8259, and a name that stands twice in an object is an error here.
//
// Invariants: nothing is thrown, whatever the text; a reason never quotes the text (it may be the wrong file).
import { createScanner, findNodeAtLocation, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Node, ParseError } from 'jsonc-parser';
import { message, type Message } from '../api/problems/index.ts';

/** Line and column from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

export type ParsedJson =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** Where a path stands (a member at its name), or its nearest ancestor, or `elsewhere` if that is the whole text. */
      positionOf(path: readonly string[], elsewhere?: readonly string[]): SourcePosition;
    }
  | ({ readonly ok: false; readonly problem: Message } & SourcePosition);

/** Objects and arrays within each other: no file for people has more. */
const maxDepth = 64;

const comment = message('json_comment', {});
const badEscape = message('json_bad_escape', {});
const nameWanted = message('json_name_wanted', {});
/** By the names of jsonc-parser's errors; of what is not here a value is wanted. */
const faults: Readonly<Record<string, Message>> = {
  PropertyNameExpected: nameWanted,
  ColonExpected: message('json_colon_wanted', {}),
  CommaExpected: message('json_comma_wanted', {}),
  EndOfFileExpected: message('json_more_text', {}),
  InvalidCommentToken: comment,
  UnexpectedEndOfComment: comment,
  UnexpectedEndOfString: message('json_text_open', {}),
  InvalidUnicode: badEscape,
  InvalidEscapeCharacter: badEscape,
  InvalidCharacter: message('json_control', {}),
};

/** Parses a JSON text; on failure says where and why. */
export function parseJsonSource(source: string): ParsedJson {
  const text = source.replace(/^\ufeff/, '');
  const fault = (offset: number, problem: Message): ParsedJson => ({
    ok: false,
    ...positionAt(text, offset),
    problem,
  });
  const open = openBrackets(text);
  if (open.length > maxDepth) return fault(open.at(-1) ?? 0, message('json_too_deep', {}));
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true });
  const [first] = errors;
  if (first !== undefined) return fault(...explain(text, first, open.at(-1)));
  const twice = root === undefined ? null : repeatedName(root);
  if (twice !== null) return fault(twice, message('json_name_twice', {}));
  try {
    const value = JSON.parse(text) as unknown;
    const positionOfOffset = positionsIn(text);
    return {
      ok: true,
      value,
      positionOf: (path, elsewhere = []) =>
        positionOfOffset(offsetOf(root, path) ?? offsetOf(root, elsewhere) ?? root?.offset ?? 0),
    };
  } catch {
    return fault(text.length, message('json_not', {}));
  }
}

function positionAt(text: string, offset: number): SourcePosition {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/** As `positionAt`, for many places of one text. */
function positionsIn(text: string): (offset: number) => SourcePosition {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [first, last] = [0, starts.length - 1];
    while (first < last) {
      const middle = Math.ceil((first + last) / 2);
      if ((starts[middle] ?? 0) <= offset) first = middle;
      else last = middle - 1;
    }
    return { line: first + 1, column: offset - (starts[first] ?? 0) + 1 };
  };
}

/** Offsets of the brackets that are open at the end, or where it is nested deeper than a parser should follow. */
function openBrackets(text: string): number[] {
  const scanner = createScanner(text);
  const open: number[] = [];
  for (let at = -1; at < text.length && open.length <= maxDepth; at = scanner.getPosition()) {
    scanner.scan();
    const offset = scanner.getTokenOffset();
    const begins = text.charAt(offset);
    if (begins === '{' || begins === '[') open.push(offset);
    if (begins === '}' || begins === ']') open.pop();
  }
  return open;
}

/** Where the first error is to be mended, and how. `open`: the last bracket without its end. */
function explain(text: string, { error, offset }: ParseError, open: number | undefined): [number, Message] {
  if (text.trim() === '') return [offset, message('json_empty', {})];
  const kind = printParseErrorCode(error);
  const before = text.slice(0, offset).trimEnd();
  const token = text.slice(offset);
  if (/^[}\]]/.test(token) && before.endsWith(',')) {
    return [before.length - 1, message('json_comma_too_many', { bracket: text.charAt(offset) })];
  }
  if (token === '' && open !== undefined) {
    const close = text.charAt(open) === '{' ? '}' : ']';
    const { line } = positionAt(text, open);
    return [offset, message('json_bracket_open', { close, open: text.charAt(open), line })];
  }
  if (token.startsWith('#')) return [offset, comment];
  if (kind === 'InvalidSymbol' && /^[^\s,}\]]*\s*:/.test(token)) return [offset, nameWanted];
  // Of a text the library tells the beginning.
  const within =
    kind === 'InvalidCharacter'
      ? token.search(/\p{Cc}/u)
      : faults[kind] === badEscape
        ? token.search(/\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/)
        : 0;
  return [offset + Math.max(0, within), faults[kind] ?? message('json_value_wanted', {})];
}

function repeatedName({ type, children = [] }: Node): number | null {
  const seen = new Set<unknown>();
  for (const child of children) {
    const name = type === 'object' ? child.children?.[0] : undefined;
    if (name !== undefined && seen.has(name.value)) return name.offset;
    seen.add(name?.value);
    const inner = repeatedName(child);
    if (inner !== null) return inner;
  }
  return null;
}

/** Null when nothing of the path is there. */
function offsetOf(root: Node | undefined, path: readonly string[]): number | null {
  let node = root;
  for (const step of path) {
    const next = node && findNodeAtLocation(node, [node.type === 'array' ? Number(step) : step]);
    if (next === undefined) break;
    node = next;
  }
  if (node === undefined || node === root) return null;
  return node.parent?.type === 'property' ? node.parent.offset : node.offset;
}
