// The indented text of an object that holds many small ones (the settings, with an object for each account), in pieces:
// a change of one of them makes the text of that one, not a new text of all.
//
// Invariants: the pieces joined are what JSON.stringify gives; a text is that of its object for good, for the object
// is frozen: whoever wants another makes another object.

interface Kept {
  readonly name: string;
  readonly pieces: readonly string[];
}

/** Of an object's members' members: the text as the member of that name. */
const kept = new WeakMap<object, Kept>();

/** `JSON.stringify(value, undefined, '\t')` in pieces. Freezes the objects that are members of its members. */
export function indentedPieces(value: object): string[] {
  return around(Object.entries(value), '', (name, member) =>
    isObject(member)
      ? [`\n\t${JSON.stringify(name)}: `, ...around(Object.entries(member), '\t', innerPieces)]
      : textAs(name, member, '\t'),
  );
}

/** Braces around the pieces of members that have a text. */
function around(
  members: readonly (readonly [string, unknown])[],
  indent: string,
  piecesOf: (name: string, member: unknown) => readonly string[],
): string[] {
  const pieces = ['{'];
  for (const [name, member] of members) {
    const own = piecesOf(name, member);
    if (own.length > 0 && pieces.length > 1) pieces.push(',');
    for (const piece of own) pieces.push(piece);
  }
  pieces.push(pieces.length === 1 ? '}' : `\n${indent}}`);
  return pieces;
}

function innerPieces(name: string, member: unknown): readonly string[] {
  if (!isObject(member)) return textAs(name, member, '\t\t');
  const found = kept.get(member);
  if (found?.name === name) return found.pieces;
  const pieces = textAs(name, member, '\t\t');
  kept.set(freeze(member), { name, pieces });
  return pieces;
}

/** The text of a member; none where JSON has none for it. A line's end in it is never one of a text within quotes. */
function textAs(name: string, member: unknown, indent: string): string[] {
  const text = JSON.stringify(member, undefined, '\t') as string | undefined;
  if (text === undefined) return [];
  // Joined, the parts would be kept beside their text.
  return [[`\n${indent}`, JSON.stringify(name), ': ', text.replaceAll('\n', `\n${indent}`)].join('')];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
